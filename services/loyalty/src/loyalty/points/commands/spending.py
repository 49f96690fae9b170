"""Spending by hand, and reversing by hand."""

from uuid import UUID

from kit.database import AsyncSession, Database
from kit.errors import Conflict, InvalidInput, NotFound
from kit.idempotency import KEY_LENGTH
from loyalty.currencies.models import POINTS
from loyalty.currencies.queries import currency_by_code
from loyalty.points.commands.posting import post_alone, post_one
from loyalty.points.keys import sent
from loyalty.points.models import BY_HAND, MOST_POINTS, NewPosting, Posted, Posting

REASON_LENGTH = 200
REVERSED_BY = {
    "earn": "reverse",
    "grant": "reverse",
    "adjust": "reverse",
    "spend": "return",
    "confirm": "return",
}


async def spend_points(
    db: Database,
    account_id: UUID,
    points: int,
    reason: str,
    key: str,
    currency: str = POINTS,
    asked_by: str | None = None,
) -> Posted:
    """Take points off an account, those that expire first; the same key spends once.

    An operation of its own. Raises InvalidInput, NotFound, NotEnoughPoints, and
    IdempotencyKeyReused for other content.
    """
    require_amount(points)
    spending = by_hand(
        "spend", account_id, -points, reason, key, currency=currency, asked_by=asked_by
    )
    try:
        return await post_alone(db, spending)
    except NotFound:
        async with db.reading() as session:
            await currency_by_code(session, currency)
        raise


async def reverse_posting(
    session: AsyncSession, posting: Posting, reason: str, key: str, asked_by: str | None = None
) -> Posted:
    """Take back what a posting gave, or give back what it spent, once.

    What was spent of it since becomes a debt, what has expired is gone; what is given back goes to
    the lots it came from. Raises InvalidInput for other kinds of postings, Conflict when it was
    reversed before, nothing is left, or something was given for it, and IdempotencyKeyReused.
    """
    kind = REVERSED_BY.get(posting.kind) if posting.kind != "adjust" or posting.points > 0 else None
    if kind is None:
        raise InvalidInput("postingId", f"is of the kind {posting.kind}, which can't be reversed")
    if kind == "return":
        await _require_nothing_given(session, posting)
    reversing = by_hand(
        kind,
        posting.account_id,
        -posting.points,
        reason,
        key,
        currency=posting.currency,
        reverses=posting.id,
        asked_by=asked_by,
    )
    return await post_one(session, reversing)


async def _require_nothing_given(session: AsyncSession, posting: Posting) -> None:
    """Whoever gave something for points gives them back with it, or somebody adjusts."""
    began = await session.get_one(Posting, posting.settles) if posting.settles else posting
    if began.source_kind != BY_HAND:
        raise Conflict(
            f"It paid for a {began.source_kind}: end that, or ask for an adjustment of points."
        )


def by_hand(
    kind: str,
    account_id: UUID,
    points: int,
    reason: str,
    key: str,
    *,
    currency: str = POINTS,
    against: str = "liability",
    reverses: UUID | None = None,
    asked_by: str | None = None,
) -> NewPosting:
    """A posting that somebody asked for, with words and a key within bounds.

    `asked_by` is the colleague who did; None where the member asks for themselves.
    """
    require_words("idempotencyKey", sent(key), KEY_LENGTH)
    require_words("reason", reason, REASON_LENGTH)
    return NewPosting(
        account_id=account_id,
        key=f"{kind}:{key}",
        kind=kind,
        points=points,
        reason=reason,
        source_kind=BY_HAND,
        source_id=sent(key),
        currency=currency,
        against=against,
        reverses=reverses,
        asked_by=asked_by,
    )


def require_amount(points: int) -> None:
    if not 0 < points <= MOST_POINTS:
        raise InvalidInput("points", f"are between 1 and {MOST_POINTS}")


def require_words(field: str, given: str, most: int) -> None:
    if not (given.strip() and given.isprintable() and len(given) <= most):
        raise InvalidInput(field, f"takes 1 to {most} printable characters")

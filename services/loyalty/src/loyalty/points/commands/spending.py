"""Spending, and giving back what was spent."""

from uuid import UUID

from kit.database import AsyncSession, Database
from kit.errors import InvalidInput
from kit.idempotency import KEY_LENGTH
from loyalty.currencies.models import POINTS
from loyalty.points.commands.posting import post_alone, post_one
from loyalty.points.models import MOST_POINTS, NewPosting, Posted

REASON_LENGTH = 200


async def spend_points(
    db: Database, account_id: UUID, points: int, reason: str, key: str, currency: str = POINTS
) -> Posted:
    """Take points off an account, those that expire first; the same key spends once.

    An operation of its own. Raises InvalidInput, NotFound, NotEnoughPoints, and
    IdempotencyKeyReused for other content.
    """
    require_amount(points)
    return await post_alone(
        db, by_hand("spend", account_id, -points, reason, key, currency=currency)
    )


async def adjust_points(
    db: Database, account_id: UUID, points: int, reason: str, key: str, currency: str = POINTS
) -> Posted:
    """Put an account right, up or down, never below zero; the same key adjusts once."""
    if points == 0 or abs(points) > MOST_POINTS:
        raise InvalidInput("points", f"are not 0, and at most {MOST_POINTS} up or down")
    adjusting = by_hand(
        "adjust", account_id, points, reason, key, currency=currency, against="adjustment"
    )
    return await post_alone(db, adjusting)


async def return_points(
    session: AsyncSession, account_id: UUID, posting_id: UUID, reason: str, key: str
) -> Posted:
    """Give back what a posting spent, to the lots it came from; a posting is given back once."""
    returning = by_hand("return", account_id, 1, reason, key, reverses=posting_id)
    return await post_one(session, returning)


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
) -> NewPosting:
    """A posting that somebody asked for, with words and a key within bounds."""
    require_words("idempotencyKey", key, KEY_LENGTH)
    require_words("reason", reason, REASON_LENGTH)
    return NewPosting(
        account_id=account_id,
        key=f"{kind}:{key}",
        kind=kind,
        points=points,
        reason=reason,
        source_kind="request",
        source_id=key,
        currency=currency,
        against=against,
        reverses=reverses,
    )


def require_amount(points: int) -> None:
    if not 0 < points <= MOST_POINTS:
        raise InvalidInput("points", f"are between 1 and {MOST_POINTS}")


def require_words(field: str, given: str, most: int) -> None:
    if not (given.strip() and given.isprintable() and len(given) <= most):
        raise InvalidInput(field, f"takes 1 to {most} printable characters")

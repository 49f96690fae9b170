"""Points that wait for their day: a person lets them be spent early, or cancels them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlmodel import select
from structlog import get_logger

from kit.database import AsyncSession
from kit.errors import Conflict, NotFound
from kit.idempotency import KEY_LENGTH, answered_before, remember_answer
from kit.merging.following import stay
from kit.models import utcnow
from loyalty.accounts.commands import hold_accounts
from loyalty.accounts.queries import account_ids
from loyalty.earning.commands.counting import count_taken_back
from loyalty.earning.commands.reviewed import qualifying_points
from loyalty.earning.commands.taking_back import book_taken_back, shares_given, uncounted
from loyalty.earning.funding import Share
from loyalty.earning.models import Earning, EarningReview
from loyalty.points.commands import post
from loyalty.points.commands.spending import REASON_LENGTH, require_words
from loyalty.points.commands.waiting import hold_wallets, still_waiting
from loyalty.points.models import BY_HAND, NewPosting
from loyalty.tiers.commands import count_no_longer, count_towards_tiers

log = get_logger(__name__)
OPERATION: Final = "settle_pending_points"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants of what a happening gave, by the kind and id of its source."""

    event: str
    source_id: UUID
    reason: str
    key: str
    by: str


async def confirm_pending(session: AsyncSession, asked: Asked) -> int:
    """Let a member spend now what a happening gave for later; how many points.

    A repeat gets the first answer. Raises NotFound, InvalidInput, IdempotencyKeyReused, and
    Conflict when a review decides on it, or nothing of it waits any more.
    """
    return await _settle(session, asked, confirms=True)


async def cancel_pending(session: AsyncSession, asked: Asked) -> int:
    """Take back what of it still waits: it makes no debt, and counts towards no tier. As above."""
    return await _settle(session, asked, confirms=False)


async def _settle(session: AsyncSession, asked: Asked, *, confirms: bool) -> int:
    require_words("idempotencyKey", asked.key, KEY_LENGTH)
    require_words("reason", asked.reason, REASON_LENGTH)
    await stay(session)
    content = [asked.event, str(asked.source_id), asked.reason, confirms]
    operation = f"{OPERATION}:{asked.by}"
    known = await answered_before(session, operation, asked.key, content)
    if known is not None:
        return int(known["points"])
    earning = await _held(session, asked)
    account = (await account_ids(session, [earning.customer_id]))[earning.customer_id]
    await hold_wallets(session, [account])
    waiting = await _waiting(session, earning)
    points = sum(each.points for each in waiting)
    await (_confirm if confirms else _cancel)(session, asked, earning, account, waiting)
    await remember_answer(
        session, operation, asked.key, {"points": points}, about=earning.customer_id
    )
    done = "pending_points_confirmed" if confirms else "pending_points_cancelled"
    log.info(done, source=f"{asked.event}:{asked.source_id}", points=points, by=asked.by)
    return points


async def _held(session: AsyncSession, asked: Asked) -> Earning:
    """The earning as it is while nobody else gives or takes back what its member earns."""
    wanted = select(Earning).where(
        Earning.source_kind == asked.event, Earning.source_id == asked.source_id
    )
    found = (await session.exec(wanted)).first()
    if found is None:
        raise NotFound("earning", asked.source_id)
    await hold_accounts(session, [found.customer_id])
    await session.refresh(found)
    if found.review == EarningReview.HELD:
        raise Conflict("A person is to look at it: decide its review.")
    return found


async def _waiting(session: AsyncSession, earning: Earning) -> list[Share]:
    shares = {each.posting_id: each for each in shares_given(earning)}
    lots = await still_waiting(session, shares.keys())
    if not lots:
        raise Conflict("Nothing of it waits any more.")
    return [shares[each.posting_id] for each in lots]


async def _confirm(
    session: AsyncSession, asked: Asked, _: Earning, account: UUID, waiting: Sequence[Share]
) -> None:
    settling = [
        _posting(asked, account, "mature", each.points, each, settles=each.posting_id)
        for each in waiting
    ]
    await post(session, settling)


async def _cancel(
    session: AsyncSession, asked: Asked, earning: Earning, account: UUID, waiting: Sequence[Share]
) -> None:
    reversals = {
        reversal.id: (each, reversal)
        for each in waiting
        for reversal in [
            _posting(asked, account, "reverse", -each.points, each, reverses=each.posting_id)
        ]
    }
    taken = await post(session, [reversal for _, reversal in reversals.values()])
    await book_taken_back(session, taken, {key: share for key, (share, _) in reversals.items()})
    days = {each.usable_after_days for each in waiting}
    gone = [line for line in earning.lines if line.get("usable_after_days", 0) in days]
    await count_taken_back(session, list(uncounted(earning.customer_id, gone)))
    earning.points -= sum(each.points for each in waiting)
    earning.lines = [
        line | {"counted_in": [], "cancelled": True} if line in gone else line
        for line in earning.lines
    ]
    session.add(earning)
    await session.flush()
    await count_no_longer(session, [earning.source_id])
    await count_towards_tiers(session, await qualifying_points(session, [earning]))


def _posting(
    asked: Asked,
    account: UUID,
    kind: str,
    points: int,
    share: Share,
    *,
    settles: UUID | None = None,
    reverses: UUID | None = None,
) -> NewPosting:
    return NewPosting(
        account_id=account,
        key=f"{kind}:{asked.key}:{share.posting_id}",
        kind=kind,
        against=share.against if reverses else "liability",
        points=points,
        reason=asked.reason,
        source_kind=BY_HAND,
        source_id=asked.key,
        settles=settles,
        reverses=reverses,
        asked_by=asked.by,
        occurred_at=utcnow(),
    )

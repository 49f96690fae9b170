"""Benefits that wait until somebody whom the customer brought has ordered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.models import utcnow
from loyalty.accounts.commands import hold_accounts, open_accounts
from loyalty.benefits.commands.reversing import reverse
from loyalty.benefits.commands.telling import announce
from loyalty.benefits.kinds.referral import SIDES, reward_both
from loyalty.benefits.models import FULFILLED, REFUSED, WAITING, Benefit
from loyalty.fraud.commands import screen
from loyalty.fraud.models import Act, ActKind
from loyalty.referrals.models import Referral

NOBODY_CAME: Final = "nobody whom they brought has placed a qualifying order in time"
NO_LONGER: Final = "the referral counts no longer"
AT_ONCE: Final = 500
ACT: Final = f"{ActKind.REFERRAL}:"

# The oldest benefit gets the first that qualified after it; each referral serves one benefit.
NEXT = text("""
SELECT benefit.task_id, referral.id AS referral_id, referral.referred_id, referral.order_id,
  referral.qualified_at, referral.told_by
FROM referral JOIN benefit ON benefit.customer_id = referral.referrer_id
WHERE referral.referrer_id = :customer AND referrer_id <> referred_id
  AND benefit.kind = 'referral' AND benefit.outcome = 'waiting'
  AND referral.qualified_at BETWEEN benefit.granted_at AND benefit.waits_until
  AND NOT EXISTS (SELECT FROM benefit AS served WHERE served.referral_id = referral.id)
  AND referral.id <> ALL (:stopped)
ORDER BY benefit.granted_at, benefit.id, referral.qualified_at, referral.id LIMIT 1
FOR SHARE OF referral FOR UPDATE OF benefit
""").bindparams(bindparam("stopped", type_=ARRAY(Uuid)))


@dataclass(frozen=True, slots=True)
class Brought:
    """Two customers, one of whom brought the other, whose order counts."""

    referrer_id: UUID
    referred_id: UUID


async def reward_referrals(session: AsyncSession, brought: Iterable[Brought]) -> None:
    """Give the benefits of those who brought somebody to both of them, one for each referral."""
    pairs = list(brought)
    both = {each for pair in pairs for each in (pair.referrer_id, pair.referred_id)}
    await open_accounts(session, both)
    await hold_accounts(session, both)
    for customer in sorted({each.referrer_id for each in pairs}):
        await match_referrals(session, customer)


async def match_referrals(session: AsyncSession, customer: UUID) -> None:
    """Fulfil what waits for referrals of this customer, whose account is held.

    A referral that a fraud limit holds is left until somebody has released it.
    """
    stopped: list[UUID] = []
    asked = {"customer": customer, "stopped": stopped}
    while (row := (await session.execute(NEXT, asked)).first()) is not None:
        found = select(Benefit).where(Benefit.task_id == row.task_id)
        benefit = (await session.exec(found)).one()
        if await _is_stopped(session, benefit, row):
            stopped.append(row.referral_id)
            continue
        given = await reward_both(
            session, benefit.asked(), row.referred_id, benefit.committed_minor
        )
        benefit.outcome, benefit.reason = (REFUSED if given.refused else FULFILLED), given.refused
        benefit.referral_id = row.referral_id
        benefit.points, benefit.cost_minor = given.points, given.cost_minor
        session.add(benefit)
        await session.flush()
        announce(session, benefit)


async def _is_stopped(session: AsyncSession, benefit: Benefit, referral: Any) -> bool:
    """Whether limits let the referral through; it is the same act as what both sides earn by it."""
    act = Act(
        ActKind.REFERRAL,
        benefit.customer_id,
        f"{ACT}{referral.order_id}",
        SIDES * benefit.asked_points,
        at=referral.qualified_at,
        counterpart=referral.referred_id,
        through=referral.referred_id,
        caused_by=referral.told_by,
    )
    return (await screen(session, [act]))[act.key] is not None


async def settle_reviewed(session: AsyncSession, released: Mapping[str, bool]) -> None:
    """Go on with what was released, and take back what was rejected: by the keys of the acts."""
    orders = {UUID(key.removeprefix(ACT)): yes for key, yes in released.items()}
    found = select(Referral).where(col(Referral.order_id).in_(list(orders)))
    referrals = (await session.exec(found.order_by(col(Referral.id)))).all()
    rejected = [each.id for each in referrals if each.order_id and not orders[each.order_id]]
    await undo_referrals(session, rejected)
    await reward_referrals(
        session,
        [
            Brought(each.referrer_id, each.referred_id)
            for each in referrals
            if each.id not in rejected
        ],
    )


async def undo_referrals(session: AsyncSession, referrals: Iterable[UUID]) -> None:
    """Take back from both sides what was given for referrals that count no longer."""
    served = select(Benefit.task_id).where(col(Benefit.referral_id).in_(list(referrals)))
    await reverse(session, (await session.scalars(served)).all(), NO_LONGER)


async def end_waiting_benefits(session: AsyncSession, now: datetime | None = None) -> None:
    """Refuse what has waited long enough: the campaign's money is free again."""
    due = select(Benefit.task_id).where(
        Benefit.outcome == WAITING, col(Benefit.waits_until) <= (now or utcnow())
    )
    tasks = await session.scalars(due.order_by(col(Benefit.waits_until)).limit(AT_ONCE))
    await reverse(session, tasks.all(), NOBODY_CAME)

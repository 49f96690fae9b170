"""How adjustments are looked up."""

from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.errors import NotFound
from kit.identity import Caller
from kit.paging import Page, page
from kit.units import below
from loyalty.accounts.models import PointsAccount
from loyalty.accounts.queries import are_of_one_member
from loyalty.adjustments.models import Adjustment, AdjustmentState
from loyalty.points.keys import own_of_account

ACCOUNT_OF_TODAY = text("""
SELECT id FROM points_account WHERE id = coalesce((
    SELECT today.id FROM points_account AS named
    JOIN alias ON alias.old_id = named.customer_id
    JOIN points_account AS today ON today.customer_id = alias.current_id
    WHERE named.id = :account), :account)
FOR NO KEY UPDATE
""")
ADJUSTED_ALONE = text("""
SELECT coalesce(sum(abs(points)), 0)::bigint FROM adjustment
WHERE account_id = :account AND currency = :currency AND state = 'alone'
  AND created_at > clock_timestamp() - interval '24 hours'
""")


async def adjustments_in(
    session: AsyncSession, state: AdjustmentState, unit: str, first: int, after: str | None
) -> Page[Adjustment]:
    """Those of accounts in the unit's subtree, the oldest first."""
    mine = (
        select(Adjustment)
        .join(PointsAccount, col(PointsAccount.id) == Adjustment.account_id)
        .where(Adjustment.state == state, below(col(PointsAccount.unit), unit))
    )
    return await page(session, mine, [Adjustment.id], first=first, after=after, newest_first=False)


async def adjustment_by_key(session: AsyncSession, key: str) -> Adjustment | None:
    return (await session.exec(select(Adjustment).where(Adjustment.key == key))).first()


async def own_key(session: AsyncSession, caller: Caller, key: str, account_id: UUID) -> str:
    """The key as this caller's own; as it was sent where the member's adjustment is kept so."""
    mine = await own_of_account(session, caller, key, ["adjust"], account_id)
    kept = await adjustment_by_key(session, key)
    if kept is not None and await are_of_one_member(session, kept.account_id, account_id):
        return key
    return mine


async def account_to_adjust(session: AsyncSession, account_id: UUID) -> UUID:
    """The account that has its points by now, nobody else adjusting it meanwhile; or NotFound."""
    found = (await session.execute(ACCOUNT_OF_TODAY, {"account": account_id})).scalar_one_or_none()
    if found is None:
        raise NotFound("points account", account_id)
    return UUID(str(found))


async def adjusted_alone(session: AsyncSession, account_id: UUID, currency: str) -> int:
    """How much was added and taken in the last 24 hours without an approver."""
    values = {"account": account_id, "currency": currency}
    return int((await session.execute(ADJUSTED_ALONE, values)).scalar_one())


async def adjustment_to_decide(session: AsyncSession, adjustment_id: UUID) -> Adjustment:
    """The adjustment, nobody else deciding on it meanwhile; or NotFound."""
    locked = select(Adjustment).where(Adjustment.id == adjustment_id).with_for_update()
    found = (await session.exec(locked)).first()
    if found is None:
        raise NotFound("adjustment", adjustment_id)
    return found

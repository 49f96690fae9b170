"""How redemptions are looked up."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, exists, func, or_, text
from sqlalchemy import select as select_
from sqlmodel import col, select

from kit.database import AsyncSession, Database
from kit.errors import NotFound
from kit.identity import Caller
from kit.paging import Page, page
from kit.rows import Rows
from kit.tables import alias, erased_person
from kit.units import below
from loyalty.accounts.models import PointsAccount
from loyalty.accounts.queries import may_see
from loyalty.points.keys import own
from loyalty.redemptions.models import Redemption, RedemptionState, Wanted
from loyalty.rewards.models import Reward, RewardStock

_sold_out = exists().where(
    col(Reward.code) == bindparam("reward_code"),
    col(RewardStock.reward_id) == Reward.id,
    col(RewardStock.given) >= RewardStock.stocked,
)
_known = exists().where(col(Redemption.key) == bindparam("key"))
_today = (
    select_(alias.c.current_id).where(alias.c.old_id == bindparam("customer_id")).scalar_subquery()
)
_looked_at: list[Any] = [
    PointsAccount.customer_id,
    PointsAccount.unit,
    exists().where(erased_person.c.id == PointsAccount.customer_id).label("is_nobodys"),
    (_sold_out & ~_known).label("comes_too_late"),
]
_redeemer: Final = Rows(
    select_(*_looked_at).where(
        col(PointsAccount.customer_id)
        == func.coalesce(_today, bindparam("customer_id", type_=Uuid))
    )
)


async def redeemer(db: Database, wanted: Wanted, caller: Caller) -> Any:
    """Who redeems, under the id they have today, and whether the last was given to others.

    NotFound when there is nobody whom the caller may see. Who has redeemed by the same key before
    does not come too late.
    """
    asked = {name: getattr(wanted, name) for name in ("customer_id", "reward_code", "key")}
    found = await _redeemer.all(db, **asked)
    if not found or found[0].is_nobodys or not may_see(caller, found[0]):
        raise NotFound("customer", wanted.customer_id)
    return found[0]


KEPT_BARE: Final = Rows(
    select_(col(Redemption.id)).where(
        col(Redemption.key) == bindparam("key", type_=Text),
        or_(
            col(Redemption.customer_id) == bindparam("customer_id", type_=Uuid),
            col(Redemption.customer_id) == _today,
        ),
    )
)


async def own_key(db: Database, wanted: Wanted, caller: Caller) -> str:
    """The key as this caller's own; as it was sent where the customer's redemption is kept so."""
    asked = {"key": wanted.key, "customer_id": wanted.customer_id}
    mine = own(caller, wanted.key)
    return wanted.key if await KEPT_BARE.all(db, **asked) else mine


HOLD: Final = text("SELECT customer_id, redemption_id FROM hold_redeemer(:customer, :key)")


async def hold_redeemer(session: AsyncSession, wanted: Wanted) -> tuple[UUID, Redemption | None]:
    """Hold the account of who redeems; their id of today, and what the same key has got before.

    Nobody is merged until the transaction ends. Raises NotFound.
    """
    asked = {"customer": wanted.customer_id, "key": wanted.key}
    customer, known = (await session.execute(HOLD, asked)).one()
    if customer is None:
        raise NotFound("customer", wanted.customer_id)
    return customer, await session.get_one(Redemption, known) if known is not None else None


async def redemptions_by_id(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Redemption]:
    rows = await session.exec(select(Redemption).where(col(Redemption.id).in_(set(ids))))
    return {row.id: row for row in rows}


async def redemptions_for_update(
    session: AsyncSession, ids: Iterable[UUID], state: RedemptionState
) -> Sequence[Redemption]:
    """Those in a state, held until the transaction ends, always in the same order."""
    rows = await session.exec(
        select(Redemption)
        .where(col(Redemption.id).in_(set(ids)), Redemption.state == state)
        .order_by(col(Redemption.id))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def redemption_for_update(session: AsyncSession, redemption_id: UUID) -> Redemption:
    """The redemption, held until the transaction ends, or NotFound."""
    held = select(Redemption).where(Redemption.id == redemption_id)
    rows = await session.exec(
        held.with_for_update(key_share=True).execution_options(populate_existing=True)
    )
    found = rows.first()
    if found is None:
        raise NotFound("redemption", redemption_id)
    return found


async def redemptions_to_end(
    session: AsyncSession, now: datetime, most: int
) -> Sequence[Redemption]:
    """Those whose time has run out, held; what somebody is at is left for the next time."""
    rows = await session.exec(
        select(Redemption)
        .where(Redemption.state == RedemptionState.RESERVED, col(Redemption.expires_at) <= now)
        .order_by(col(Redemption.expires_at), col(Redemption.id))
        .limit(most)
        .with_for_update(key_share=True, skip_locked=True)
    )
    return rows.all()


async def open_redemptions_of(
    session: AsyncSession, customers: Iterable[UUID]
) -> Sequence[Redemption]:
    """What is reserved for these customers, held."""
    rows = await session.exec(
        select(Redemption)
        .where(
            col(Redemption.customer_id).in_(set(customers)),
            Redemption.state == RedemptionState.RESERVED,
        )
        .order_by(col(Redemption.id))
        .with_for_update(key_share=True)
    )
    return rows.all()


async def redemptions_of(
    session: AsyncSession, customer_id: UUID, first: int, after: str | None
) -> Page[Redemption]:
    """A customer's, newest first."""
    mine = select(Redemption).where(Redemption.customer_id == customer_id)
    return await page(session, mine, [Redemption.id], first=first, after=after)


async def redemptions_in(
    session: AsyncSession,
    unit: str,
    state: RedemptionState | None,
    reward_code: str | None,
    first: int,
    after: str | None,
) -> Page[Redemption]:
    """Those of a unit's subtree, newest first."""
    found = select(Redemption).where(below(col(Redemption.unit), unit))
    if state is not None:
        found = found.where(Redemption.state == state)
    if reward_code is not None:
        found = found.where(Redemption.reward_code == reward_code)
    return await page(session, found, [Redemption.id], first=first, after=after)


BALANCE: Final = text("""
SELECT
  (SELECT count(*) FROM reward_stock AS stock WHERE given <> (
    SELECT coalesce(sum(many), 0) FROM reward_given AS one
    WHERE one.reward_id = stock.reward_id AND returned_at IS NULL)) AS stocks,
  (SELECT count(*) FROM redemption JOIN reservation ON reservation.id = posting_id
   WHERE (state = 'reserved') <> (settled_by IS NULL)) AS points,
  (SELECT count(*) FROM redemption LEFT JOIN reward_given AS one
     ON (one.source_kind, one.source_id) = ('redemption', redemption.id)
   WHERE one.source_id IS NULL OR many <> quantity
     OR (returned_at IS NULL) <> (state IN ('reserved', 'confirmed', 'fulfilled'))) AS rewards
""")


class Balance(NamedTuple):
    """How many are not as they have to be; all 0."""

    stocks: int
    points: int
    rewards: int


async def balance(session: AsyncSession) -> Balance:
    """Whether stock, points and redemptions agree, by looking at all of them."""
    return Balance(*(await session.execute(BALANCE)).one())

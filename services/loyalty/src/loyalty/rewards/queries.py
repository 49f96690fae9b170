"""How rewards are looked up, and what stands between members and them."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal,
    or_,
)
from sqlalchemy import select as select_
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.errors import NotFound
from kit.models import utcnow
from kit.paging import Page, page
from kit.units import above, below, reaches
from loyalty.accounts.models import PointsAccount, Wallet
from loyalty.members.models import MemberFacts
from loyalty.rewards.models import Reward, RewardGiven, RewardKind, RewardState, RewardStock
from loyalty.rewards.standing import Standing
from loyalty.segments.models import MemberSegment
from loyalty.tiers.models import MemberTier, Tier

_asked: Any = (
    func.unnest(
        bindparam("codes", type_=ARRAY(Text)),
        bindparam("customers", type_=ARRAY(Uuid)),
    )
    .table_valued(column("code", Text), column("customer_id", Uuid))
    .render_derived(name="asked")
)
_today = cast(
    func.timezone(func.coalesce(col(MemberFacts.time_zone), literal("UTC")), func.now()), Date
)
_had = (
    select_(func.coalesce(func.sum(RewardGiven.many), 0))
    .where(
        col(RewardGiven.customer_id) == _asked.c.customer_id,
        col(RewardGiven.reward_id) == col(Reward.id),
        col(RewardGiven.returned_at).is_(None),
    )
    .correlate(_asked, Reward, MemberFacts)
)
_reached = (
    select_(func.coalesce(func.max(Tier.threshold), 0))
    .join(MemberTier, col(MemberTier.tier_code) == Tier.code)
    .where(col(MemberTier.customer_id) == _asked.c.customer_id)
    .correlate(_asked)
    .scalar_subquery()
)
_needed = (
    select_(col(Tier.threshold))
    .where(col(Tier.code) == Reward.lowest_tier)
    .correlate(Reward)
    .scalar_subquery()
)
_counted: list[Any] = [
    Reward,
    _asked.c.customer_id,
    col(PointsAccount.id).label("account_id"),
    PointsAccount.unit,
    _today.label("day"),
    func.coalesce(Wallet.balance, 0).label("balance"),
    (col(RewardStock.stocked) - col(RewardStock.given)).label("left"),
    _had.scalar_subquery().label("in_all"),
    _had.where(col(RewardGiven.day) == _today).scalar_subquery().label("today"),
    (_reached >= func.coalesce(_needed, 0)).label("tier_reached"),
    exists()
    .where(
        col(MemberSegment.customer_id) == _asked.c.customer_id,
        col(MemberSegment.member),
        col(MemberSegment.code) == any_(col(Reward.segments)),
    )
    .label("in_segment"),
]
_standings = (
    select_(*_counted)
    .select_from(_asked)
    .join(Reward, col(Reward.code) == _asked.c.code)
    .outerjoin(RewardStock, col(RewardStock.reward_id) == Reward.id)
    .outerjoin(PointsAccount, col(PointsAccount.customer_id) == _asked.c.customer_id)
    .outerjoin(MemberFacts, col(MemberFacts.customer_id) == _asked.c.customer_id)
    .outerjoin(
        Wallet,
        (col(Wallet.account_id) == PointsAccount.id) & (col(Wallet.currency) == Reward.currency),
    )
)


async def standings(
    session: AsyncSession, asked: Iterable[tuple[str, UUID]]
) -> dict[tuple[str, UUID], Standing]:
    """By code and customer, for those rewards that there are."""
    pairs = sorted(set(asked))
    values = {"codes": [code for code, _ in pairs], "customers": [each for _, each in pairs]}
    rows = await session.execute(_standings, values)
    found = [Standing(reward=row.Reward, **_facts(row)) for row in rows]
    return {(each.reward.code, each.customer_id): each for each in found}


def _facts(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name != "Reward"}


async def standing(session: AsyncSession, code: str, customer_id: UUID) -> Standing:
    """Where this member stands with this reward, or NotFound."""
    found = await standings(session, [(code, customer_id)])
    if (code, customer_id) not in found:
        raise NotFound("reward", code)
    return found[code, customer_id]


async def rewards_by_code(
    session: AsyncSession, codes: Iterable[str], seen: ColumnElement[bool]
) -> dict[str, Reward]:
    rows = await session.exec(select(Reward).where(col(Reward.code).in_(set(codes)), seen))
    return {row.code: row for row in rows}


async def rewards(
    session: AsyncSession,
    seen: ColumnElement[bool],
    kind: RewardKind | None,
    state: RewardState | None,
    first: int,
    after: str | None,
) -> Page[Reward]:
    """Those that are seen, by code."""
    found: Select[Any] = select_(Reward).where(seen)
    if kind is not None:
        found = found.where(col(Reward.kind) == kind)
    if state is not None:
        found = found.where(col(Reward.state) == state)
    return await page(session, found, [Reward.code], first=first, after=after, newest_first=False)


async def stocks_of(session: AsyncSession, reward_ids: Iterable[UUID]) -> dict[UUID, RewardStock]:
    """The stock of those that can run out."""
    rows = await session.exec(
        select(RewardStock).where(col(RewardStock.reward_id).in_(set(reward_ids)))
    )
    return {row.reward_id: row for row in rows}


async def reward_for_update(session: AsyncSession, code: str) -> Reward:
    """The reward, held until the transaction ends, or NotFound."""
    held = select(Reward).where(Reward.code == code).with_for_update(key_share=True)
    found = (await session.exec(held)).first()
    if found is None:
        raise NotFound("reward", code)
    return found


def seen_in(unit: str) -> ColumnElement[bool]:
    """The condition that whoever works in `unit` sees a reward: theirs, and those from above.

    Of those from above they see no drafts.
    """
    return reaches(Reward.unit, unit) & (
        (col(Reward.state) != RewardState.DRAFT) | below(Reward.unit, unit)
    )


def open_to(unit: str) -> ColumnElement[bool]:
    """The condition that a member of `unit` sees a reward: it is, or soon will be, for them."""
    valid_until = col(Reward.valid_until)
    return (
        (col(Reward.state) == RewardState.LIVE)
        & or_(valid_until.is_(None), valid_until > utcnow())
        & col(Reward.unit).in_([*above(unit), unit])
    )


async def given_of(
    session: AsyncSession, source_kind: str, source_ids: Sequence[UUID]
) -> dict[UUID, RewardGiven]:
    """What was given for these sources, held until the transaction ends."""
    rows = await session.exec(
        select(RewardGiven)
        .where(RewardGiven.source_kind == source_kind, col(RewardGiven.source_id).in_(source_ids))
        .order_by(col(RewardGiven.source_id))
        .with_for_update(key_share=True)
    )
    return {row.source_id: row for row in rows}

"""The catalogue in the graph: what there is, and what a member may have of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, false

from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.scalars import Long, Money, money
from kit.models import utcnow
from loyalty.accounts.queries import accounts_by_customer
from loyalty.points.graph.account import READERS
from loyalty.rewards import models, queries
from loyalty.rewards.graph import enums  # noqa: F401  # declares them
from loyalty.rewards.standing import Standing

STAFF = ("marketer", "approver", "front_line", "analyst", "operator")
OfKind = Annotated[
    models.RewardKind | None, strawberry.argument(description="Of this kind; null for all.")
]


@strawberry.type(description="How many there are of a reward that can run out.")
class RewardStock:
    stocked: Long = strawberry.field(description="How many there were, restocked ones included.")
    given: Long = strawberry.field(description="How many are reserved or handed out.")
    left: Long = strawberry.field(description="How many may still be had.")

    @classmethod
    def of(cls, row: models.RewardStock) -> Self:
        left = Long(row.stocked - row.given)
        return cls(stocked=Long(row.stocked), given=Long(row.given), left=left)


@strawberry.federation.type(keys=["code"], description="Something that members may have.")
class Reward:
    id: strawberry.Private[UUID]
    cost_minor: strawberry.Private[int]
    money: strawberry.Private[str]
    needs_segments: strawberry.Private[list[str]]

    code: str = strawberry.field(description="Its unique code.")
    kind: models.RewardKind = strawberry.field(description="What the member gets.")
    state: models.RewardState = strawberry.field(description="Whether it may be had.")
    name: str = strawberry.field(description="Its name, for members.")
    description: str = strawberry.field(description="What it is, for members.")
    unit: str = strawberry.field(description="The OrgUnit whose members it is for.")
    currency: str = strawberry.field(description="What its price is in: a code of `currencies`.")
    price: Long | None = strawberry.field(
        description="What it takes; null: it is only handed out, not sold for points."
    )
    value: Money | None = strawberry.field(
        description="The money the member gets by a TOP_UP or a CASH_BACK; null for others."
    )
    partner_code: str | None = strawberry.field(description="Which partner hands it out, if one.")
    voucher_type: str | None = strawberry.field(description="The type of the voucher, if it is.")
    lowest_tier: str | None = strawberry.field(description="The lowest tier that may have it.")
    most_per_member: Long | None = strawberry.field(description="The most that one may have.")
    most_per_day: Long | None = strawberry.field(description="The most that one may have a day.")
    most_at_once: int = strawberry.field(description="The most that one redemption takes.")
    valid_from: datetime | None = strawberry.field(description="It may be had from then on.")
    valid_until: datetime | None = strawberry.field(description="It may be had until then.")

    @classmethod
    def of(cls, row: models.Reward) -> Self:
        worth = row.value_minor
        return cls(
            id=row.id,
            cost_minor=row.cost_minor,
            money=row.money,
            needs_segments=row.segments,
            code=row.code,
            kind=models.RewardKind(row.kind),
            state=models.RewardState(row.state),
            name=row.name,
            description=row.description,
            unit=row.unit,
            currency=row.currency,
            price=_long(row.price),
            value=None if worth is None else money(worth, row.money),
            partner_code=row.partner_code,
            voucher_type=row.voucher_type,
            lowest_tier=row.lowest_tier,
            most_per_member=_long(row.most_per_member),
            most_per_day=_long(row.most_per_day),
            most_at_once=row.most_at_once,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, code: str) -> "Reward | None":
        info.context.caller.require_role(*READERS)
        return await info.context.loader(rewards_by_code).load(code)

    @strawberry.field(description="How many there are; null: it can't run out.")
    async def stock(self, info: Info) -> RewardStock | None:
        return await info.context.loader(stocks_of).load(self.id)

    @strawberry.field(
        description="What one of it costs the programme.",
        extensions=[Roles("marketer", "approver", "analyst", "operator")],
    )
    def cost(self) -> Money | None:
        return money(self.cost_minor, self.money)

    @strawberry.field(
        description="Codes of the segments one of which the member has to be in; empty for all.",
        extensions=[Roles(*STAFF)],
    )
    def segments(self) -> list[str] | None:
        return self.needs_segments


@strawberry.type(description="A reward, and whether a member may have it now.")
class MemberReward:
    reward: Reward = strawberry.field(description="The reward.")
    allowed: bool = strawberry.field(description="Whether they may have it: nothing bars them.")
    barriers: list[models.RewardBarrier] = strawberry.field(description="Why not, if not.")
    missing: Long = strawberry.field(description="How much of its currency they lack; 0 if none.")
    most: int = strawberry.field(
        description="How many they may take at once now: 0 when something bars them."
    )

    @classmethod
    def of(cls, standing: Standing, now: datetime) -> Self:
        barriers = standing.barriers(now)
        missing = max(0, (standing.reward.price or 0) - standing.balance)
        return cls(
            reward=Reward.of(standing.reward),
            allowed=not barriers,
            barriers=[each for each in models.RewardBarrier if each in barriers],
            missing=Long(missing),
            most=standing.most(now),
        )


async def rewards_by_code(context: Context, codes: Sequence[str]) -> list[Reward | None]:
    seen = await _seen(context)
    async with context.db.reading() as session:
        found = await queries.rewards_by_code(session, codes, seen)
    return [Reward.of(found[each]) if each in found else None for each in codes]


async def stocks_of(context: Context, ids: Sequence[UUID]) -> list[RewardStock | None]:
    async with context.db.reading() as session:
        found = await queries.stocks_of(session, ids)
    return [RewardStock.of(found[each]) if each in found else None for each in ids]


async def rewards_for(
    info: Info, customer: UUID, kind: models.RewardKind | None, first: int, after: str | None
) -> Connection[MemberReward] | None:
    """What there is for a member, by code, each with whether they may have it."""
    context = info.context
    accounts = await accounts_by_customer(context.db, [customer], context.caller)
    if customer not in accounts:
        return None
    seen = queries.open_to(accounts[customer].unit or "")
    async with context.db.reading() as session:
        found = await queries.rewards(session, seen, kind, None, first, after)
        asked = [(each.code, customer) for each in found.items]
        standings = await queries.standings(session, asked)
    now = utcnow()
    return Connection.of(found, lambda row: MemberReward.of(standings[row.code, customer], now))


async def _seen(context: Context) -> ColumnElement[bool]:
    """What the caller may see: a member what is for them, others what reaches their unit."""
    caller = context.caller
    if "customer" not in caller.roles:
        return queries.seen_in(caller.unit or "")
    try:
        customer = UUID(str(caller.claims.get("customer")))
    except ValueError:
        return false()
    accounts = await accounts_by_customer(context.db, [customer], caller)
    return queries.open_to(accounts[customer].unit or "") if customer in accounts else false()


def _long(value: int | None) -> Long | None:
    return None if value is None else Long(value)


@strawberry.type
class RewardsQuery:
    @strawberry.field(
        description="A reward by its code; null when there is none that you may see.",
        extensions=[Roles(*READERS)],
    )
    async def reward(
        self, info: Info, code: Annotated[str, strawberry.argument(description="Its code.")]
    ) -> Reward | None:
        return await info.context.loader(rewards_by_code).load(code)

    @strawberry.field(
        description="Rewards by code: those of your unit, of the units below, and, unless they "
        "are drafts, of the units above; a customer sees what may be had where they belong. "
        "`Customer.rewards` says what a member may have.",
        extensions=[Roles(*READERS)],
    )
    async def rewards(
        self,
        info: Info,
        kind: OfKind = None,
        state: Annotated[
            models.RewardState | None,
            strawberry.argument(description="In this state; null for all."),
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[Reward] | None:
        seen = await _seen(info.context)
        async with info.context.db.reading() as session:
            found = await queries.rewards(session, seen, kind, state, first, after)
        return Connection.of(found, Reward.of)

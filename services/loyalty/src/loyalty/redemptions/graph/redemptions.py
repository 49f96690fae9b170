"""Redemptions as they are shown: a member's own, and those of a unit."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry

from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.personal import People
from kit.graph.scalars import Long, Money, money
from loyalty.accesses.noting import saw
from loyalty.accounts.queries import accounts_by_customer
from loyalty.points.graph.account import READERS
from loyalty.redemptions import models, queries
from loyalty.rewards.graph.catalogue import Reward, rewards_by_code
from loyalty.rewards.models import RewardKind
from loyalty.vouchers.queries import codes_by_source

RedemptionState = strawberry.enum(
    models.RedemptionState,
    description="RESERVED: the points are locked and one of the stock is kept; CONFIRMED: they are "
    "spent, and the reward is being handed out; FULFILLED: the member has it; RELEASED, EXPIRED: "
    "given back before it was confirmed; FAILED: it could not be handed out, the points came back.",
)
RedemptionReason = strawberry.enum(
    models.RedemptionReason,
    description="Why points and reward went back. GIVEN_UP: somebody released it; REJECTED: by "
    "whoever reviewed it; ERASED: the customer is forgotten; TIMED_OUT: nobody confirmed it in "
    "time; NO_VOUCHER: there was none left; NOT_HANDED_OUT: the arms could not.",
)


@strawberry.type(
    description="A reward for points, one or several of it, on the terms of when it was reserved."
)
class Redemption:
    customer_id: UUID = strawberry.field(description="Whose points.")
    code: strawberry.Private[str]
    cost_minor: strawberry.Private[int]
    money: strawberry.Private[str]
    has_vouchers: strawberry.Private[bool]

    id: UUID = strawberry.field(description="Its identifier.")
    title: str = strawberry.field(description="The reward's name, as it was then.")
    kind: RewardKind = strawberry.field(description="What the member gets.")
    quantity: int = strawberry.field(description="How many of the reward.")
    price: Long = strawberry.field(description="What all of it takes, of its currency.")
    currency: str = strawberry.field(description="The code of its currency.")
    state: models.RedemptionState = strawberry.field(description="How far it is.")
    held: bool = strawberry.field(description="Whether it waits for a person to review it.")
    reason: models.RedemptionReason | None = strawberry.field(
        description="Why it came to nothing, if it did."
    )
    reserved_at: datetime = strawberry.field(description="When it was asked for.")
    expires_at: datetime | None = strawberry.field(
        description="When it ends if nobody confirms it; null for what was never reserved."
    )
    confirmed_at: datetime | None = strawberry.field(description="When the points were spent.")
    ended_at: datetime | None = strawberry.field(
        description="When the member had it, or points and reward went back."
    )

    @classmethod
    def of(cls, row: models.Redemption) -> Self:
        return cls(
            customer_id=row.customer_id,
            code=row.reward_code,
            cost_minor=row.cost_minor,
            money=row.money,
            has_vouchers=row.voucher_id is not None,
            id=row.id,
            title=row.title,
            kind=RewardKind(row.kind),
            quantity=row.quantity,
            price=Long(row.price),
            currency=row.currency,
            state=models.RedemptionState(row.state),
            held=row.held,
            reason=None if row.reason is None else models.RedemptionReason(row.reason),
            reserved_at=row.created_at,
            expires_at=row.expires_at,
            confirmed_at=row.confirmed_at,
            ended_at=row.ended_at,
        )

    @strawberry.field(description="The reward as it is now; null when you may not see it.")
    async def reward(self, info: Info) -> Reward | None:
        return await info.context.loader(rewards_by_code).load(self.code)

    @strawberry.field(
        description="The code of the voucher, once the member has one; the first of several.",
        extensions=[Roles("front_line", "operator", "customer")],
    )
    async def voucher_code(self, info: Info) -> str | None:
        return next(iter(await self._codes(info)), None)

    @strawberry.field(
        description="The codes of the vouchers, one for each of `quantity`, once the member has "
        "them; else none.",
        extensions=[Roles("front_line", "operator", "customer")],
    )
    async def voucher_codes(self, info: Info) -> list[str] | None:
        return await self._codes(info)

    async def _codes(self, info: Info) -> list[str]:
        return await info.context.loader(_codes_of).load(self.id) if self.has_vouchers else []

    @strawberry.field(
        description="What all of it costs the programme.",
        extensions=[Roles("marketer", "approver", "analyst", "operator")],
    )
    def cost(self) -> Money | None:
        return money(self.cost_minor, self.money)


@strawberry.type(description="Whether stock, points and redemptions agree: every figure is 0.")
class RedemptionBalance:
    stocks_out_of_balance: Long = strawberry.field(
        description="Rewards whose stock is not what was given of it: 0."
    )
    points_out_of_balance: Long = strawberry.field(
        description="Redemptions whose points are locked although they ended, or free although "
        "they are reserved: 0."
    )
    rewards_out_of_balance: Long = strawberry.field(
        description="Redemptions without the reward that is kept for them, or with one that is "
        "not theirs any more: 0."
    )


async def _codes_of(context: Context, ids: Sequence[UUID]) -> list[list[str]]:
    async with context.db.reading() as session:
        found = await codes_by_source(session, models.SOURCE, ids)
    return [found[each] for each in ids]


async def visible_redemptions(
    context: Context, ids: Sequence[UUID]
) -> list[models.Redemption | None]:
    """Those of customers whom the caller may see."""
    async with context.db.reading() as session:
        found = await queries.redemptions_by_id(session, ids)
    customers = {each.customer_id for each in found.values()}
    seen = await accounts_by_customer(context.db, list(customers), context.caller)
    rows = [found.get(each) for each in ids]
    return [row if row is not None and row.customer_id in seen else None for row in rows]


async def redemptions_by(
    info: Info, customer: UUID, first: int, after: str | None
) -> Connection[Redemption] | None:
    context = info.context
    if not await accounts_by_customer(context.db, [customer], context.caller):
        return None
    async with context.db.reading() as session:
        found = await queries.redemptions_of(session, customer, first, after)
    return Connection.of(found, Redemption.of)


@strawberry.type
class RedemptionsQuery:
    @strawberry.field(
        description="A redemption by its identifier; null when there is none that you may see.",
        extensions=[Roles(*READERS), People(saw, "redemptions", person="customer_id")],
    )
    async def redemption(self, info: Info, id: UUID) -> Redemption | None:
        row = await info.context.loader(visible_redemptions).load(id)
        return None if row is None else Redemption.of(row)

    @strawberry.field(
        description="Redemptions of your unit's members, the newest first.",
        extensions=[
            Roles("marketer", "approver", "front_line", "analyst", "operator"),
            People(saw, "redemptions", person="customer_id"),
        ],
    )
    async def redemptions(
        self,
        info: Info,
        state: Annotated[
            models.RedemptionState | None,
            strawberry.argument(description="In this state; null for all."),
        ] = None,
        reward_code: Annotated[
            str | None, strawberry.argument(description="Of this reward; null for all.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[Redemption] | None:
        unit = info.context.caller.unit or ""
        async with info.context.db.reading() as session:
            found = await queries.redemptions_in(session, unit, state, reward_code, first, after)
        return Connection.of(found, Redemption.of)

    @strawberry.field(
        description="The invariants of redemptions as figures, found by looking at all of them.",
        extensions=[Roles("operator", "analyst", of_all_units=True)],
    )
    async def redemption_balance(self, info: Info) -> RedemptionBalance | None:
        async with info.context.db.reading() as session:
            found = await queries.balance(session)
        return RedemptionBalance(
            stocks_out_of_balance=Long(found.stocks),
            points_out_of_balance=Long(found.points),
            rewards_out_of_balance=Long(found.rewards),
        )

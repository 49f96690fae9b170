"""What is shown of a lottery: its prizes with odds and what is left, its epochs, one's own draws."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Self, TypeAlias
from uuid import UUID

import strawberry

from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.scalars import Long
from loyalty.admission.graph import may_see, taking_part
from loyalty.drafted import known_as, of_unit
from loyalty.lottery import models, queries
from loyalty.lottery.graph import enums
from loyalty.lottery.graph.epochs import LotteryDraw, LotteryEpoch

READERS = ("marketer", "approver", "front_line", "analyst", "operator", "customer")
ForWhom: TypeAlias = Annotated[
    UUID | None,
    strawberry.argument(description="Whose; customers leave it out: their own."),
]


@strawberry.type(description="A prize with its odds, and what is left of it.")
class LotteryPrize:
    code: str = strawberry.field(description="Its name for programs.")
    name: str = strawberry.field(description="Its name for members.")
    kind: models.PrizeKind = strawberry.field(description="What it is.")
    odds: int = strawberry.field(description="How many draws of a million give it.")
    amount: Long = strawberry.field(description="How much, of points or money.")
    currency: str = strawberry.field(description="Of which wallet; empty for what is in none.")
    item: str = strawberry.field(
        description="Of a REWARD or a VOUCHER: the code of the reward or the voucher type."
    )
    per_day: Long | None = strawberry.field(description="At most so many a day; null: any number.")
    fallback: str | None = strawberry.field(
        description="The code of what is given when there is none left; null for a blank."
    )
    left: Long | None = strawberry.field(description="How many are left; null: any number.")
    left_today: Long | None = strawberry.field(
        description="How many are left today, as far as `perDay` goes; null: any number."
    )
    given: Long = strawberry.field(description="How many were given so far.")

    @classmethod
    def of(cls, told: dict[str, Any], stock: models.LotteryPrize | None) -> Self:
        left = stock.left_over if stock else told["stock"]
        today = stock.today if stock else 0
        per_day = told["per_day"]
        return cls(
            code=told["code"],
            name=told["name"],
            kind=enums.LotteryPrizeKind(told["kind"]),
            odds=told["odds"],
            amount=Long(told["amount"]),
            currency=told["currency"],
            item=told["item"],
            per_day=per_day,
            fallback=told["fallback"],
            left=None if left is None else Long(left),
            left_today=None if per_day is None else Long(per_day - today),
            given=Long(stock.given if stock else 0),
        )


@strawberry.type(description="A pool of prizes: odds that everybody sees, draws anybody can check.")
class Lottery:
    id: UUID = strawberry.field(description="Its identifier.")
    code: str = strawberry.field(description="Its name for programs.")
    name: str = strawberry.field(description="Its name for members.")
    unit: str = strawberry.field(description="For members of this unit and below.")
    tiers: list[str] = strawberry.field(description="For members of these tiers; empty: of any.")
    segments: list[str] = strawberry.field(
        description="For members of any of these segments; empty: of any."
    )
    price: Long | None = strawberry.field(
        description="What a draw costs in points, 0 for nothing; null: it takes a chance that was "
        "granted. It is not given back."
    )
    draws_in_all: int | None = strawberry.field(description="Most draws of a member.")
    draws_per_day: int | None = strawberry.field(description="Most draws of a member in an epoch.")
    wins_in_all: int | None = strawberry.field(description="Who has won so often draws no more.")
    time_zone: str = strawberry.field(description="Where its days begin and end.")
    ends_at: datetime = strawberry.field(description="When it closes by itself.")
    state: models.LotteryState = strawberry.field(description="Whether it may be drawn from.")
    row: strawberry.Private[models.Lottery]

    @classmethod
    def of(cls, row: models.Lottery) -> Self:
        plain = {name: getattr(row, name) for name in PLAIN}
        return cls(**plain, state=enums.LotteryState(row.state), row=row)

    @strawberry.field(description="What can be drawn; the odds make a million together.")
    async def prizes(self, info: Info) -> list[LotteryPrize]:
        stock = await info.context.loader(_stocks).load(self.id)
        return [LotteryPrize.of(each, stock.get(each["code"])) for each in self.row.prizes]

    @strawberry.field(
        description="The prizes from the next epoch on, if they are to change.",
        extensions=[Roles("marketer", "approver", "operator")],
    )
    def next_prizes(self) -> list[LotteryPrize] | None:
        if self.row.next_prizes is None:
            return None
        return [LotteryPrize.of(each, None) for each in self.row.next_prizes]

    @strawberry.field(description="The epoch it is in; null unless it is open.")
    async def epoch(self, info: Info) -> LotteryEpoch | None:
        found = await info.context.loader(_epochs).load(self.id)
        return LotteryEpoch.of(found) if found else None

    @strawberry.field(description="All its epochs, the newest first.")
    async def epochs(
        self, info: Info, first: First = 10, after: After = None
    ) -> Connection[LotteryEpoch]:
        async with info.context.db.reading() as session:
            found = await queries.epochs_of(session, self.id, first, after)
        return Connection.of(found, LotteryEpoch.of)

    @strawberry.field(
        description="A customer's draws, the newest first.",
        extensions=[Roles("customer", "front_line", "operator")],
    )
    async def draws(
        self, info: Info, customer_id: ForWhom = None, first: First = 10, after: After = None
    ) -> Connection[LotteryDraw] | None:
        customer = await taking_part(info, customer_id)
        async with info.context.db.reading() as session:
            found = await queries.draws_of(session, self.id, customer, first, after)
        return Connection.of(found, LotteryDraw.of)

    @strawberry.field(
        description="How many draws a customer has for nothing.",
        extensions=[Roles("customer", "front_line", "operator")],
    )
    async def chances(self, info: Info, customer_id: ForWhom = None) -> int | None:
        customer = await taking_part(info, customer_id)
        async with info.context.db.reading() as session:
            return await queries.chances_left(session, self.id, customer)


PLAIN = [
    "id", "code", "name", "unit", "tiers", "segments", "price", "draws_in_all", "draws_per_day", "wins_in_all",
    "time_zone", "ends_at",
]  # fmt: skip


async def _stocks(
    context: Context, lotteries: Sequence[UUID]
) -> list[dict[str, models.LotteryPrize]]:
    async with context.db.reading() as session:
        found = await queries.stocks(session, lotteries)
    return [found[each] for each in lotteries]


async def _epochs(context: Context, lotteries: Sequence[UUID]) -> list[models.LotteryEpoch | None]:
    async with context.db.reading() as session:
        found = await queries.open_epochs(session, lotteries)
    return [found.get(each) for each in lotteries]


@strawberry.type
class LotteriesQuery:
    @strawberry.field(
        description="A lottery by its code; null when there is none that you may see.",
        extensions=[Roles(*READERS)],
    )
    async def lottery(self, info: Info, code: str) -> Lottery | None:
        async with info.context.db.reading() as session:
            row = await known_as(session, models.Lottery, code)
        return Lottery.of(row) if row is not None and may_see(info, row) else None

    @strawberry.field(
        description="The lotteries of your unit and below, the newest first.",
        extensions=[Roles("marketer", "approver", "front_line", "analyst", "operator")],
    )
    async def lotteries(
        self,
        info: Info,
        state: Annotated[
            models.LotteryState | None, strawberry.argument(description="In this state.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[Lottery] | None:
        unit = info.context.caller.unit or ""
        async with info.context.db.reading() as session:
            found = await of_unit(session, models.Lottery, unit, state, first, after)
        return Connection.of(found, Lottery.of)

"""Currencies in the graph."""

from typing import Self

import strawberry

from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.scalars import Long
from loyalty.currencies import models, queries


@strawberry.type(description="What wallets may hold, and by which rules.")
class WalletCurrency:
    code: str = strawberry.field(description="Its name for programs.")
    name: str = strawberry.field(description="Its name for people.")
    kind: str = strawberry.field(description="points, money (in minor units) or growth.")
    money: str | None = strawberry.field(description="For money, its ISO 4217 code.")
    months: int | None = strawberry.field(description="How long a lot lives; null: for ever.")
    warning_days: int = strawberry.field(
        description="How many days before its end a lot is announced; 0: not at all."
    )
    spendable: bool = strawberry.field(description="Whether members may spend it.")
    adjustable_alone: Long = strawberry.field(
        description="The most one person may add or take without an approver."
    )
    transferable: Long = strawberry.field(description="The most a member may give away at once.")
    transferable_daily: Long = strawberry.field(
        description="The most a member may give away in 24 hours."
    )

    @classmethod
    def of(cls, row: models.Currency) -> Self:
        return cls(
            code=row.code,
            name=row.name,
            kind=row.kind,
            money=row.money,
            months=row.months,
            warning_days=row.warning_days,
            spendable=row.spendable,
            adjustable_alone=Long(row.adjustable_alone),
            transferable=Long(row.transferable),
            transferable_daily=Long(row.transferable_daily),
        )


@strawberry.type
class CurrenciesQuery:
    @strawberry.field(
        description="The currencies of the programme, a handful.",
        extensions=[Roles("marketer", "approver", "front_line", "analyst", "operator", "customer")],
    )
    async def currencies(self, info: Info) -> list[WalletCurrency] | None:
        async with info.context.db.reading() as session:
            return [WalletCurrency.of(row) for row in await queries.currencies(session)]

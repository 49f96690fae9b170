"""Currencies as they are shown, with all their versions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import strawberry

from kit.graph.context import Context, Info
from kit.graph.scalars import Long
from loyalty.currencies import models, queries

CurrencyKind = strawberry.enum(
    models.CurrencyKind,
    name="WalletCurrencyKind",
    description="POINTS; MONEY in minor units; GROWTH value, which only counts.",
)


@strawberry.type(description="One version of a currency's rules.")
class WalletCurrencyVersion:
    version: int = strawberry.field(description="From 1.")
    name: str = strawberry.field(description="Its name for people.")
    months: int | None = strawberry.field(description="How long a lot lives; null: for ever.")
    warning_days: int = strawberry.field(description="So long before its end a lot is announced.")
    spendable: bool = strawberry.field(description="Whether members may spend it.")
    adjustable_alone: Long = strawberry.field(
        description="The most that is added to an account or taken from it in 24 hours without "
        "an approver."
    )
    transferable: Long = strawberry.field(description="The most a member may give away at once.")
    transferable_daily: Long = strawberry.field(
        description="The most a member may give away in 24 hours."
    )
    set_by: str = strawberry.field(description="Who set it.")
    set_at: datetime = strawberry.field(description="In force since then.")

    @classmethod
    def of(cls, row: models.CurrencyVersion) -> Self:
        terms = row.terms
        return cls(
            version=row.version,
            name=terms["name"],
            months=terms["months"],
            warning_days=terms["warning_days"],
            spendable=terms["spendable"],
            adjustable_alone=Long(terms["adjustable_alone"]),
            transferable=Long(terms["transferable"]),
            transferable_daily=Long(terms["transferable_daily"]),
            set_by=row.set_by,
            set_at=row.set_at,
        )


@strawberry.type(description="What wallets may hold, and by which rules.")
class WalletCurrency:
    code: str = strawberry.field(description="Its name for programs.")
    version: int = strawberry.field(description="Of its rules; pass it when you change them.")
    name: str = strawberry.field(description="Its name for people.")
    kind: models.CurrencyKind = strawberry.field(description="What it is.")
    money: str | None = strawberry.field(description="For money, its ISO 4217 code.")
    months: int | None = strawberry.field(description="How long a lot lives; null: for ever.")
    warning_days: int = strawberry.field(
        description="How many days before its end a lot is announced; 0: not at all."
    )
    spendable: bool = strawberry.field(description="Whether members may spend it.")
    adjustable_alone: Long = strawberry.field(
        description="The most that is added to an account or taken from it in 24 hours without "
        "an approver."
    )
    transferable: Long = strawberry.field(description="The most a member may give away at once.")
    transferable_daily: Long = strawberry.field(
        description="The most a member may give away in 24 hours."
    )

    @classmethod
    def of(cls, row: models.Currency) -> Self:
        return cls(
            code=row.code,
            version=row.version,
            name=row.name,
            kind=models.CurrencyKind(row.kind),
            money=row.money,
            months=row.months,
            warning_days=row.warning_days,
            spendable=row.spendable,
            adjustable_alone=Long(row.adjustable_alone),
            transferable=Long(row.transferable),
            transferable_daily=Long(row.transferable_daily),
        )

    @strawberry.field(description="All versions of its rules, the newest first; the last 50.")
    async def versions(self, info: Info) -> list[WalletCurrencyVersion]:
        return await info.context.loader(_versions_of).load(self.code)


async def _versions_of(context: Context, codes: Sequence[str]) -> list[list[WalletCurrencyVersion]]:
    async with context.db.reading() as session:
        found = await queries.versions_of(session, codes)
    return [[WalletCurrencyVersion.of(row) for row in found[each]] for each in codes]

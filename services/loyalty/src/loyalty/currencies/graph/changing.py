"""Defining and changing currencies."""

import re
from typing import Annotated, Any, TypeAlias

import strawberry

from kit.currencies import CURRENCIES
from kit.errors import InvalidInput as InvalidInputError
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import Conflict, InvalidInput, NotFound
from kit.graph.scalars import Long
from loyalty.currencies import commands, models, queries
from loyalty.currencies.graph.currencies import WalletCurrency

CODE = re.compile(r"[a-z0-9_-]{1,40}")
NAME_LENGTH = 100
MOST_MONTHS = 1_200
FEWEST_DAYS_A_MONTH = 28
MOST_WARNING_DAYS = 365
MOST_AT_ONCE = 10**12
READERS = ("marketer", "approver", "front_line", "analyst", "operator", "customer")


@strawberry.input(description="The rules of a currency, for what comes from now on.")
class CurrencyRulesInput:
    name: str = strawberry.field(description="Its name for people, 1 to 100 characters.")
    months: int | None = strawberry.field(
        default=None, description="How long a lot lives, 1 to 1,200; null: for ever."
    )
    warning_days: int = strawberry.field(
        default=30,
        description="So long before its end a lot is announced, 0 (not at all) to 365, and shorter "
        "than a lot lives.",
    )
    spendable: bool = strawberry.field(
        default=True, description="Whether members may spend it; not for GROWTH."
    )
    adjustable_alone: Long = strawberry.field(
        default=Long(0),
        description="The most that is added to an account or taken from it in 24 hours without "
        "an approver, up to 10^12.",
    )
    transferable: Long = strawberry.field(
        default=Long(0),
        description="The most a member may give away at once, up to 10^12; 0: nothing.",
    )
    transferable_daily: Long = strawberry.field(
        default=Long(0),
        description="The most a member may give away in 24 hours, not less than at once.",
    )

    def read(self, kind: str) -> dict[str, Any]:
        """The rules, or InvalidInput with the place."""
        for field, wrong in self._wrong(kind).items():
            if wrong is not None:
                raise InvalidInputError(f"rules.{field}", wrong)
        return {name: getattr(self, name) for name in models.TERMS}

    def _wrong(self, kind: str) -> dict[str, str | None]:
        named = self.name.strip() and self.name.isprintable() and len(self.name) <= NAME_LENGTH
        lives = self.months is None or 1 <= self.months <= MOST_MONTHS
        return {
            "name": None if named else f"takes 1 to {NAME_LENGTH} printable characters",
            "months": None if lives else f"is 1 to {MOST_MONTHS}, or null for ever",
            "warningDays": self._wrong_warning(),
            "spendable": "is false for GROWTH: it only counts"
            if self.spendable and kind == models.CurrencyKind.GROWTH
            else None,
            "adjustableAlone": _wrong_limit(self.adjustable_alone),
            "transferable": _wrong_limit(self.transferable)
            or (
                "is 0 for what can't be spent" if self.transferable and not self.spendable else None
            ),
            "transferableDaily": _wrong_limit(self.transferable_daily)
            or (
                "is at least transferable" if self.transferable_daily < self.transferable else None
            ),
        }

    def _wrong_warning(self) -> str | None:
        lives = MOST_WARNING_DAYS + 1 if self.months is None else self.months * FEWEST_DAYS_A_MONTH
        most = min(MOST_WARNING_DAYS, lives - 1)
        return None if 0 <= self.warning_days <= most else f"is 0 to {most}"


def _wrong_limit(limit: int) -> str | None:
    return None if 0 <= limit <= MOST_AT_ONCE else f"is 0 to {MOST_AT_ONCE}"


@strawberry.input(description="A currency for wallets. Its kind never changes.")
class DefineCurrencyInput:
    code: str = strawberry.field(description="1 to 40 of a-z, 0-9, - and _; for ever.")
    kind: models.CurrencyKind = strawberry.field(description="What it is.")
    money: str | None = strawberry.field(
        default=None, description="Of MONEY, and only of it: the ISO 4217 code."
    )
    rules: CurrencyRulesInput = strawberry.field(description="Its rules.")

    def read(self) -> models.Currency:
        if not CODE.fullmatch(self.code):
            raise InvalidInputError("code", "is 1 to 40 of a-z, 0-9, - and _")
        is_money = self.kind == models.CurrencyKind.MONEY
        if is_money != (self.money is not None) or (self.money and self.money not in CURRENCIES):
            raise InvalidInputError(
                "money", "is of ISO 4217, such as CNY, for MONEY, and null otherwise"
            )
        rules = self.rules.read(self.kind)
        return models.Currency(code=self.code, kind=str(self.kind), money=self.money, **rules)


@strawberry.type(description="Wallets may hold it.")
class CurrencyWasDefined:
    currency: WalletCurrency = strawberry.field(description="The currency.")


@strawberry.type(description="The rules hold for what comes from now on.")
class CurrencyWasChanged:
    currency: WalletCurrency = strawberry.field(description="It, as it is now.")


DefineCurrencyResult: TypeAlias = Annotated[
    CurrencyWasDefined | InvalidInput | Conflict, strawberry.union("DefineCurrencyResult")
]
ChangeCurrencyResult: TypeAlias = Annotated[
    CurrencyWasChanged | InvalidInput | NotFound | Conflict,
    strawberry.union("ChangeCurrencyResult"),
]


@strawberry.type
class CurrenciesQuery:
    @strawberry.field(
        description="The currencies of the programme, a handful.", extensions=[Roles(*READERS)]
    )
    async def currencies(self, info: Info) -> list[WalletCurrency] | None:
        async with info.context.db.reading() as session:
            return [WalletCurrency.of(row) for row in await queries.currencies(session)]


@strawberry.type
class CurrenciesMutation:
    @strawberry.mutation(
        description="Let wallets hold another currency. The same again changes nothing.",
        extensions=[Roles("operator", of_all_units=True)],
    )
    async def define_currency(self, info: Info, input: DefineCurrencyInput) -> DefineCurrencyResult:
        wanted, by = input.read(), info.context.caller.subject
        async with info.context.db.transaction() as session:
            currency = await commands.define_currency(session, wanted, by)
        return CurrencyWasDefined(currency=WalletCurrency.of(currency))

    @strawberry.mutation(
        description="Set a currency's rules anew, for what comes from now on: lots keep the end "
        "they have. Refused when somebody has changed it since `version`, and when what members "
        "hold could not be spent any more.",
        extensions=[Roles("operator", of_all_units=True)],
    )
    async def change_currency(
        self,
        info: Info,
        code: Annotated[str, strawberry.argument(description="Which.")],
        version: Annotated[
            int, strawberry.argument(description="The one you have seen: `WalletCurrency.version`.")
        ],
        rules: Annotated[
            CurrencyRulesInput, strawberry.argument(description="All its rules, not only new ones.")
        ],
    ) -> ChangeCurrencyResult:
        by = info.context.caller.subject
        async with info.context.db.transaction() as session:
            present = await queries.currency_by_code(session, code)
            terms = rules.read(present.kind)
            currency = await commands.change_currency(session, code, version, terms, by)
        return CurrencyWasChanged(currency=WalletCurrency.of(currency))

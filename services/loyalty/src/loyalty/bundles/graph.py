"""Bundles in the graph."""

from typing import Annotated, Any, Self, TypeAlias

import strawberry

from kit.errors import InvalidInput as InvalidInputError
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.refusals import Conflict, InvalidInput, NotFound
from kit.graph.scalars import Long, Money, money
from kit.units import checked_unit
from kit.written import CODE, checked_between, checked_code, checked_currency, checked_words
from loyalty.bundles import commands, models, queries
from loyalty.defining import retire
from loyalty.points.models import MOST_POINTS
from loyalty.written import checked_minor

READERS = ("marketer", "approver", "front_line", "analyst", "operator")
BundlePartKind = strawberry.enum(
    models.BundlePartKind,
    description="GIFT is a reward, VOUCHER a voucher of a type, PRIVILEGE a time of a privilege.",
)


@strawberry.type(description="One thing of a bundle.")
class BundlePart:
    kind: BundlePartKind = strawberry.field(description="What it is.")  # type: ignore[valid-type]
    reference: str = strawberry.field(
        description="The code of the reward, voucher type or privilege; empty otherwise."
    )
    points: Long = strawberry.field(description="Of POINTS: how many; else 0.")
    amount: Money | None = strawberry.field(description="Of CASH_BACK: how much; else null.")

    @classmethod
    def of(cls, part: models.BundlePart) -> Self:
        paid_back = part.kind == models.BundlePartKind.CASH_BACK
        return cls(
            kind=models.BundlePartKind(part.kind),
            reference=part.reference,
            points=Long(part.points),
            amount=money(part.amount_minor, part.currency) if paid_back else None,
        )


@strawberry.type(description="Things that are given together, all of them or none.")
class Bundle:
    code: str = strawberry.field(description="Its unique code.")
    name: str = strawberry.field(description="Its name, for members.")
    unit: str = strawberry.field(description="The OrgUnit that defines it.")
    parts: list[BundlePart] = strawberry.field(description="What is in it: 1 to 20.")
    retired: bool = strawberry.field(description="Whether nobody gets it any more.")

    @classmethod
    def of(cls, row: models.Bundle) -> Self:
        return cls(
            code=row.code,
            name=row.name,
            unit=row.unit,
            parts=[BundlePart.of(each) for each in row.lines()],
            retired=row.retired_at is not None,
        )


@strawberry.input(description="One thing of a bundle as it is defined.")
class BundlePartInput:
    kind: BundlePartKind = strawberry.field(description="What it is.")  # type: ignore[valid-type]
    reference: str = strawberry.field(
        default="",
        description="GIFT: the code of a reward; VOUCHER: of a voucher type; PRIVILEGE: of a "
        "privilege. POINTS and CASH_BACK name nothing.",
    )
    points: Long = strawberry.field(default=Long(0), description="Of POINTS: how many, from 1.")
    amount_minor: Long = strawberry.field(
        default=Long(0), description="Of CASH_BACK: how much, from 1."
    )
    currency: str = strawberry.field(default="", description="Of CASH_BACK: ISO 4217.")

    def read(self, line: int) -> dict[str, Any]:
        kind, place = models.BundlePartKind(str(self.kind.value)), f"parts[{line}]"  # type: ignore[attr-defined]
        part: dict[str, Any] = {"kind": str(kind)}
        self._refuse_what_is_too_much(kind, place)
        if kind in models.NAMED:
            part["reference"] = checked_code(self.reference, f"{place}.reference")
        elif kind is models.BundlePartKind.POINTS:
            part["points"] = checked_between(self.points, f"{place}.points", 1, MOST_POINTS)
        else:
            if not self.amount_minor:
                raise InvalidInputError(f"{place}.amountMinor", "is what is paid back")
            part["amount_minor"] = checked_minor(self.amount_minor, f"{place}.amountMinor")
            part["currency"] = checked_currency(self.currency, f"{place}.currency")
        return part

    def _refuse_what_is_too_much(self, kind: models.BundlePartKind, place: str) -> None:
        said = {
            "reference": bool(self.reference) and kind not in models.NAMED,
            "points": bool(self.points) and kind is not models.BundlePartKind.POINTS,
            "amountMinor": bool(self.amount_minor) and kind is not models.BundlePartKind.CASH_BACK,
        }
        for field, wrong in said.items():
            if wrong:
                raise InvalidInputError(f"{place}.{field}", f"is nothing that {kind.name} says")


@strawberry.input(description="A bundle as it is defined, or changed for those who get it next.")
class DefineBundleInput:
    code: str = strawberry.field(description=CODE)
    name: str = strawberry.field(description="1 to 200 characters.")
    unit: str = strawberry.field(description="The OrgUnit that defines it; it reaches those below.")
    parts: list[BundlePartInput] = strawberry.field(description="1 to 20 things.")

    def read(self) -> models.Bundle:
        checked_between(len(self.parts), "parts", 1, models.MOST_PARTS)
        return models.Bundle(
            code=checked_code(self.code),
            name=checked_words(self.name, "name"),
            unit=checked_unit(self.unit),
            parts=[part.read(line) for line, part in enumerate(self.parts)],
        )


@strawberry.type(description="The bundle is defined so.")
class BundleWasDefined:
    bundle: Bundle = strawberry.field(description="As it stands now.")


@strawberry.type(description="Nobody gets the bundle any more.")
class BundleWasRetired:
    bundle: Bundle = strawberry.field(description="As it stands now.")


DefineBundleResult: TypeAlias = Annotated[
    BundleWasDefined | InvalidInput | Conflict, strawberry.union("DefineBundleResult")
]
RetireBundleResult: TypeAlias = Annotated[
    BundleWasRetired | NotFound, strawberry.union("RetireBundleResult")
]


@strawberry.type
class BundlesQuery:
    @strawberry.field(
        description="Bundles that units above and below yours define, the newest first.",
        extensions=[Roles(*READERS)],
    )
    async def bundles(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[Bundle] | None:
        async with info.context.db.reading() as session:
            found = await queries.bundles_for(session, info.context.caller.unit, first, after)
        return Connection.of(found, Bundle.of)


@strawberry.type
class BundlesMutation:
    @strawberry.mutation(
        description="Define a bundle, or change the one of this code; what was given stays. "
        "InvalidInput where a part names what is not there, is over or is for other units; what "
        "ends later is refused when the bundle is given. Defined again it is no longer retired.",
        extensions=[Roles("marketer")],
    )
    async def define_bundle(self, info: Info, input: DefineBundleInput) -> DefineBundleResult:
        wanted = input.read()
        info.context.caller.require_unit(wanted.unit)
        async with info.context.db.transaction() as session:
            row = await commands.define_bundle(session, wanted)
        return BundleWasDefined(bundle=Bundle.of(row))

    @strawberry.mutation(
        description="Give a bundle to nobody any more.", extensions=[Roles("marketer")]
    )
    async def retire_bundle(
        self,
        info: Info,
        code: Annotated[str, strawberry.argument(description="The code of a bundle.")],
    ) -> RetireBundleResult:
        async with info.context.db.transaction() as session:
            row = await retire(session, models.Bundle, code, info.context.caller)
        return BundleWasRetired(bundle=Bundle.of(row))

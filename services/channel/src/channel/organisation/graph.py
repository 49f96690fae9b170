"""The organisation in the graph."""

from collections.abc import Sequence
from typing import Annotated, Self, TypeAlias

import strawberry

from channel.organisation import commands, models, queries
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.refusals import InvalidInput, NotFound
from kit.units import UNIT_PATH

EVERYBODY = ("marketer", "approver", "front_line", "analyst", "operator", "partner")

strawberry.enum(models.UnitLevel, description="How deep in the organisation a unit lies.")


async def units_by_code(context: Context, codes: Sequence[str]) -> list[models.OrgUnit | None]:
    async with context.db.reading() as session:
        found = await queries.units_by_code(
            session, filter(UNIT_PATH.fullmatch, codes), seen_from=context.caller.unit or ""
        )
    return [found.get(code) for code in codes]


@strawberry.federation.type(
    keys=["code"],
    description="A unit of the organisation. Everything a person sees or does is limited to "
    "their unit and those below it.",
)
class OrgUnit:
    code: str = strawberry.field(description="Its path, such as hq.zj.hz.")
    name: str = strawberry.field(description="What people call it.")
    level: models.UnitLevel = strawberry.field(description="How deep it lies.")
    parent_code: str | None = strawberry.field(description="The unit it belongs to.")

    @classmethod
    def of(cls, unit: models.OrgUnit) -> Self:
        return cls(code=unit.code, name=unit.name, level=unit.level, parent_code=unit.parent_code)

    @classmethod
    async def resolve_reference(cls, info: Info, code: str) -> "OrgUnit | None":
        info.context.caller.require_role(*EVERYBODY)
        unit = await info.context.loader(units_by_code).load(code)
        return cls.of(unit) if unit else None


@strawberry.type(description="The unit is in the tree.")
class UnitWasRegistered:
    unit: OrgUnit = strawberry.field(description="The unit as it is now.")


RegisterUnitResult: TypeAlias = Annotated[
    UnitWasRegistered | InvalidInput | NotFound, strawberry.union("RegisterUnitResult")
]


@strawberry.input(description="A unit of the organisation.")
class UnitInput:
    code: str = strawberry.field(
        description="Its path: up to 6 codes of a-z, 0-9, - and _, joined by dots."
    )
    name: str = strawberry.field(description="1 to 200 characters.")


@strawberry.type
class OrganisationQuery:
    @strawberry.field(
        extensions=[Roles(*EVERYBODY)],
        description="A unit and all below it, in the order of their paths; limited to the "
        "caller's own unit and those below.",
    )
    async def units(
        self,
        info: Info,
        below: Annotated[
            str | None,
            strawberry.argument(description="A path; the caller's own unit if left out."),
        ] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[OrgUnit] | None:
        own = info.context.caller.unit or ""
        async with info.context.db.reading() as session:
            found = await queries.units_below(
                session, below or own, seen_from=own, first=first, after=after
            )
        return Connection.of(found, OrgUnit.of)


@strawberry.type
class OrganisationMutation:
    @strawberry.mutation(
        extensions=[Roles("operator")],
        description="Put a unit into the tree below its parent, which must be registered; "
        "registered again it takes the new name. From then on only registered units are taken "
        "next to it. Announced as channel.unit.registered.",
    )
    async def register_unit(self, info: Info, unit: UnitInput) -> RegisterUnitResult:
        info.context.caller.require_unit(unit.code)
        async with info.context.db.transaction() as session:
            registered = await commands.register_unit(session, unit.code, unit.name)
        return UnitWasRegistered(unit=OrgUnit.of(registered))

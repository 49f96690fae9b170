"""The value of a point in the graph."""

from datetime import datetime
from typing import Annotated, Self, TypeAlias

import strawberry

from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.refusals import Conflict, InvalidInput
from kit.graph.scalars import Money, money
from kit.written import checked_between
from loyalty.point_value import commands, models, queries

READERS = ("marketer", "approver", "analyst", "operator")


@strawberry.type(description="What a point is worth, from when on.")
class PointValue:
    version: int = strawberry.field(description="The newest is in force; pass it to change it.")
    value: Money = strawberry.field(description="Of one point, in the programme's money.")
    set_by: str = strawberry.field(description="Who set it.")
    set_at: datetime = strawberry.field(description="In force since then.")

    @classmethod
    def of(cls, row: models.PointValue, currency: str) -> Self:
        return cls(
            version=row.version,
            value=money(row.minor, currency),
            set_by=row.set_by,
            set_at=row.set_at,
        )


@strawberry.type(description="It holds from now on.")
class PointValueWasChanged:
    point_value: PointValue = strawberry.field(description="It, as it is now.")


ChangePointValueResult: TypeAlias = Annotated[
    PointValueWasChanged | InvalidInput | Conflict, strawberry.union("ChangePointValueResult")
]


@strawberry.type
class PointValueQuery:
    @strawberry.field(
        description="What a point has been worth: the versions, that in force first.",
        extensions=[Roles(*READERS)],
    )
    async def point_values(
        self, info: Info, first: First = 1, after: After = None
    ) -> Connection[PointValue] | None:
        async with info.context.db.reading() as session:
            found = await queries.point_values(session, first, after)
            currency = (await queries.programme(session)).currency
        return Connection.of(found, lambda row: PointValue.of(row, currency))


@strawberry.type
class PointValueMutation:
    @strawberry.mutation(
        description="Set what a point is worth, for what is given, booked and reported from now "
        "on: benefits and prizes already given, packets already funded, partners' lines already "
        "booked and reports of months that have ended keep the value they had. Refused when "
        "somebody has changed it since `version`. The same again changes nothing.",
        extensions=[Roles("approver", scope="approve:finance", of_all_units=True)],
    )
    async def change_point_value(
        self,
        info: Info,
        version: Annotated[
            int, strawberry.argument(description="The one you have seen: `PointValue.version`.")
        ],
        minor: Annotated[
            int,
            strawberry.argument(
                description="Of one point, in minor units of the programme's money, 1 to 10,000."
            ),
        ],
    ) -> ChangePointValueResult:
        by = info.context.caller.subject
        checked_between(minor, "minor", 1, models.MOST_MINOR)
        async with info.context.db.transaction() as session:
            row = await commands.change_point_value(session, version, minor, by)
            currency = (await queries.programme(session)).currency
        return PointValueWasChanged(point_value=PointValue.of(row, currency))

"""Clubs and memberships as the graph shows them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry

from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.scalars import Long
from loyalty.accounts.queries import accounts_by_customer
from loyalty.clubs import models, queries
from loyalty.clubs.commands.joining import in_words

READERS = ("marketer", "approver", "front_line", "analyst", "operator", "customer")
ClubJoining = strawberry.enum(
    models.ClubJoining,
    description="ASKING: customers join when they, or the front line for them, ask; the rule is "
    "asked then. RULE: whoever the rule holds for belongs by themselves, for as long as it holds.",
)
ClubState = strawberry.enum(
    models.ClubState, description="OPEN takes members in; CLOSED has none and takes none in."
)
ClubWay = strawberry.enum(
    models.Way,
    name="ClubWay",
    description="How somebody came into a club, or out of it: they asked, the FRONT_LINE did, by "
    "its RULE, or because it was CLOSED.",
)


@strawberry.type(description="Members with one interest, in a unit and all below it.")
class Club:
    code: str = strawberry.field(description="Its name for programs.")
    name: str = strawberry.field(description="Its name for members.")
    interest: str = strawberry.field(description="What its members share, such as running.")
    description: str = strawberry.field(description="What it is, for members.")
    benefits: str = strawberry.field(description="What it brings its members, in words.")
    unit: str = strawberry.field(description="Whose members it takes: this unit and all below.")
    joining: models.ClubJoining = strawberry.field(description="How one joins.")
    takes_whom: str = strawberry.field(description="What it asks of its members, in words.")
    capacity: Long | None = strawberry.field(description="Places in all; null without a limit.")
    members: Long = strawberry.field(description="How many belong to it now, exactly.")
    grace_days: int = strawberry.field(
        description="By RULE: whoever it holds for no longer leaves after so many days."
    )
    state: models.ClubState = strawberry.field(description="Whether it takes members in.")
    enrolling: bool = strawberry.field(
        description="Whether members are just being asked, in the background, whether they belong."
    )

    @classmethod
    def of(cls, row: models.Club) -> Self:
        return cls(
            code=row.code,
            name=row.name,
            interest=row.interest,
            description=row.description,
            benefits=row.benefits,
            unit=row.unit,
            joining=models.ClubJoining(row.joining),
            takes_whom=in_words(row),
            capacity=None if row.capacity is None else Long(row.capacity),
            members=Long(row.members),
            grace_days=row.grace_days,
            state=models.ClubState(row.state),
            enrolling=row.enrolling,
        )


@strawberry.type(description="Somebody's time in a club.")
class ClubMembership:
    id: UUID = strawberry.field(description="Its identifier.")
    club_code: strawberry.Private[str]
    joined_at: datetime = strawberry.field(description="Since when.")
    joined_by: models.Way = strawberry.field(description="How they came in.")
    grace_until: datetime | None = strawberry.field(
        description="The club's rule does not hold for them now: they leave then, unless it does "
        "again by then. Null otherwise."
    )
    left_at: datetime | None = strawberry.field(description="Until when; null while it lasts.")
    left_by: models.Way | None = strawberry.field(description="How it ended; null while it lasts.")

    @strawberry.field(description="Which club.")
    async def club(self, info: Info) -> Club:
        return await info.context.loader(clubs_by_code).load(self.club_code)

    @classmethod
    def of(cls, row: models.ClubMembership) -> Self:
        return cls(
            id=row.id,
            club_code=row.club_code,
            joined_at=row.created_at,
            joined_by=models.Way(row.joined_by),
            grace_until=row.grace_until,
            left_at=row.left_at,
            left_by=models.Way(row.left_by) if row.left_by else None,
        )


async def clubs_by_code(context: Context, codes: Sequence[str]) -> list[Club]:
    """For a loader: clubs that memberships name, and so exist."""
    async with context.db.reading() as session:
        found = await queries.clubs_by_code(session, codes)
    return [Club.of(found[each]) for each in codes]


async def clubs_of(
    info: Info, customer_id: UUID, current: bool, first: int, after: str | None
) -> Connection[ClubMembership] | None:
    """A customer's memberships; None for whom the caller may not see."""
    context = info.context
    if not await accounts_by_customer(context.db, [customer_id], context.caller):
        return None
    async with context.db.reading() as session:
        found = await queries.memberships_of(session, customer_id, current, first, after)
    return Connection.of(found, ClubMembership.of)


async def unit_of_caller(context: Context) -> str | None:
    """Where the caller stands: customers where their account is."""
    caller = context.caller
    if "customer" not in caller.roles:
        return caller.unit
    own = caller.claimed_id("customer")
    found = await accounts_by_customer(context.db, [own], caller)
    return next((each.unit for each in found.values()), None)


@strawberry.type
class ClubsQuery:
    @strawberry.field(
        description="Open clubs of the caller's unit, of those above it and of those below it, by "
        "code. Customers see those they might join.",
        extensions=[Roles(*READERS)],
    )
    async def clubs(
        self,
        info: Info,
        interest: Annotated[
            str | None, strawberry.argument(description="Of this interest alone.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[Club] | None:
        unit = await unit_of_caller(info.context)
        if unit is None:
            return None
        async with info.context.db.reading() as session:
            found = await queries.clubs_near(session, unit, interest, first, after)
        return Connection.of(found, Club.of)

    @strawberry.field(
        description="A club, open or closed; null when there is none that the caller may see.",
        extensions=[Roles(*READERS)],
    )
    async def club(
        self, info: Info, code: Annotated[str, strawberry.argument(description="Its code.")]
    ) -> Club | None:
        unit = await unit_of_caller(info.context)
        if unit is None:
            return None
        async with info.context.db.reading() as session:
            row = await queries.club_near(session, code, unit)
        return None if row is None else Club.of(row)

"""How points moved by month, in the graph."""

from dataclasses import asdict
from typing import Annotated, Self
from uuid import UUID

import strawberry

from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.scalars import Long
from loyalty.reports.graph.asking import READERS, ReportPart, Since, Until
from loyalty.reports.models import NO_CAMPAIGN
from loyalty.reports.months import checked_span
from loyalty.reports.queries import flows


@strawberry.type(
    description="How points moved in a month. earned - burned + returned - reversed - expired + "
    "adjusted + transferred = net, by how much members have more; exactly what the ledger has."
)
class PointsMovements:
    month: str = strawberry.field(description="When it was booked, in UTC: 2026-01.")
    currency: str = strawberry.field(description="The currency's code.")
    tier_code: str | None = strawberry.field(
        description="The members' tier when it was booked; null unless told apart by it."
    )
    campaign_id: UUID | None = strawberry.field(
        description="The campaign that gave the points; null for all others, and unless told "
        "apart by it."
    )
    unit: str | None = strawberry.field(
        description="The members' unit when it was booked; null unless told apart by it, empty "
        "when it was not known."
    )
    postings: Long = strawberry.field(description="How many movements.")
    earned: Long = strawberry.field(description="Earned and granted, pending points included.")
    burned: Long = strawberry.field(description="Spent, and redeemed from a reservation.")
    returned: Long = strawberry.field(description="Spent before, and given back.")
    reversed: Long = strawberry.field(description="Earned before, and taken back.")
    expired: Long = strawberry.field(description="Not spent in time.")
    adjusted: Long = strawberry.field(description="Put right by hand; below zero, taken off.")
    transferred: Long = strawberry.field(
        description="Got from other members and merged accounts, less given to them."
    )
    net: Long = strawberry.field(description="By how much members have more.")

    @classmethod
    def of(cls, row: flows.Movements) -> Self:
        told = asdict(row)
        if row.campaign_id == NO_CAMPAIGN:
            told["campaign_id"] = None
        return cls(**told)


@strawberry.type
class MovementsQuery:
    @strawberry.field(
        description="How points of members in the caller's unit moved, by month and currency; "
        "refused where it comes to more than 5,000 rows.",
        extensions=[Roles(*READERS)],
    )
    async def points_movements(
        self,
        info: Info,
        since: Since,
        until: Until,
        currency: Annotated[
            str | None, strawberry.argument(description="Only this currency's code.")
        ] = None,
        campaign_id: Annotated[
            UUID | None, strawberry.argument(description="Only what this campaign gave.")
        ] = None,
        by: Annotated[
            list[ReportPart], strawberry.argument(description="Tell apart by these as well.")
        ] = [],  # noqa: B006  # strawberry's way of saying that it may be left out
    ) -> list[PointsMovements] | None:
        checked_span(since, until)
        asked = flows.Asked(
            since=since,
            until=until,
            seen_from=info.context.caller.unit or "",
            currency=currency,
            campaign=campaign_id,
            by_tier=ReportPart.TIER in by,
            by_campaign=ReportPart.CAMPAIGN in by,
            by_unit=ReportPart.UNIT in by,
        )
        async with info.context.db.reading() as session:
            return [PointsMovements.of(row) for row in await flows.movements(session, asked)]

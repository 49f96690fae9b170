"""What was handed out has cost, by month, in the graph."""

from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

import strawberry

from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.scalars import Money, money
from loyalty.reports.graph.asking import READERS, ReportPart, Since, Until
from loyalty.reports.months import checked_span
from loyalty.reports.queries import costs
from loyalty.reports.queries.flows import Asked


@strawberry.enum(
    description="What was handed out. GIFT, TOP_UP, CASH_BACK, PARTNER: rewards of the catalogue, "
    "whether redeemed, given by a campaign or won, and cash-back of campaigns; VOUCHER: what "
    "vouchers took off orders; RED_PACKET: parts of red packets of money; PRIZE: money won in a "
    "lottery; PRIVILEGE and ENDORSEMENT: of campaigns."
)
class CostKind(StrEnum):
    GIFT = "gift"
    TOP_UP = "top_up"
    CASH_BACK = "cash_back"
    PARTNER = "partner"
    VOUCHER = "voucher"
    RED_PACKET = "red_packet"
    PRIZE = "prize"
    PRIVILEGE = "privilege"
    ENDORSEMENT = "endorsement"


@strawberry.type(
    description="What handing things out cost in a month: given - returned = cost. Points are no "
    "money: pointsMovements has them."
)
class RewardCosts:
    month: str = strawberry.field(description="When it was booked, in UTC: 2026-01.")
    kind: CostKind = strawberry.field(description="What was handed out.")
    tier_code: str | None = strawberry.field(
        description="The tier that the members have now; null unless told apart by it."
    )
    campaign_id: UUID | None = strawberry.field(
        description="The campaign that gave it; null for all others, and unless told apart by it."
    )
    unit: str | None = strawberry.field(
        description="The unit that the members are of now; null unless told apart by it, empty "
        "when it is not known."
    )
    given: Money = strawberry.field(
        description="What it cost as it was taken: rewards when they were reserved, vouchers when "
        "they were redeemed."
    )
    returned: Money = strawberry.field(
        description="What of it, or of earlier months, came back in the month: released, not "
        "handed out, cancelled, rejected."
    )
    cost: Money = strawberry.field(
        description="What was given less what came back; below zero when more came back."
    )

    @classmethod
    def of(cls, row: costs.RewardCosts) -> Self:
        return cls(
            month=row.month,
            kind=CostKind(row.kind),
            tier_code=row.tier_code,
            campaign_id=row.campaign_id,
            unit=row.unit,
            given=money(row.given_minor, row.currency),
            returned=money(row.returned_minor, row.currency),
            cost=money(row.cost_minor, row.currency),
        )


@strawberry.type
class CostsQuery:
    @strawberry.field(
        description="What was handed out to members in the caller's unit has cost, by month, kind "
        "and currency; refused where it comes to more than 5,000 rows.",
        extensions=[Roles(*READERS)],
    )
    async def reward_costs(
        self,
        info: Info,
        since: Since,
        until: Until,
        currency: Annotated[
            str | None, strawberry.argument(description="Only this money, such as CNY.")
        ] = None,
        campaign_id: Annotated[
            UUID | None, strawberry.argument(description="Only what this campaign gave.")
        ] = None,
        by: Annotated[
            list[ReportPart], strawberry.argument(description="Tell apart by these as well.")
        ] = [],  # noqa: B006  # strawberry's way of saying that it may be left out
    ) -> list[RewardCosts] | None:
        checked_span(since, until)
        asked = Asked(
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
            return [RewardCosts.of(row) for row in await costs.reward_costs(session, asked)]

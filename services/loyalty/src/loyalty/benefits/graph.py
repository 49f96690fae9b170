"""Benefits in the graph."""

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

import strawberry

from kit.graph.access import Roles
from kit.graph.connections import Connection
from kit.graph.context import Info
from kit.graph.scalars import Long, Money, money
from loyalty.accounts.queries import accounts_by_customer
from loyalty.benefits import models, queries

READERS = ("marketer", "front_line", "analyst", "operator", "customer")


@strawberry.enum(
    description="WAITING until somebody whom the customer brought has ordered; FULFILLED; REFUSED; "
    "REVERSED: taken back, as far as it could be."
)
class BenefitOutcome(StrEnum):
    WAITING = models.WAITING
    FULFILLED = models.FULFILLED
    REFUSED = models.REFUSED
    REVERSED = models.REVERSED


@strawberry.type(description="What a campaign's task granted a customer.")
class Benefit:
    task_id: UUID = strawberry.field(description="The task.")
    campaign_id: UUID = strawberry.field(description="The campaign that pays.")
    kind: str = strawberry.field(
        description="gift, points, cash_back, red_packet, privilege, endorsement, lottery, bundle "
        "or referral."
    )
    reference: str = strawberry.field(description="The code of what it is about, or empty.")
    outcome: BenefitOutcome = strawberry.field(description="What became of it.")
    reason: str = strawberry.field(
        description="Why it was refused or taken back; of a draw, what came out."
    )
    points: Long = strawberry.field(description="The points in it.")
    granted_at: datetime = strawberry.field(description="When the customer accepted.")
    waits_until: datetime | None = strawberry.field(description="Of a referral: until when.")
    paid: strawberry.Private[Money]

    @strawberry.field(
        description="What it cost the campaign, less what came back.",
        extensions=[Roles("marketer", "analyst", "operator")],
    )
    def cost(self) -> Money | None:
        return self.paid

    @classmethod
    def of(cls, row: models.Benefit) -> Self:
        return cls(
            task_id=row.task_id,
            campaign_id=row.campaign_id,
            kind=row.kind,
            reference=row.reference,
            outcome=BenefitOutcome(row.outcome),
            reason=row.reason,
            points=Long(row.points),
            granted_at=row.granted_at,
            waits_until=row.waits_until,
            paid=money(row.cost_minor - row.returned_minor, row.currency),
        )


async def benefits_of(
    info: Info, customer: UUID, first: int, after: str | None
) -> Connection[Benefit] | None:
    if not await accounts_by_customer(info.context.db, [customer], info.context.caller):
        return None
    async with info.context.db.reading() as session:
        found = await queries.benefits_of(session, customer, first, after)
    return Connection.of(found, Benefit.of)

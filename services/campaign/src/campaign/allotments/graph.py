"""Allotments in the graph."""

from collections.abc import Sequence
from typing import Self
from uuid import UUID

import strawberry

from campaign.allotments import models, queries
from kit.graph.context import Context
from kit.graph.scalars import Money, money


@strawberry.type(description="Money of a campaign set aside for one red packet.")
class CampaignAllotment:
    id: UUID = strawberry.field(description="Its identifier.")
    title: str = strawberry.field(description="What it pays for.")
    unit: str = strawberry.field(description="For members of this unit and below.")
    amount: Money = strawberry.field(description="What was set aside.")
    spent: Money = strawberry.field(description="What customers have got of it.")
    released: Money = strawberry.field(
        description="What is the campaign's again; with `spent` it makes `amount` in the end."
    )

    @classmethod
    def of(cls, row: models.Allotment) -> Self:
        return cls(
            id=row.id,
            title=row.title,
            unit=row.unit,
            amount=money(row.amount_minor, row.currency),
            spent=money(row.spent_minor, row.currency),
            released=money(row.released_minor, row.currency),
        )


async def allotments_of_campaigns(
    context: Context, ids: Sequence[UUID]
) -> list[list[CampaignAllotment]]:
    async with context.db.reading() as session:
        found = await queries.allotments_of(session, ids)
    return [[CampaignAllotment.of(row) for row in found[each]] for each in ids]

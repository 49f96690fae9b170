"""A campaign's budget in the graph."""

from collections.abc import Sequence
from typing import Self
from uuid import UUID

import strawberry

from campaign.budget import models, queries
from campaign.budget.queries import BudgetNow
from kit.graph.context import Context
from kit.graph.scalars import Money, money


@strawberry.type(description="A campaign's money.")
class CampaignBudget:
    amount: Money = strawberry.field(description="What is allocated.")
    reserve: Money = strawberry.field(description="Kept back: 5% unless set otherwise.")
    committed: Money = strawberry.field(
        description="Promised by tasks that are out, and to red packets."
    )
    spent: Money = strawberry.field(
        description="Paid for benefits that were fulfilled, and parts of red packets that were taken."
    )
    overrun: Money = strawberry.field(
        description="Paid from the reserve, for benefits that cost more than was committed."
    )
    available: Money = strawberry.field(description="What tasks may still promise.")
    warned: bool = strawberry.field(description="Whether 80% were reached; at 100% dispatch stops.")

    @classmethod
    def of(cls, row: BudgetNow) -> Self:
        return cls(
            amount=money(row.amount_minor, row.currency),
            reserve=money(row.reserve_minor, row.currency),
            committed=money(row.committed_minor, row.currency),
            spent=money(row.spent_minor, row.currency),
            overrun=money(row.overrun_minor, row.currency),
            available=money(row.available_minor, row.currency),
            warned=row.warned,
        )


async def budgets_of_campaigns(context: Context, ids: Sequence[UUID]) -> list[BudgetNow]:
    async with context.db.reading() as session:
        found = await queries.budgets_now(session, ids)
    return [found[each] for each in ids]


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

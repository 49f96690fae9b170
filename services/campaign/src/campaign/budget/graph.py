"""A campaign's budget in the graph."""

from collections.abc import Sequence
from typing import Self
from uuid import UUID

import strawberry

from campaign.budget import queries
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

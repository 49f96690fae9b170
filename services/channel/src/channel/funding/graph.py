"""What partners pay for members' points, in the graph."""

from datetime import datetime
from typing import Self

import strawberry

from channel.funding import models, queries
from kit.graph.connections import Connection
from kit.graph.context import Info
from kit.graph.scalars import Long, Money, money


@strawberry.type(description="A month of members' points that a partner pays for.")
class FundedMonth:
    month: str = strawberry.field(description="In UTC, such as 2026-01: when it was booked.")
    postings: Long = strawberry.field(description="How many postings, taken-back ones included.")
    points: Long = strawberry.field(
        description="Points given less points taken back; below zero, more was taken back."
    )
    amount: Money = strawberry.field(description="What they cost the partner.")
    settled_at: datetime = strawberry.field(description="When it was settled; then it stands.")

    @classmethod
    def of(cls, row: models.FundedMonth) -> Self:
        return cls(
            month=row.month,
            postings=Long(row.postings),
            points=Long(row.points),
            amount=money(row.amount_minor, row.currency),
            settled_at=row.created_at,
        )


async def funded_months_of(
    info: Info, partner_code: str, first: int, after: str | None
) -> Connection[FundedMonth]:
    async with info.context.db.reading() as session:
        found = await queries.funded_months(session, partner_code, first, after)
    return Connection.of(found, FundedMonth.of)

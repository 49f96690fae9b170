"""Commission in the graph: by partner and month, by campaign, line by line."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from channel.commissions import models, queries
from kit.errors import InvalidInput
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.scalars import Money, money

MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
READERS = ("marketer", "approver", "analyst", "operator")


@strawberry.type(description="What one order earned by one plan, or took back when cancelled.")
class CommissionLine:
    id: UUID = strawberry.field(description="The line's id.")
    order_id: UUID = strawberry.field(description="The order it comes from.")
    plan_code: str = strawberry.field(description="The plan it is earned by.")
    clawback: bool = strawberry.field(description="Whether it takes back.")
    amount: Money = strawberry.field(description="What is earned; below zero if taken back.")
    order_amount: Money = strawberry.field(description="What was ordered.")
    arithmetic: str = strawberry.field(description="How the amount came about, in words.")
    month: str = strawberry.field(description="The order's month in UTC: 2026-01.")
    accrued_at: datetime = strawberry.field(description="When it was reckoned.")

    @classmethod
    def of(cls, line: models.CommissionLine) -> Self:
        return cls(
            id=line.id,
            order_id=line.order_id,
            plan_code=line.plan_code,
            clawback=line.clawback,
            amount=money(line.amount_minor, line.currency),
            order_amount=money(line.order_minor, line.currency),
            arithmetic=line.arithmetic,
            month=line.month,
            accrued_at=line.created_at,
        )


@strawberry.type(description="What a partner earned in a month.")
class PartnerCommission:
    partner_code: strawberry.Private[str]
    month: str = strawberry.field(description="The month in UTC: 2026-01.")
    totals: list[Money] = strawberry.field(
        description="What was earned, less what was taken back; one amount per currency."
    )

    @strawberry.field(description="The amounts that make up the totals, newest first.")
    async def lines(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[CommissionLine]:
        async with info.context.db.reading() as session:
            found = await queries.lines_of_partner(
                session, self.partner_code, self.month, first=first, after=after
            )
        return Connection.of(found, CommissionLine.of)


async def commission_of_partner(info: Info, partner_code: str, month: str) -> PartnerCommission:
    if not MONTH.fullmatch(month):
        raise InvalidInput("month", "is a year and a month, such as 2026-01")
    async with info.context.db.reading() as session:
        totals = await queries.totals_of_partner(session, partner_code, month)
    return PartnerCommission(
        partner_code=partner_code,
        month=month,
        totals=[money(amount, currency) for currency, amount in totals],
    )


async def totals_by_campaign(context: Context, ids: Sequence[UUID]) -> list[list[Money]]:
    async with context.db.reading() as session:
        found = await queries.totals_of_campaigns(session, ids, seen_from=context.caller.unit or "")
    return [[money(amount, currency) for currency, amount in found.get(each, ())] for each in ids]


@strawberry.federation.type(keys=["id"], description="A campaign.")
class Campaign:
    id: UUID = strawberry.field(description="The campaign's id.")

    @classmethod
    def resolve_reference(cls, info: Info, id: str) -> "Campaign":
        return cls(id=UUID(id))

    @strawberry.field(
        extensions=[Roles(*READERS)],
        description="What partners of the caller's unit earned on orders from this campaign's "
        "tasks, one amount per currency.",
    )
    async def commission(self, info: Info) -> list[Money] | None:
        return await info.context.loader(totals_by_campaign).load(self.id)

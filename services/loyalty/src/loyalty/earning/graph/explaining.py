"""Which rule gave what, for members and for who answers them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from kit.database import AsyncSession
from kit.graph.access import Roles
from kit.graph.connections import Connection
from kit.graph.context import Info
from kit.graph.scalars import Long
from loyalty.accesses.noting import saw
from loyalty.accounts.queries import accounts_by_customer
from loyalty.earning import models, queries
from loyalty.earning.graph import enums
from loyalty.earning.wording import given_in_words

EXPLAINED_TO = ("marketer", "approver", "front_line", "analyst", "operator", "customer")


@strawberry.type(description="What one rule gave for something that happened.")
class EarningLine:
    rule_code: str = strawberry.field(description="The rule.")
    rule_version: int = strawberry.field(description="In the version of that time.")
    points: Long = strawberry.field(description="What it gave.")
    explanation: str = strawberry.field(description="How it came to that, for members.")
    partner_code: str | None = strawberry.field(description="The partner who pays a share of it.")
    partner_points: Long = strawberry.field(description="The share the partner pays for.")
    usable_at: datetime | None = strawberry.field(
        description="The day from which its points may be spent, unless somebody lets them go "
        "earlier or cancels them; null when it gave them to be spent at once."
    )
    cancelled: bool = strawberry.field(description="Whether somebody cancelled what it gave.")

    @classmethod
    def of(
        cls, line: Mapping[str, Any], rule: models.EarningRule, earned_at: datetime | None
    ) -> Self:
        days = line.get("usable_after_days", 0)
        return cls(
            rule_code=rule.code,
            rule_version=rule.version,
            points=line["points"],
            explanation=given_in_words(rule, dict(line)),
            partner_code=line["partner_code"],
            partner_points=line["partner_points"],
            usable_at=earned_at + timedelta(days=days) if days and earned_at else None,
            cancelled=line.get("cancelled", False),
        )


@strawberry.type(description="Something that happened to a member, and the points it gave.")
class Earning:
    event: models.EarningEvent = strawberry.field(description="What happened.")
    source_id: UUID = strawberry.field(description="Which order, conversion, touchpoint, ...")
    occurred_at: datetime | None = strawberry.field(
        description="When; null for an order of which only the cancellation was heard."
    )
    cancelled_at: datetime | None = strawberry.field(
        description="When its order was cancelled: the points were taken back."
    )
    points: Long = strawberry.field(
        description="What it gave in all, without what somebody cancelled while it waited."
    )
    review: str | None = strawberry.field(
        description="held: pending until a person has looked at it; released; rejected or refused: "
        "it gives nothing. Null when no limit was reached."
    )
    lines: list[EarningLine] = strawberry.field(description="Which rule gave what.")
    posting_ids: list[UUID] = strawberry.field(
        description="The postings: one, and one for each partner who pays a share."
    )

    @classmethod
    def of(cls, row: models.Earning, rules: Mapping[UUID, models.EarningRule]) -> Self:
        return cls(
            event=enums.EarningEvent(row.source_kind),
            source_id=row.source_id,
            occurred_at=row.occurred_at,
            cancelled_at=row.cancelled_at,
            points=Long(row.points),
            review=row.review,
            lines=[
                EarningLine.of(each, rules[UUID(each["rule_id"])], row.occurred_at)
                for each in row.lines
            ],
            posting_ids=[UUID(each["posting_id"]) for each in row.postings],
        )


async def earnings_of(
    info: Info, customer_id: UUID, first: int, after: str | None
) -> Connection[Earning] | None:
    """What a customer earned, the newest first; None for whom the caller may not see."""
    context = info.context
    if not await accounts_by_customer(context.db, [customer_id], context.caller):
        return None
    async with context.db.reading() as session:
        found = await queries.earnings_of(session, customer_id, first, after)
        rules = await _rules_behind(session, *found.items)
    return Connection.of(found, lambda row: Earning.of(row, rules))


async def _rules_behind(
    session: AsyncSession, *rows: models.Earning
) -> dict[UUID, models.EarningRule]:
    ids = {UUID(line["rule_id"]) for row in rows for line in row.lines}
    return await queries.rules_by_id(session, ids)


@strawberry.type
class EarningsQuery:
    @strawberry.field(
        description="What a posting gave its points for, or took them back for; null when it was "
        "not earned, or not the caller's to see.",
        extensions=[Roles(*EXPLAINED_TO)],
    )
    async def earning_behind(
        self,
        info: Info,
        posting_id: Annotated[UUID, strawberry.argument(description="The posting.")],
    ) -> Earning | None:
        context = info.context
        async with context.db.reading() as session:
            row = await queries.earning_behind(session, posting_id)
            if row is None:
                return None
            if not await accounts_by_customer(context.db, [row.customer_id], context.caller):
                return None
            saw(context, row.customer_id, "earnings")
            return Earning.of(row, await _rules_behind(session, row))

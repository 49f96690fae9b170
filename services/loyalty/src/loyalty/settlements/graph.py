"""Partners' points in the graph."""

import re
from typing import Annotated, Self

import strawberry

from kit.errors import Forbidden, InvalidInput
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.scalars import Long, Money, money
from kit.identity import Caller
from loyalty.settlements import queries

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


@strawberry.type(description="What a partner pays for in a month.")
class PartnerPointsMonth:
    partner_code: str = strawberry.field(description="The partner.")
    month: str = strawberry.field(description="In UTC, such as 2026-01: when it was booked.")
    postings: Long = strawberry.field(description="How many postings, taken-back ones included.")
    points: Long = strawberry.field(description="Points given less points taken back.")
    amount: Money = strawberry.field(description="What they cost at the programme's point value.")
    is_settled: bool = strawberry.field(
        description="Whether it was told as `loyalty.partner_points.settled`: the month is over."
    )

    @classmethod
    def of(cls, row: queries.PartnerMonth) -> Self:
        return cls(
            partner_code=row.partner_code,
            month=row.month,
            postings=Long(row.postings),
            points=Long(row.points),
            amount=money(row.amount_minor, row.currency),
            is_settled=row.is_settled,
        )


def _partner(caller: Caller, asked: str | None) -> str | None:
    """A partner sees their own figures, whatever they ask for; who serves all sees all."""
    if "partner" not in caller.roles:
        return asked
    caller.require_scope("settlements:read")
    own = caller.claims.get("partner")
    if not isinstance(own, str) or asked not in (None, own):
        raise Forbidden("A partner sees their own figures.")
    return own


@strawberry.type
class SettlementsQuery:
    @strawberry.field(
        description="Points that partners pay for in a month, by partner and currency; at most "
        "1,000; of events in the caller's unit and below. A partner (scope settlements:read) sees "
        "their own, wherever.",
        extensions=[Roles("analyst", "operator", "partner")],
    )
    async def partner_points(
        self,
        info: Info,
        month: Annotated[str, strawberry.argument(description="In UTC: YYYY-MM.")],
        partner_code: Annotated[
            str | None, strawberry.argument(description="Of this partner alone.")
        ] = None,
    ) -> list[PartnerPointsMonth] | None:
        if not MONTH.fullmatch(month):
            raise InvalidInput("month", "is a month such as 2026-01")
        caller = info.context.caller
        partner = _partner(caller, partner_code)
        seen_from = None if "partner" in caller.roles else caller.unit or ""
        async with info.context.db.reading() as session:
            rows = await queries.figures_of(session, month, partner, seen_from)
        return [PartnerPointsMonth.of(row) for row in rows]

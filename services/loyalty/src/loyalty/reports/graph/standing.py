"""What members have, and what of it will expire, in the graph."""

from typing import Annotated, Self

import strawberry

from kit.errors import InvalidInput
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.scalars import Long, Money, money
from loyalty.currencies.models import POINTS
from loyalty.reports import breakage
from loyalty.reports.graph.asking import READERS
from loyalty.reports.months import checked_span, named
from loyalty.reports.queries import forecasts, standing


@strawberry.type(description="What members of a tier have of a currency: what the programme owes.")
class PointsLiability:
    month: str | None = strawberry.field(description="At whose end, in UTC; null for now.")
    currency: str = strawberry.field(description="The currency's code.")
    tier_code: str = strawberry.field(description="The members' tier at that time.")
    members: Long = strawberry.field(description="How many have any.")
    available: Long = strawberry.field(description="What may be spent.")
    pending: Long = strawberry.field(description="What may be spent later.")
    locked: Long = strawberry.field(description="What is reserved.")
    debts: Long = strawberry.field(description="What members owe.")
    outstanding: Long = strawberry.field(description="Available, pending and locked.")
    value: Money | None = strawberry.field(
        description="What is outstanding at the value a point had then; null for what has none."
    )

    @classmethod
    def of(cls, row: standing.Liability) -> Self:
        worth = row.value_minor
        return cls(
            month=row.month,
            currency=row.currency,
            tier_code=row.tier_code,
            members=Long(row.members),
            available=Long(row.available),
            pending=Long(row.pending),
            locked=Long(row.locked),
            debts=Long(row.debt),
            outstanding=Long(row.outstanding),
            value=None if worth is None else money(worth, row.value_currency),
        )


@strawberry.type(description="What will expire in a month, as far as one can say.")
class BreakageMonth:
    month: str = strawberry.field(description="When the points expire, in UTC.")
    expected: Long = strawberry.field(description="How many of them, rounded.")


@strawberry.type(
    description="What of the outstanding points will expire unspent. From how much of points was "
    "used at each month of their age, by members who had used points before and by those who had "
    "not. The interval holds what chance does, and how wrong forecasts of the past were."
)
class BreakageForecast:
    currency: str = strawberry.field(description="The currency's code.")
    outstanding: Long = strawberry.field(description="Points that are left and will expire.")
    expected: Long = strawberry.field(description="How many of them will, rounded.")
    backtests: int = strawberry.field(
        description="So many forecasts of the past, against what became of the points, say how "
        "wide the interval is; 0: none can be looked at yet, and everything is possible."
    )
    low: Long = strawberry.field(description="The lower end of the 95% interval.")
    high: Long = strawberry.field(description="The upper end of the 95% interval.")
    rate: float | None = strawberry.field(
        description="The expected share of what is outstanding; null when nothing is."
    )
    observed_ages: int = strawberry.field(
        description="How many months of age were watched; older ones are taken to be like the last "
        "three. Trust it once that is half of what points live."
    )
    months: list[BreakageMonth] = strawberry.field(description="By month of expiry.")

    @classmethod
    def of(cls, currency: str, found: breakage.Forecast) -> Self:
        return cls(
            currency=currency,
            outstanding=Long(found.outstanding),
            expected=Long(round(found.expected)),
            low=Long(round(found.low)),
            high=Long(round(found.high)),
            rate=found.expected / found.outstanding if found.outstanding else None,
            observed_ages=found.observed_ages,
            backtests=found.backtests,
            months=[
                BreakageMonth(month=named(month), expected=Long(round(points)))
                for month, points in found.by_month.items()
            ],
        )


@strawberry.type
class StandingQuery:
    @strawberry.field(
        description="What members in the caller's unit have, by currency and tier: now, or at "
        "the end of each month of a span.",
        extensions=[Roles(*READERS)],
    )
    async def points_liability(
        self,
        info: Info,
        since: Annotated[
            str | None, strawberry.argument(description="The first month: YYYY-MM; not for now.")
        ] = None,
        until: Annotated[
            str | None, strawberry.argument(description="The last month; 36 months at most.")
        ] = None,
    ) -> list[PointsLiability] | None:
        unit = info.context.caller.unit or ""
        if (since is None) != (until is None):
            raise InvalidInput("until", "comes with since, or neither does")
        async with info.context.db.reading() as session:
            if since is None or until is None:
                rows = await standing.liability_now(session, unit)
            else:
                checked_span(since, until)
                rows = await standing.liability_at_months_end(session, since, until, unit)
        return [PointsLiability.of(row) for row in rows]

    @strawberry.field(
        description="What of the outstanding points of a currency will expire unspent; null while "
        "it is too early to say. For headquarters.",
        extensions=[Roles(*READERS)],
    )
    async def points_breakage(
        self,
        info: Info,
        currency: Annotated[str, strawberry.argument(description="The currency's code.")] = POINTS,
    ) -> BreakageForecast | None:
        forecasts.require_headquarters(info.context.caller)
        async with info.context.db.reading() as session:
            found = await forecasts.breakage_of(session, currency)
        return BreakageForecast.of(currency, found) if found else None

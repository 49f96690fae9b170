"""A campaign's figures in the graph."""

from collections.abc import Sequence
from datetime import date
from typing import Self
from uuid import UUID

import strawberry

from campaign.figures import queries
from campaign.figures.lift import difference
from campaign.figures.models import Measure
from campaign.figures.queries import Counted, summed
from campaign.others import Channel
from kit.graph.context import Context
from kit.graph.scalars import Money, money

CONTROL = "control"


@strawberry.type(description="Contacts and what came of them.")
class CampaignFigures:
    contacts: int = strawberry.field(description="Tasks sent out.")
    delivered: int = strawberry.field(description="Tasks that reached the customer.")
    presented: int = strawberry.field(description="Tasks whose offer the customer saw.")
    accepted: int = strawberry.field(description="Tasks answered with yes.")
    declined: int = strawberry.field(description="Tasks answered with no.")
    converted: int = strawberry.field(description="Orders credited to a task, less cancelled ones.")
    revenue: Money = strawberry.field(description="What those orders brought.")
    cost: Money = strawberry.field(description="Benefits and commission.")
    withdrawn: int = strawberry.field(
        description="Tasks taken back because the customer no longer wants to be approached."
    )
    complaints: int = strawberry.field(description="Complaints that name a task of it.")

    @classmethod
    def of(cls, sums: dict[Measure, int], currency: str) -> Self:
        return cls(
            contacts=sums[Measure.CONTACTS],
            delivered=sums[Measure.DELIVERED],
            presented=sums[Measure.PRESENTED],
            accepted=sums[Measure.ACCEPTED],
            declined=sums[Measure.DECLINED],
            converted=sums[Measure.CONVERTED],
            revenue=money(sums[Measure.REVENUE], currency),
            cost=money(sums[Measure.COST], currency),
            withdrawn=sums[Measure.WITHDRAWN],
            complaints=sums[Measure.COMPLAINTS],
        )


@strawberry.type(description="The figures of one channel.")
class ChannelCampaignFigures(CampaignFigures):
    channel_code: str = strawberry.field(description="The channel the tasks went to.")
    channel: Channel | None = strawberry.field(description="The same, as far as one may see.")


@strawberry.type(description="The figures of the customers of one OrgUnit.")
class UnitCampaignFigures(CampaignFigures):
    unit: str = strawberry.field(description="The customers' unit.")


@strawberry.type(description="The figures of one arm.")
class NamedArmFigures(CampaignFigures):
    arm: str = strawberry.field(description="The arm's code.")


@strawberry.type(description="The figures of one day.")
class DayCampaignFigures(CampaignFigures):
    day: date = strawberry.field(description="In UTC.")


@strawberry.type(description="Customers of the treatment or the control group.")
class ArmFigures:
    customers: int = strawberry.field(description="Enrolled so far.")
    converted: int = strawberry.field(
        description="Of these, how many bought within the attribution window, by whatever way."
    )
    rate: float | None = strawberry.field(
        description="The share that bought; null if none enrolled."
    )


@strawberry.type(
    description="How much more often treated customers buy than held-out ones, with Newcombe's "
    "95% interval."
)
class Lift:
    rate: float = strawberry.field(description="Treatment rate less control rate.")
    low: float = strawberry.field(description="Lower end of the interval.")
    high: float = strawberry.field(description="Upper end of the interval.")


@strawberry.type(description="What a campaign achieved, up to now.")
class Funnel:
    totals: CampaignFigures = strawberry.field(description="Over everything.")
    by_channel: list[ChannelCampaignFigures] = strawberry.field(description="By channel code.")
    by_unit: list[UnitCampaignFigures] = strawberry.field(description="By the customers' unit.")
    by_arm: list[NamedArmFigures] = strawberry.field(description="By arm of the treatment group.")
    by_day: list[DayCampaignFigures] = strawberry.field(description="By day, earliest first.")
    treatment: ArmFigures = strawberry.field(description="Customers who were contacted.")
    control: ArmFigures = strawberry.field(description="Customers who were held out.")
    lift: Lift | None = strawberry.field(description="Null while either group is empty.")
    cost_per_acquisition: Money | None = strawberry.field(
        description="Cost by credited order; null before the first."
    )
    roi: float | None = strawberry.field(
        description="(Revenue - cost) / cost; null before the first cost."
    )

    @classmethod
    def of(cls, rows: Sequence[Counted], currency: str) -> Self:
        treated = [row for row in rows if row.arm != CONTROL]
        totals = summed(treated)
        treatment, control = _arm(totals), _arm(summed(rows, lambda row: row.arm == CONTROL))
        cost, revenue = totals[Measure.COST], totals[Measure.REVENUE]
        orders = totals[Measure.CONVERTED]
        return cls(
            totals=CampaignFigures.of(totals, currency),
            by_channel=_by_channel(treated, currency),
            by_unit=_by_unit(treated, currency),
            by_arm=_by_arm(treated, currency),
            by_day=_by_day(treated, currency),
            treatment=treatment,
            control=control,
            lift=_lift(treatment, control),
            cost_per_acquisition=money(round(cost / orders), currency) if orders else None,
            roi=(revenue - cost) / cost if cost else None,
        )


def _arm(sums: dict[Measure, int]) -> ArmFigures:
    customers, converted = sums[Measure.ENROLLED], sums[Measure.CUSTOMERS_CONVERTED]
    rate = converted / customers if customers else None
    return ArmFigures(customers=customers, converted=converted, rate=rate)


def _lift(treatment: ArmFigures, control: ArmFigures) -> Lift | None:
    found = difference(
        treatment.converted, treatment.customers, control.converted, control.customers
    )
    return Lift(rate=found.rate, low=found.low, high=found.high) if found else None


def _by_channel(rows: Sequence[Counted], currency: str) -> list[ChannelCampaignFigures]:
    found = []
    for code in sorted({row.channel_code for row in rows if row.channel_code}):
        sums = summed(rows, lambda row, code=code: row.channel_code == code)  # type: ignore[misc]
        figures = CampaignFigures.of(sums, currency)
        found.append(
            ChannelCampaignFigures(channel_code=code, channel=Channel(code=code), **vars(figures))
        )
    return found


def _by_unit(rows: Sequence[Counted], currency: str) -> list[UnitCampaignFigures]:
    found = []
    for unit in sorted({row.unit for row in rows}):
        sums = summed(rows, lambda row, unit=unit: row.unit == unit)  # type: ignore[misc]
        found.append(UnitCampaignFigures(unit=unit, **vars(CampaignFigures.of(sums, currency))))
    return found


def _by_arm(rows: Sequence[Counted], currency: str) -> list[NamedArmFigures]:
    found = []
    for arm in sorted({row.arm for row in rows if row.arm}):
        sums = summed(rows, lambda row, arm=arm: row.arm == arm)  # type: ignore[misc]
        found.append(NamedArmFigures(arm=arm, **vars(CampaignFigures.of(sums, currency))))
    return found


def _by_day(rows: Sequence[Counted], currency: str) -> list[DayCampaignFigures]:
    found = []
    for day in sorted({row.day for row in rows}):
        sums = summed(rows, lambda row, day=day: row.day == day)  # type: ignore[misc]
        found.append(DayCampaignFigures(day=day, **vars(CampaignFigures.of(sums, currency))))
    return found


async def figures_of_campaigns(context: Context, ids: Sequence[UUID]) -> list[list[Counted]]:
    """All figures of each campaign: one statement for all that a request asks for."""
    async with context.db.reading() as session:
        rows = await queries.counted(session, ids)
    found: dict[UUID, list[Counted]] = {each: [] for each in ids}
    for row in rows:
        found[row.campaign_id].append(row)
    return [found[each] for each in ids]

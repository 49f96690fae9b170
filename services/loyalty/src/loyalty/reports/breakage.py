"""Forecasting what will expire: from how much of points is used at which age."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, hypot, sqrt
from typing import Final

from loyalty.reports.backtests import SURE, model_error
from loyalty.reports.models import SHARES
from loyalty.reports.months import named
from loyalty.reports.survival import LAST, Aged, Cohort, cohorts, hazards_of, lost_of

WIDEST: Final = 10.0
"""As a logarithm: beyond that everything is possible."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What of the outstanding points will expire, with its 95% interval; by month of expiry.

    `backtests` past forecasts have told how wide it is; without any, everything is possible.
    """

    outstanding: int
    expected: float
    low: float
    high: float
    by_month: Mapping[int, float]
    observed_ages: int
    backtests: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the forecast: of all months together, or what is expected to expire in one."""

    currency: str
    month: str | None
    expected: int
    low: int | None = None
    high: int | None = None
    outstanding: int | None = None
    observed_ages: int | None = None
    backtests: int | None = None


def lines(currency: str, found: Forecast) -> list[Line]:
    """Of all months first, then month by month; rounded to points."""
    whole = Line(
        currency=currency,
        month=None,
        expected=round(found.expected),
        low=round(found.low),
        high=round(found.high),
        outstanding=found.outstanding,
        observed_ages=found.observed_ages,
        backtests=found.backtests,
    )
    months = found.by_month.items()
    return [whole, *(Line(currency, named(month), round(points)) for month, points in months)]


def forecast(aged: Sequence[Aged], now: int) -> Forecast | None:
    """What of the points that are left at the beginning of month `now` will expire unspent.

    At each age the share used of what was there is observed; what is left of a month's points
    survives the ages before it. None until the points of some month were watched at three ages.
    """
    hazards = hazards_of(aged, now, leave_out=None)
    observed = max((len(each) for each in hazards.values()), default=0)
    if observed < LAST:
        return None
    open_ = list(cohorts(aged, now))
    by_month: dict[int, float] = {}
    for each in open_:
        by_month[each.ends] = by_month.get(each.ends, 0.0) + lost_of(each, hazards, now)
    expected = sum(by_month.values())
    outstanding = sum(each.left for each in open_)
    low, high, backtests = _interval(aged, open_, expected, now)
    return Forecast(
        outstanding=outstanding,
        expected=expected,
        low=low,
        high=min(high, float(outstanding)),
        by_month=dict(sorted(by_month.items())),
        observed_ages=observed,
        backtests=backtests,
    )


def _interval(
    aged: Sequence[Aged], open_: Sequence[Cohort], expected: float, now: int
) -> tuple[float, float, int]:
    """From where to where it will be in 95 of 100 cases, by chance and by how wrong the past was."""
    model = model_error(aged, open_, now)
    if model is None:
        return 0.0, float(sum(each.left for each in open_)), 0
    chance = SURE * _standard_error(aged, open_, now) / expected if expected else 0.0
    width = min(hypot(model.log_factor, chance), WIDEST)
    return expected * exp(-width), expected * exp(width), model.backtests


def _standard_error(aged: Sequence[Aged], open_: Sequence[Cohort], now: int) -> float:
    """By the delete-a-group jackknife: members are the units that decide, not points."""
    estimates = []
    for share in range(SHARES):
        hazards = hazards_of(aged, now, leave_out=share)
        estimates.append(sum(lost_of(each, hazards, now) for each in open_))
    middle = sum(estimates) / SHARES
    return sqrt((SHARES - 1) / SHARES * sum((each - middle) ** 2 for each in estimates))

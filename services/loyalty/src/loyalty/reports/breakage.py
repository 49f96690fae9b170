"""Forecasting what will expire: from how much of points is used at which age."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from loyalty.reports.models import SHARES

RECENT: Final = 6
"""Ages that nobody has reached yet are taken to be like the last of so many that somebody has."""
SURE: Final = 1.96


@dataclass(frozen=True, slots=True)
class Aged:
    """Points of one month, currency, lifetime and share of the members: what became of them when.

    Months are numbers, such as 24312 for 2026-01.
    """

    lifetime: int
    issued_month: int
    age: int
    share: int
    issued: int
    used: int
    taken_back: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """What of the outstanding points will expire, with its 95% interval; by month of expiry."""

    outstanding: int
    expected: float
    low: float
    high: float
    by_month: Mapping[int, float]
    observed_ages: int


@dataclass(frozen=True, slots=True)
class Cohort:
    """Points of one lifetime and month, and what is left of them."""

    lifetime: int
    month: int
    left: int

    @property
    def ends(self) -> int:
        return self.month + self.lifetime


def forecast(aged: Sequence[Aged], now: int) -> Forecast | None:
    """What of the points that are left in month `now` will expire unspent.

    At each age the share used of what was there is observed; what is left of a month's points
    survives the ages before it. None while no month's points have been watched through an age.
    """
    open_ = list(cohorts(aged, now))
    whole = _hazards(aged, now, leave_out=None)
    if not any(whole.values()):
        return None
    by_month: dict[int, float] = {}
    for each in open_:
        lost = each.left * _survival(whole.get(each.lifetime, {}), each, now)
        by_month[each.ends] = by_month.get(each.ends, 0.0) + lost
    expected = sum(by_month.values())
    error = _standard_error(aged, open_, now)
    outstanding = sum(each.left for each in open_)
    return Forecast(
        outstanding=outstanding,
        expected=expected,
        low=max(expected - SURE * error, 0.0),
        high=min(expected + SURE * error, float(outstanding)),
        by_month=dict(sorted(by_month.items())),
        observed_ages=max((len(each) for each in whole.values()), default=0),
    )


def cohorts(aged: Iterable[Aged], now: int) -> Iterable[Cohort]:
    """What is left of each month's points that have not expired yet."""
    left: dict[tuple[int, int], int] = {}
    for each in aged:
        key = (each.lifetime, each.issued_month)
        left[key] = left.get(key, 0) + each.issued - each.used - each.taken_back
    for (lifetime, month), points in sorted(left.items()):
        if points > 0 and month + lifetime >= now:
            yield Cohort(lifetime, month, points)


def _hazards(
    aged: Iterable[Aged], now: int, *, leave_out: int | None
) -> dict[int, dict[int, float]]:
    """By lifetime and age: the share used of what was there at the beginning of that age."""
    totals: dict[tuple[int, int, int], tuple[int, int, int]] = {}
    for each in aged:
        if each.share != leave_out:
            key = (each.lifetime, each.issued_month, each.age)
            came, used, taken = totals.get(key, (0, 0, 0))
            totals[key] = came + each.issued, used + each.used, taken + each.taken_back
    risks: dict[int, dict[int, list[float]]] = {}
    for lifetime, month in sorted({key[:2] for key in totals}):
        there = 0.0
        for age in range(min(lifetime, now - month - 1)):
            came, used, taken = totals.get((lifetime, month, age), (0, 0, 0))
            there += came
            sums = risks.setdefault(lifetime, {}).setdefault(age, [0.0, 0.0])
            sums[0] += max(there - taken / 2, 0.0)
            sums[1] += used
            there -= used + taken
    return {
        lifetime: {
            age: min(max(used / there, 0.0), 1.0)
            for age, (there, used) in ages.items()
            if there > 0
        }
        for lifetime, ages in risks.items()
    }


def _survival(hazards: Mapping[int, float], cohort: Cohort, now: int) -> float:
    """Which part of what is left of a cohort now is never used."""
    known = [hazards[age] for age in sorted(hazards)][-RECENT:]
    later = sum(known) / len(known) if known else 0.0
    part = 1.0
    for age in range(min(now - cohort.month, cohort.lifetime), cohort.lifetime):
        part *= 1.0 - hazards.get(age, later)
    return part


def _standard_error(aged: Sequence[Aged], open_: Sequence[Cohort], now: int) -> float:
    """By the delete-a-group jackknife: members are the units that decide, not points."""
    estimates = []
    for share in range(SHARES):
        hazards = _hazards(aged, now, leave_out=share)
        estimates.append(
            sum(each.left * _survival(hazards.get(each.lifetime, {}), each, now) for each in open_)
        )
    middle = sum(estimates) / SHARES
    return sqrt((SHARES - 1) / SHARES * sum((each - middle) ** 2 for each in estimates))

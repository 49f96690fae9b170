"""Forecasting what will expire: from how much of points is used at which age."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final, TypeAlias

from loyalty.reports.models import SHARES

LAST: Final = 3
"""Ages that nobody has reached are taken to be like the last so many that somebody has."""
SURE: Final = 1.96

Kind: TypeAlias = tuple[int, bool]
"""Points are alike that live as long, and whose members had used points before they came."""


@dataclass(frozen=True, slots=True)
class Aged:
    """Points of one month, currency, lifetime and share of the members: what became of them when.

    Months are numbers, such as 24312 for 2026-01.
    """

    lifetime: int
    issued_month: int
    age: int
    share: int
    seasoned: bool
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
    """Points that came in a month and live as long, of the seasoned or of newcomers: what is left."""

    lifetime: int
    seasoned: bool
    month: int
    left: int

    @property
    def ends(self) -> int:
        return self.month + self.lifetime

    @property
    def kind(self) -> Kind:
        return self.lifetime, self.seasoned


def forecast(aged: Sequence[Aged], now: int) -> Forecast | None:
    """What of the points that are left at the beginning of month `now` will expire unspent.

    At each age the share used of what was there is observed; what is left of a month's points
    survives the ages before it. None until the points of some month were watched at three ages.
    """
    hazards = _hazards(aged, now, leave_out=None)
    observed = max((len(each) for each in hazards.values()), default=0)
    if observed < LAST:
        return None
    open_ = list(cohorts(aged, now))
    by_month: dict[int, float] = {}
    for each in open_:
        by_month[each.ends] = by_month.get(each.ends, 0.0) + _lost(each, hazards, now)
    expected = sum(by_month.values())
    error = _standard_error(aged, open_, now)
    outstanding = sum(each.left for each in open_)
    return Forecast(
        outstanding=outstanding,
        expected=expected,
        low=max(expected - SURE * error, 0.0),
        high=min(expected + SURE * error, float(outstanding)),
        by_month=dict(sorted(by_month.items())),
        observed_ages=observed,
    )


def cohorts(aged: Iterable[Aged], now: int) -> Iterator[Cohort]:
    """What is left of each month's points that have not expired yet."""
    left: dict[tuple[int, bool, int], int] = {}
    for each in aged:
        key = (each.lifetime, each.seasoned, each.issued_month)
        left[key] = left.get(key, 0) + each.issued - each.used - each.taken_back
    for (lifetime, seasoned, month), points in sorted(left.items()):
        if points > 0 and month + lifetime >= now:
            yield Cohort(lifetime, seasoned, month, points)


def _hazards(
    aged: Iterable[Aged], now: int, *, leave_out: int | None
) -> dict[Kind, dict[int, float]]:
    """By age: the share used of what was there at its beginning, over months that are through."""
    months: dict[tuple[int, bool, int], dict[int, list[int]]] = {}
    for each in aged:
        if each.share != leave_out:
            ages = months.setdefault((each.lifetime, each.seasoned, each.issued_month), {})
            sums = ages.setdefault(each.age, [0, 0, 0])
            sums[0] += each.issued
            sums[1] += each.used
            sums[2] += each.taken_back
    watched: dict[Kind, dict[int, tuple[float, int]]] = {}
    for (lifetime, seasoned, month), ages in sorted(months.items()):
        of_kind = watched.setdefault((lifetime, seasoned), {})
        there = 0
        for age in range(min(lifetime, now - month - 1)):
            came, used, taken = ages.get(age, (0, 0, 0))
            there += came
            risk, known = of_kind.get(age, (0.0, 0))
            of_kind[age] = risk + max(there - taken / 2, 0.0), known + used
            there -= used + taken
    return {kind: _shares(of_kind) for kind, of_kind in watched.items()}


def _shares(watched: Mapping[int, tuple[float, int]]) -> dict[int, float]:
    return {
        age: min(max(used / there, 0.0), 1.0)
        for age, (there, used) in sorted(watched.items())
        if there > 0
    }


def _lost(cohort: Cohort, hazards: Mapping[Kind, Mapping[int, float]], now: int) -> float:
    """What of a cohort's points is never used.

    They came all through their month: on average they are half a month short of full months.
    """
    known = hazards.get(cohort.kind, {})
    last = [known[age] for age in sorted(known)][-LAST:]
    later = sum(last) / len(last) if last else 0.0
    age = now - cohort.month
    part = sqrt(1.0 - known.get(age - 1, later)) if 1 <= age <= cohort.lifetime else 1.0
    for each in range(max(age, 0), cohort.lifetime):
        part *= 1.0 - known.get(each, later)
    return cohort.left * part


def _standard_error(aged: Sequence[Aged], open_: Sequence[Cohort], now: int) -> float:
    """By the delete-a-group jackknife: members are the units that decide, not points."""
    estimates = []
    for share in range(SHARES):
        hazards = _hazards(aged, now, leave_out=share)
        estimates.append(sum(_lost(each, hazards, now) for each in open_))
    middle = sum(estimates) / SHARES
    return sqrt((SHARES - 1) / SHARES * sum((each - middle) ** 2 for each in estimates))

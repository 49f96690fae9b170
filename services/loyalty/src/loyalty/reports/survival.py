"""Survival: how much of points is used at each month of their age, and what that leaves."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Final, TypeAlias

LAST: Final = 3
"""Ages that nobody has reached are taken to be like the last so many that somebody has."""

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


def cohorts(aged: Iterable[Aged], now: int) -> Iterator[Cohort]:
    """What is left of each month's points that have not expired yet."""
    left: dict[tuple[int, bool, int], int] = {}
    for each in aged:
        key = (each.lifetime, each.seasoned, each.issued_month)
        left[key] = left.get(key, 0) + each.issued - each.used - each.taken_back
    for (lifetime, seasoned, month), points in sorted(left.items()):
        if points > 0 and month + lifetime >= now:
            yield Cohort(lifetime, seasoned, month, points)


def hazards_of(
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


def lost_of(cohort: Cohort, hazards: Mapping[Kind, Mapping[int, float]], now: int) -> float:
    """What of a cohort's points is never used.

    They came all through their month: on average they are half a month short of full months.
    """
    known = hazards.get(cohort.kind, {})
    age = now - cohort.month
    half = sqrt(1.0 - known.get(age - 1, later_of(known))) if 1 <= age <= cohort.lifetime else 1.0
    return cohort.left * half * surviving(known, max(age, 0), cohort.lifetime)


def surviving(known: Mapping[int, float], since: int, until: int) -> float:
    """Which part of what is there at an age is there at another, by the shares used at each."""
    part, later = 1.0, later_of(known)
    for age in range(since, until):
        part *= 1.0 - known.get(age, later)
    return part


def later_of(known: Mapping[int, float]) -> float:
    """The share used at each age that nobody has reached."""
    last = [known[age] for age in sorted(known)][-LAST:]
    return sum(last) / len(last) if last else 0.0

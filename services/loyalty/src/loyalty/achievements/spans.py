"""Over which time deeds are added up, and which levels what was added up deserves.

What a member did lies in tallies, one for each period: for ever a single one, else one for each
day, week (from Monday), month or year by the member's clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

DAYS_A_WEEK = 7
MONTHS_A_YEAR = 12


class Span(StrEnum):
    EVER = "ever"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    ROLLING = "rolling"
    DAYS_IN_A_ROW = "days_in_a_row"
    WEEKS_IN_A_ROW = "weeks_in_a_row"
    MONTHS_IN_A_ROW = "months_in_a_row"


STREAKS = (Span.DAYS_IN_A_ROW, Span.WEEKS_IN_A_ROW, Span.MONTHS_IN_A_ROW)
CALENDAR = (Span.WEEK, Span.MONTH, Span.YEAR)
Tallies = Mapping[int, int]


class Deserved(NamedTuple):
    """A level, in one of the rounds in which it can be reached."""

    cycle: str
    level: int


class Stretch(NamedTuple):
    """Periods from `low` to `high`, both included."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Ladder:
    """The levels of one version: `thresholds` rise, and level 1 is the first of them.

    For ever, all levels can be reached `rounds` times, one round after the other.
    """

    span: Span
    thresholds: Sequence[int]
    within_days: int = 1
    rounds: int = 1
    version: int = 1

    @property
    def top(self) -> int:
        return self.thresholds[-1]

    def deserved(self, tallies: Tallies) -> set[Deserved]:
        """All levels that these tallies make."""
        if self.span == Span.EVER:
            return self._deserved_ever(sum(tallies.values()))
        if self.span in CALENDAR:
            return {
                Deserved(label(self.span, period), level)
                for period, amount in tallies.items()
                for level in self._levels(amount)
            }
        best = (
            longest_run(tallies) if self.span in STREAKS else best_window(tallies, self.within_days)
        )
        return {Deserved("", level) for level in self._levels(best)}

    def touched(self, periods: Iterable[int]) -> Stretch:
        """The periods that decide, with these, what these deserve."""
        low, high = min(known := [*periods]), max(known)
        reach = self._reach
        return Stretch(low - reach, high + reach)

    def now(self, period: int) -> Stretch:
        """The periods that decide where somebody stands in this one."""
        return Stretch(period - self._reach, period)

    def standing(self, tallies: Tallies, period: int) -> tuple[int, str]:
        """How far somebody is in this period, and in which round."""
        if self.span == Span.EVER:
            total = sum(tallies.values())
            done = min(total // self.top, self.rounds - 1)
            return total - done * self.top, self._round(done)
        if self.span in CALENDAR:
            return tallies.get(period, 0), label(self.span, period)
        if self.span in STREAKS:
            return min(run_until(tallies, period), self.top), ""
        return sum(amount for day, amount in tallies.items() if day <= period), ""

    @property
    def _reach(self) -> int:
        if self.span in STREAKS:
            return self.top
        return self.within_days - 1 if self.span == Span.ROLLING else 0

    def _levels(self, amount: int) -> list[int]:
        return [level for level, least in enumerate(self.thresholds, start=1) if amount >= least]

    def _deserved_ever(self, total: int) -> set[Deserved]:
        begun = min(total // self.top + 1, self.rounds)
        return {
            Deserved(self._round(done), level)
            for done in range(begun)
            for level in self._levels(total - done * self.top)
        }

    def _round(self, done: int) -> str:
        return "" if self.rounds == 1 else f"{self.version}.{done + 1}"


def period_of(span: Span, day: date) -> int:
    """The number of the period that a day lies in."""
    match span:
        case Span.EVER:
            return 0
        case Span.WEEK | Span.WEEKS_IN_A_ROW:
            return (day.toordinal() - 1) // DAYS_A_WEEK
        case Span.MONTH | Span.MONTHS_IN_A_ROW:
            return day.year * MONTHS_A_YEAR + day.month - 1
        case Span.YEAR:
            return day.year
    return day.toordinal()


def label(span: Span, period: int) -> str:
    """A period of the calendar as people write it: 2026-W47, 2026-11, 2026."""
    if span == Span.WEEK:
        year, week, _ = date.fromordinal(period * DAYS_A_WEEK + 1).isocalendar()
        return f"{year}-W{week:02}"
    if span == Span.MONTH:
        return f"{period // MONTHS_A_YEAR}-{period % MONTHS_A_YEAR + 1:02}"
    return str(period)


def best_window(tallies: Tallies, days: int) -> int:
    """The most that any so many days in a row add up to."""
    filled = sorted(day for day, amount in tallies.items() if amount)
    best = current = first = 0
    for day in filled:
        current += tallies[day]
        while filled[first] <= day - days:
            current -= tallies[filled[first]]
            first += 1
        best = max(best, current)
    return best


def longest_run(tallies: Tallies) -> int:
    """The most periods in a row of which none is empty."""
    filled = sorted(period for period, amount in tallies.items() if amount)
    best = current = 1 if filled else 0
    for before, after in pairwise(filled):
        current = current + 1 if after == before + 1 else 1
        best = max(best, current)
    return best


def run_until(tallies: Tallies, period: int) -> int:
    """The run that goes on in this period: it may still be empty, the one before may not."""
    last = period if tallies.get(period) else period - 1
    length = 0
    while tallies.get(last - length):
        length += 1
    return length

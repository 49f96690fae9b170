"""Backtests: what past forecasts would have said, against what has become of the points since."""

from collections.abc import Iterator, Mapping, Sequence
from math import log, sqrt
from typing import Final, NamedTuple, TypeAlias

from loyalty.reports.survival import LAST, Aged, Cohort, Kind, hazards_of, surviving

MOST: Final = 36
"""Forecasts of so many months back."""
CERTAIN: Final = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23)
"""Student's t for 95% by how many errors were seen: few of them say little."""
SURE: Final = 1.96

Lives: TypeAlias = Mapping[tuple[int, bool, int], Mapping[int, tuple[int, int]]]
"""What came and what went at each age, of points of one lifetime, habit and month."""


class Backtest(NamedTuple):
    """By how much a past forecast was wrong, as a logarithm, and how many months it looked ahead."""

    error: float
    months: float


class ModelError(NamedTuple):
    """By which factor, as a logarithm, a forecast is wrong at most in 95 of 100 cases."""

    log_factor: float
    backtests: int


def model_error(aged: Sequence[Aged], open_: Sequence[Cohort], now: int) -> ModelError | None:
    """How wrong forecasts are, by those of the past; None before one can be looked at.

    An error grows with the months that a forecast looks ahead: each counts for as many as this
    one does. What nobody knew at the time is not used.
    """
    ahead = _months_ahead(open_, now)
    together = _together(aged)
    found = [*_backtests(together, now)]
    if not found:
        return None
    errors = [each.error * ahead / each.months for each in found]
    typical = sqrt(sum(each**2 for each in errors) / len(errors))
    certain = CERTAIN[len(errors) - 1] if len(errors) <= len(CERTAIN) else SURE
    return ModelError(typical * certain, len(errors))


def _months_ahead(open_: Sequence[Cohort], now: int) -> float:
    left = sum(each.left for each in open_)
    return sum(each.left * (each.ends - now + 0.5) for each in open_) / left if left else 0.0


def _together(aged: Sequence[Aged]) -> list[Aged]:
    """The same for all members together."""
    sums: dict[tuple[int, int, int, bool], list[int]] = {}
    for each in aged:
        known = sums.setdefault(
            (each.lifetime, each.issued_month, each.age, each.seasoned), [0, 0, 0]
        )
        known[0] += each.issued
        known[1] += each.used
        known[2] += each.taken_back
    return [
        Aged(lifetime, month, age, 0, seasoned, *known)
        for (lifetime, month, age, seasoned), known in sums.items()
    ]


def _backtests(aged: Sequence[Aged], now: int) -> Iterator[Backtest]:
    lives = _lives(aged)
    first = min((month for _, _, month in lives), default=now)
    for then in range(max(first + LAST + 1, now - MOST), now):
        hazards = hazards_of(aged, then, leave_out=None)
        if max(map(len, hazards.values()), default=0) >= LAST:
            yield from _backtest(lives, hazards, then, now)


def _backtest(
    lives: Lives, hazards: Mapping[Kind, Mapping[int, float]], then: int, now: int
) -> Iterator[Backtest]:
    """At ages that are through by now, counted from those that were through by then."""
    there = said = came = months = 0.0
    for (lifetime, seasoned, month), ages in lives.items():
        since, until = then - month - 1, min(lifetime, now - month - 1)
        if 0 <= since < until:
            left = _left(ages, since)
            there += left
            said += left * surviving(hazards.get((lifetime, seasoned), {}), since, until)
            came += _left(ages, until)
            months += left * (until - since)
    if there > 0:
        yield Backtest(log((came + 1) / (said + 1)), months / there)


def _left(ages: Mapping[int, tuple[int, int]], age: int) -> int:
    """What is there at the beginning of an age."""
    return sum(came - (gone if at < age else 0) for at, (came, gone) in ages.items())


def _lives(aged: Sequence[Aged]) -> Lives:
    lives: dict[tuple[int, bool, int], dict[int, tuple[int, int]]] = {}
    for each in aged:
        ages = lives.setdefault((each.lifetime, each.seasoned, each.issued_month), {})
        ages[each.age] = (each.issued, each.used + each.taken_back)
    return lives

"""The arithmetic of commission: whole minor units, exact, and told in words.

Every amount is the difference that an order makes to what its month has earned. So a month's total
depends only on the orders that stand, never on the sequence in which they came or went.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from kit.currencies import decimal

WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Step:
    """From this much of the month's volume on, this rate."""

    from_minor: int
    basis_points: int


class Standing(NamedTuple):
    """What a month has come to: the volume sold, and what its orders earned each by itself."""

    volume_minor: int
    simple_minor: int

    def plus(self, volume_minor: int, simple_minor: int) -> "Standing":
        return Standing(self.volume_minor + volume_minor, self.simple_minor + simple_minor)


@dataclass(frozen=True, slots=True)
class Earning:
    """What an order changes, and how it was reckoned."""

    amount_minor: int
    arithmetic: str


def percentage(amount_minor: int, basis_points: int) -> int:
    """A share of an amount, rounded down to the minor unit."""
    return amount_minor * basis_points // WHOLE


def stepped(volume_minor: int, steps: Sequence[Step]) -> int:
    """What a month's volume earns, each slice at its own rate, rounded down once."""
    ends = [*(step.from_minor for step in steps), max(volume_minor, steps[-1].from_minor)]
    slices = [max(0, min(volume_minor, end) - start) for start, end in pairwise(ends)]
    return sum(part * step.basis_points for part, step in zip(slices, steps, strict=True)) // WHOLE


def capped(earned_minor: int, cap_minor: int | None) -> int:
    return earned_minor if cap_minor is None else min(earned_minor, cap_minor)


def change(
    before_minor: int, after_minor: int, cap_minor: int | None, how: str, currency: str
) -> Earning:
    """The difference between two standings of a month, under the cap."""
    earned = capped(after_minor, cap_minor) - capped(before_minor, cap_minor)
    if earned != after_minor - before_minor:
        cap = decimal(cap_minor or 0, currency)
        how += f"; the month's cap is {cap}, so {decimal(earned, currency)}"
    return Earning(earned, how)


def rate(basis_points: int) -> str:
    return f"{basis_points / 100:g}%"

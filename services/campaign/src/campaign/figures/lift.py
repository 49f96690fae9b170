"""What a campaign changed: the difference of two shares, and how sure of it one may be."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Difference:
    """Of two shares, with its 95% interval."""

    rate: float
    low: float
    high: float


def wilson(successes: int, trials: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval of a share."""
    share = successes / trials
    spread = z * z / trials
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * sqrt(share * (1 - share) / trials + spread / (4 * trials))
    return max(0.0, centre - half), min(1.0, centre + half)


def difference(
    successes: int, trials: int, other_successes: int, other_trials: int
) -> Difference | None:
    """Newcombe's hybrid score interval (1998, method 10); None if either group is empty."""
    if not trials or not other_trials:
        return None
    share, other = successes / trials, other_successes / other_trials
    low, high = wilson(successes, trials)
    other_low, other_high = wilson(other_successes, other_trials)
    rate = share - other
    return Difference(
        rate=rate,
        low=rate - sqrt((share - low) ** 2 + (other_high - other) ** 2),
        high=rate + sqrt((high - share) ** 2 + (other - other_low) ** 2),
    )

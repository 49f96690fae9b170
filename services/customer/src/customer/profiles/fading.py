"""Tags that lose weight: half of it with every half-life, day by day in UTC."""

import math
from datetime import UTC, date, datetime
from typing import Any, Final

DIGITS: Final = 4


def midnight(day: date) -> datetime:
    """The moment a day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def fading(since: date, half_life_days: int) -> dict[str, Any]:
    """What a tag that fades carries with it."""
    return {"since": since.isoformat(), "half_life_days": half_life_days}


def weight_of(tag: dict[str, Any], today: date) -> float:
    """1 for a tag that does not fade."""
    if "half_life_days" not in tag:
        return 1.0
    return faded((today - date.fromisoformat(tag["since"])).days, tag["half_life_days"])


def faded(days: int, half_life_days: int) -> float:
    return round(math.pow(0.5, days / half_life_days), DIGITS)


def days_until_below(weight: float, half_life_days: int) -> int:
    """After how many days a tag weighs less; `weight` lies between 0 and 1."""
    rounded_up = min(1.0, weight + 10**-DIGITS)
    days = max(0, math.floor(-math.log2(rounded_up) * half_life_days) - 1)
    while faded(days, half_life_days) >= weight:
        days += 1
    return days

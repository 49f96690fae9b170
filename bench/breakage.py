"""How well breakage is forecast: purchases earn points that are spent with the next; `--help`."""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zlib import crc32

from bench.earning import Purchase, made_up, read
from bench.report import Report, median
from loyalty.reports.breakage import forecast
from loyalty.reports.models import SHARES
from loyalty.reports.survival import Aged, Cohort, cohorts

MONTH_DAYS = 30.4375
MADE_UP = 69_659


@dataclass(frozen=True)
class Fate:
    """Points that one purchase earned, and when the member's next purchase used them, if it did."""

    customer: str
    month: int
    day: datetime
    points: int
    used_at: datetime | None
    seasoned: bool


def main(arguments: Sequence[str]) -> Report:
    parser = argparse.ArgumentParser(prog="./just bench breakage")
    parser.add_argument(
        "--file", type=Path, help="CDNOW_master.txt; without it as many are made up"
    )
    parser.add_argument("--lifetime", type=int, default=9, help="months that points live")
    chosen = parser.parse_args(arguments)
    purchases = list(read(chosen.file) if chosen.file else made_up(MADE_UP))
    fates = list(spent_with_the_next(purchases))
    last = max(fate.month for fate in fates)
    first = min(fate.month for fate in fates)
    judged = [
        judge(fates, now, chosen.lifetime)
        for now in range(first + chosen.lifetime // 2 + 1, last - chosen.lifetime + 2)
    ]
    return Report(
        name="breakage",
        data={
            "purchases": len(purchases),
            "forecasts": len(judged),
            "lifetime_months": chosen.lifetime,
        },
        figures={
            "error_share": median([each.error for each in judged]),
            "worst_error_share": max(each.error for each in judged),
            "within_interval_share": sum(each.within for each in judged) / len(judged),
            "interval_half_width_share": median([each.half_width for each in judged]),
            "actual_rate": median([each.actual_rate for each in judged]),
        },
        limits={"error_share_of_the_share_unused_so_far": median([e.naive for e in judged])},
        ratios={
            "error": median([each.error for each in judged])
            / median([each.naive for each in judged])
        },
    )


def spent_with_the_next(purchases: Iterable[Purchase]) -> Iterator[Fate]:
    """A member spends what a purchase earned with their next one on a later day."""
    by_customer: dict[str, list[Purchase]] = defaultdict(list)
    for purchase in purchases:
        by_customer[purchase.customer].append(purchase)
    for customer, bought in by_customer.items():
        bought.sort(key=lambda each: each.day)
        for place, each in enumerate(bought):
            later = next((other.day for other in bought[place + 1 :] if other.day > each.day), None)
            month = each.day.year * 12 + each.day.month - 1
            points = each.amount_minor // 100
            if points:
                yield Fate(customer, month, each.day, points, later, each.day > bought[0].day)


@dataclass(frozen=True)
class Judged:
    """A forecast against what became of the points."""

    error: float
    naive: float
    within: bool
    half_width: float
    actual_rate: float


def judge(fates: Sequence[Fate], now: int, lifetime: int) -> Judged:
    """What was forecast at the beginning of month `now` for points that all expire in the data."""
    known = list(as_known(fates, now, lifetime))
    found = forecast(known, now)
    if found is None:
        raise AssertionError(f"nothing was forecast in month {now}")
    left = list(cohorts(known, now))
    actual = sum(lost(fates, cohort, lifetime) for cohort in left)
    before = [fate for fate in fates if fate.month < now]
    used = sum(fate.points for fate in before if fate.used_at and _month(fate.used_at) < now)
    naive = found.outstanding * (1 - used / sum(fate.points for fate in before))
    return Judged(
        error=abs(found.expected - actual) / actual,
        naive=abs(naive - actual) / actual,
        within=found.low <= actual <= found.high,
        half_width=(found.high - found.low) / 2 / actual,
        actual_rate=actual / found.outstanding,
    )


def as_known(fates: Iterable[Fate], now: int, lifetime: int) -> Iterator[Aged]:
    """What the sums would say at the beginning of month `now`."""
    for fate in fates:
        if fate.month >= now:
            continue
        share = crc32(fate.customer.encode()) % SHARES
        yield Aged(lifetime, fate.month, 0, share, fate.seasoned, fate.points, 0, 0)
        if fate.used_at and _month(fate.used_at) < now and _used_within(fate, lifetime):
            yield Aged(lifetime, fate.month, _age(fate), share, fate.seasoned, 0, fate.points, 0)


def lost(fates: Iterable[Fate], cohort: Cohort, lifetime: int) -> int:
    """What really expired of a month's points."""
    return sum(
        fate.points
        for fate in fates
        if (fate.month, fate.seasoned) == (cohort.month, cohort.seasoned)
        and not _used_within(fate, lifetime)
    )


def _used_within(fate: Fate, months: int) -> bool:
    return fate.used_at is not None and _age(fate) < months


def _age(fate: Fate) -> int:
    assert fate.used_at is not None  # noqa: S101  # asked of what was used
    return int((fate.used_at - fate.day).days / MONTH_DAYS)


def _month(day: datetime) -> int:
    return day.year * 12 + day.month - 1

"""When a rule's answer may change though nobody does anything: windows pass, dates come, tags fade."""

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from customer.profiles.fading import days_until_below, midnight
from customer.rules.subject import Subject, window
from customer.rules.vocabulary import DAYS_SINCE, TAG_WEIGHT
from kit.predicates import Checked, Compare, Count, Operator, Sum
from kit.predicates.tree import Comparison, walk
from kit.predicates.values import as_date

TESTS: Final[Mapping[Operator, Callable[[Any, Any], bool]]] = {
    Operator.EQUALS: operator.eq,
    Operator.DIFFERS: operator.ne,
    Operator.LESS_THAN: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.MORE_THAN: operator.gt,
    Operator.AT_LEAST: operator.ge,
}
PASSING: Final = (DAYS_SINCE, TAG_WEIGHT)


def depends_on_time(checked: Checked) -> bool:
    return any(
        isinstance(node, Count | Sum)
        or (isinstance(node, Compare) and node.compare.fact.startswith(PASSING))
        for _, _, node in walk(checked.predicate)
    )


def next_change(checked: Checked, subject: Subject) -> datetime | None:
    """The midnight (UTC) at which a part of the rule may turn, if nothing else happens before."""
    days = [day for day in _turns(checked, subject) if day > subject.today]
    return midnight(min(days)) if days else None


def _turns(checked: Checked, subject: Subject) -> Iterator[date]:
    for _, _, node in walk(checked.predicate):
        match node:
            case Count():
                of = node.count
                yield from _window_turns(subject, of.event, of.within_days, of.operator, of.value)
            case Sum():
                sum_ = node.sum
                yield from _window_turns(
                    subject, sum_.amount, sum_.within_days, sum_.operator, sum_.value
                )
            case Compare() if node.compare.fact.startswith(DAYS_SINCE):
                yield from _date_turns(subject, node.compare)
            case Compare() if node.compare.fact.startswith(TAG_WEIGHT):
                yield from _weight_turns(subject, node.compare)


def _window_turns(
    subject: Subject, measure: str, within_days: int, test: Operator, value: int
) -> Iterator[date]:
    """The first day on which enough of the window has passed for the comparison to turn."""
    days = window(subject.activity.get(measure, {}), subject.today, within_days)
    total = sum(days.values())
    holds = TESTS[test](total, value)
    for day in sorted(days):
        total -= days[day]
        if TESTS[test](total, value) != holds:
            yield day + timedelta(days=within_days)
            return


def _date_turns(subject: Subject, comparison: Comparison) -> Iterator[date]:
    """The days around each number it is compared with."""
    attribute = comparison.fact.removeprefix(DAYS_SINCE)
    since = as_date(subject.customer.attributes.get(attribute))
    if since is None:
        return
    for number in _numbers(comparison):
        for days in (math.floor(number), math.floor(number) + 1):
            yield _shifted(since, days)


def _weight_turns(subject: Subject, comparison: Comparison) -> Iterator[date]:
    worn = subject.tags.get(comparison.fact.removeprefix(TAG_WEIGHT))
    if worn is None or "half_life_days" not in worn:
        return
    since = date.fromisoformat(worn["since"])
    for number in _numbers(comparison):
        if 0 <= number <= 1:
            for least in {number, math.nextafter(number, 1)} - {0}:
                yield _shifted(since, days_until_below(least, worn["half_life_days"]))


def _numbers(comparison: Comparison) -> list[float]:
    value = comparison.value
    given = value if isinstance(value, tuple) else (value,)
    return [float(each) for each in given if isinstance(each, int | float)]


def _shifted(day: date, days: int) -> date:
    """Days beyond the calendar are as good as never."""
    reached = day.toordinal() + days
    return date.fromordinal(min(max(reached, 1), date.max.toordinal()))

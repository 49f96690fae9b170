"""Predicates in words, for people."""

from typing import Final

from kit.predicates.tree import (
    AllOf,
    AmountSum,
    AnyOf,
    Compare,
    Comparison,
    Count,
    EventCount,
    Not,
    Operator,
    Predicate,
    Sum,
)

VERBS: Final = {
    Operator.EQUALS: "is",
    Operator.DIFFERS: "is not",
    Operator.LESS_THAN: "is less than",
    Operator.AT_MOST: "is at most",
    Operator.MORE_THAN: "is more than",
    Operator.AT_LEAST: "is at least",
    Operator.ONE_OF: "is one of",
    Operator.CONTAINS: "contains",
    Operator.STARTS_WITH: "starts with",
    Operator.IS_KNOWN: "is known",
}
TIMES: Final = {
    Operator.EQUALS: "exactly",
    Operator.DIFFERS: "any number of times but",
    Operator.LESS_THAN: "less than",
    Operator.AT_MOST: "at most",
    Operator.MORE_THAN: "more than",
    Operator.AT_LEAST: "at least",
}
MOST_SHOWN: Final = 5


def describe(predicate: Predicate) -> str:
    """The predicate as one English sentence without its full stop."""
    match predicate:
        case AllOf():
            return " and ".join(_within(part) for part in predicate.all)
        case AnyOf():
            return " or ".join(_within(part) for part in predicate.any)
        case Not():
            return f"not {_within(predicate.not_)}"
        case Compare():
            return comparison_in_words(predicate.compare)
        case Count():
            return count_in_words(predicate.count)
        case Sum():
            return sum_in_words(predicate.sum)


def comparison_in_words(comparison: Comparison) -> str:
    verb = f"{comparison.fact} {VERBS[comparison.operator]}"
    return verb if comparison.value is None else f"{verb} {shown(comparison.value)}"


def count_in_words(count: EventCount) -> str:
    times = f"{TIMES[count.operator]} {_counted(count.value, 'time')}"
    return f"{count.event} happened {times} within {_counted(count.within_days, 'day')}"


def sum_in_words(total: AmountSum) -> str:
    window = _counted(total.within_days, "day")
    return f"{total.amount} within {window} {VERBS[total.operator]} {total.value:,}"


def shown(value: object) -> str:
    """A value as people read it; of long lists, the beginning."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
        more = f" and {len(items) - MOST_SHOWN} more" if len(items) > MOST_SHOWN else ""
        return (", ".join(shown(item) for item in items[:MOST_SHOWN]) + more) or "nothing"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _within(part: Predicate) -> str:
    return f"({describe(part)})" if isinstance(part, AllOf | AnyOf) else describe(part)


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"

"""Why a subject does not fit a predicate."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic

from kit.predicates.checking import Checked
from kit.predicates.compiling import Accessors, Subject
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
from kit.predicates.wording import comparison_in_words, count_in_words, shown, sum_in_words

TESTS: Final[dict[Operator, Callable[[Any, Any], bool]]] = {
    Operator.EQUALS: operator.eq,
    Operator.DIFFERS: operator.ne,
    Operator.LESS_THAN: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.MORE_THAN: operator.gt,
    Operator.AT_LEAST: operator.ge,
    Operator.CONTAINS: operator.contains,
    Operator.STARTS_WITH: str.startswith,
}


def explain(checked: Checked, accessors: Accessors[Subject], subject: Subject) -> list[str]:
    """What was wanted and what was found, for each part that kept the subject out; none if it fits."""
    return _Explaining(checked, accessors, subject).against(checked.predicate, wanted=True)


@dataclass
class _Explaining(Generic[Subject]):
    checked: Checked
    accessors: Accessors[Subject]
    subject: Subject

    def against(self, node: Predicate, *, wanted: bool) -> list[str]:
        """The reasons why a node is not as wanted; none if it is."""
        match node:
            case AllOf():
                return self._parts(node.all, wanted, each=wanted)
            case AnyOf():
                return self._parts(node.any, wanted, each=not wanted)
            case Not():
                return self.against(node.not_, wanted=not wanted)
            case Compare():
                return self._comparison(node.compare, wanted)
            case Count():
                return self._count(node.count, wanted)
            case Sum():
                return self._sum(node.sum, wanted)

    def _parts(self, parts: tuple[Predicate, ...], wanted: bool, *, each: bool) -> list[str]:
        """Of parts that must each be as wanted, those that aren't; else all of them or none."""
        reasons = [self.against(part, wanted=wanted) for part in parts]
        if not each and not all(reasons):
            return []
        return [reason for part in reasons for reason in part]

    def _comparison(self, comparison: Comparison, wanted: bool) -> list[str]:
        fact_type = self.checked.types[comparison.fact]
        found = self.accessors.reader(comparison.fact, fact_type)(self.subject)
        if self._holds(comparison, found) == wanted:
            return []
        return [f"{_wanted(comparison_in_words(comparison), wanted)}, found {shown(found)}"]

    def _holds(self, comparison: Comparison, found: Any) -> bool:
        if comparison.operator is Operator.IS_KNOWN or found is None:
            return found is not None
        if comparison.operator is Operator.ONE_OF:
            return found in self.checked.choices(comparison)
        return TESTS[comparison.operator](found, self.checked.constant(comparison))

    def _count(self, count: EventCount, wanted: bool) -> list[str]:
        found = self.accessors.counter(count.event, count.within_days)(self.subject)
        if TESTS[count.operator](found, count.value) == wanted:
            return []
        return [f"{_wanted(count_in_words(count), wanted)}, found {shown(found)}"]

    def _sum(self, total: AmountSum, wanted: bool) -> list[str]:
        found = self.accessors.summer(total.amount, total.within_days)(self.subject)
        if TESTS[total.operator](found, total.value) == wanted:
            return []
        return [f"{_wanted(sum_in_words(total), wanted)}, found {shown(found)}"]


def _wanted(words: str, wanted: bool) -> str:
    return f"wanted: {words}" if wanted else f"not wanted: {words}"

"""Predicates as generated Python: for one subject now.

The source holds names and keywords alone; facts, events and constants are values in its namespace,
so that nothing a person wrote is ever evaluated.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Generic, TypeAlias, TypeVar

from kit.predicates.checking import Checked
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
from kit.predicates.values import KNOWN, FactType
from kit.predicates.vocabulary import family_of

Subject = TypeVar("Subject")
Key = TypeVar("Key")
Read: TypeAlias = Callable[[Subject], Any]

MOST_KEPT: Final = 4_096


@dataclass(frozen=True, eq=False)
class Accessors(Generic[Subject]):
    """How each fact of a subject is read. None, or a value of another type than declared, is unknown.

    Make one per vocabulary and keep it: compiled predicates are kept by it. `families` reads the
    facts of a family: given a fact's whole name, it returns how that fact is read.
    """

    facts: Mapping[str, Read[Subject]] = field(default_factory=dict)
    families: Mapping[str, Callable[[str], Read[Subject]]] = field(default_factory=dict)
    count: Callable[[Subject, str, int], int] | None = None
    total: Callable[[Subject, str, int], int] | None = None

    def reader(self, name: str, fact_type: FactType) -> Read[Subject]:
        """Reads a fact as its type; KeyError if nothing says how."""
        if name in self.facts:
            read = self.facts[name]
        else:
            read = self.families[family_of(name, self.families) or name](name)
        known = KNOWN[fact_type]
        return lambda subject: known(read(subject))

    def counter(self, event: str, within_days: int) -> Read[Subject]:
        """Counts an event in the last so many days; KeyError if nothing counts events."""
        count = self.count
        if count is None:
            raise KeyError(event)
        return lambda subject: count(subject, event, within_days)

    def summer(self, amount: str, within_days: int) -> Read[Subject]:
        """Sums an amount over the last so many days; KeyError if nothing sums."""
        total = self.total
        if total is None:
            raise KeyError(amount)
        return lambda subject: total(subject, amount, within_days)


@lru_cache(maxsize=MOST_KEPT)
def compile_predicate(checked: Checked, accessors: Accessors[Subject]) -> Callable[[Subject], bool]:
    """A function that says whether a subject fits; the latest few thousand are kept."""
    writing = _Writing(accessors)
    answer = writing.condition(checked, checked.predicate)
    return writing.function([f"return {answer}"])


def compile_predicates(
    predicates: Mapping[Key, Checked], accessors: Accessors[Subject]
) -> Callable[[Subject], list[Key]]:
    """A function that lists the keys of all predicates a subject fits, each fact being read once."""
    writing = _Writing(accessors)
    lines = ["fitting = []"]
    for key, checked in predicates.items():
        condition = writing.condition(checked, checked.predicate)
        lines.append(f"if {condition}: fitting.append({writing.named('key', key)})")
    return writing.function([*lines, "return fitting"])


FACT_FIRST: Final = {
    Operator.EQUALS: "{fact} == {value}",
    Operator.ONE_OF: "{fact} in {value}",
    Operator.IS_KNOWN: "{fact} is not None",
    Operator.DIFFERS: "{fact} is not None and {fact} != {value}",
    Operator.LESS_THAN: "{fact} is not None and {fact} < {value}",
    Operator.AT_MOST: "{fact} is not None and {fact} <= {value}",
    Operator.MORE_THAN: "{fact} is not None and {fact} > {value}",
    Operator.AT_LEAST: "{fact} is not None and {fact} >= {value}",
    Operator.CONTAINS: "{fact} is not None and {value} in {fact}",
    Operator.STARTS_WITH: "{fact} is not None and {fact}.startswith({value})",
}


class _Writing(Generic[Subject]):
    """The function being written: which facts it reads, and what its names stand for."""

    def __init__(self, accessors: Accessors[Subject]) -> None:
        self.accessors = accessors
        self.namespace: dict[str, Any] = {"__builtins__": {}}
        self.names: dict[object, str] = {}
        self.reads: list[str] = []

    def condition(self, checked: Checked, node: Predicate) -> str:
        match node:
            case AllOf():
                return f"({' and '.join(self.condition(checked, part) for part in node.all)})"
            case AnyOf():
                return f"({' or '.join(self.condition(checked, part) for part in node.any)})"
            case Not():
                return f"(not {self.condition(checked, node.not_)})"
            case Compare():
                return self._comparison(checked, node.compare)
            case Count():
                return self._count(node.count)
            case Sum():
                return self._sum(node.sum)

    def _comparison(self, checked: Checked, comparison: Comparison) -> str:
        fact_type = checked.types[comparison.fact]
        fact = self._read(
            (comparison.fact, fact_type),
            lambda: self.accessors.reader(comparison.fact, fact_type),
        )
        value: object = None
        if comparison.operator is Operator.ONE_OF:
            value = frozenset(checked.choices(comparison))
        elif comparison.operator is not Operator.IS_KNOWN:
            value = checked.constant(comparison)
        return self._test(comparison.operator, fact, value)

    def _count(self, count: EventCount) -> str:
        times = self._read(
            (count.event, count.within_days),
            lambda: self.accessors.counter(count.event, count.within_days),
        )
        return self._test(count.operator, times, count.value)

    def _sum(self, total: AmountSum) -> str:
        amount = self._read(
            (f"sum of {total.amount}", total.within_days),
            lambda: self.accessors.summer(total.amount, total.within_days),
        )
        return self._test(total.operator, amount, total.value)

    def _test(self, operator: Operator, fact: str, value: object) -> str:
        return f"({FACT_FIRST[operator].format(fact=fact, value=self.named('value', value))})"

    def _read(self, what: tuple[str, object], reader: Callable[[], Read[Subject]]) -> str:
        """The local variable that holds a fact, read at the start of the function."""
        if what not in self.names:
            self.names[what] = f"fact_{len(self.reads)}"
            self.reads.append(f"{self.names[what]} = {self.named('read', reader())}(subject)")
        return self.names[what]

    def named(self, kind: str, value: object) -> str:
        name = f"{kind}_{len(self.namespace)}"
        self.namespace[name] = value
        return name

    def function(self, body: Sequence[str]) -> Callable[[Subject], Any]:
        lines = ["def answer(subject):", *(f" {line}" for line in [*self.reads, *body])]
        exec(compile("\n".join(lines), "<predicate>", "exec"), self.namespace)  # noqa: S102  # see the module's docstring
        answer: Callable[[Subject], Any] = self.namespace["answer"]
        return answer

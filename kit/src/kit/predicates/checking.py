"""Whether a predicate says only what its vocabulary allows, within bounds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kit.errors import InvalidInput
from kit.predicates.tree import (
    AmountSum,
    Compare,
    Comparison,
    Count,
    EventCount,
    Operator,
    Predicate,
    Sum,
    dump,
    walk,
)
from kit.predicates.values import (
    OPERATORS,
    ORDERINGS,
    SAMENESS,
    SHAPES,
    Constant,
    FactType,
    constant,
)
from kit.predicates.vocabulary import Vocabulary

MOST_EVENTS: Final = 1_000_000
LARGEST_SUM: Final = 10**15
MOST_CHOICES: Final = 200
COUNT_OPERATORS: Final = (*SAMENESS, *ORDERINGS)


@dataclass(frozen=True, eq=False)
class Checked:
    """A predicate that keeps to its vocabulary: the only kind the backends take."""

    predicate: Predicate
    types: Mapping[str, FactType]
    key: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Checked) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def constant(self, comparison: Comparison) -> Constant:
        return constant(self.types[comparison.fact], comparison.value)

    def choices(self, comparison: Comparison) -> list[Constant]:
        """What `one_of` chooses from."""
        values = comparison.value if isinstance(comparison.value, tuple) else ()
        return [constant(self.types[comparison.fact], value) for value in values]


def check(
    predicate: Predicate,
    vocabulary: Vocabulary,
    *,
    max_depth: int = 8,
    max_nodes: int = 200,
    field: str = "predicate",
) -> Checked:
    """The predicate with the types of its facts, or `InvalidInput` that names the place in it."""
    types: dict[str, FactType] = {}
    for number, (place, depth, node) in enumerate(walk(predicate, field), start=1):
        if number > max_nodes:
            raise InvalidInput(field, f"The rule has more than {max_nodes} parts; use fewer.")
        if depth > max_depth:
            raise InvalidInput(place, f"The rule is nested deeper than {max_depth} levels.")
        if isinstance(node, Compare):
            fact_type = _type_of(node.compare, vocabulary, f"{place}.compare")
            types[node.compare.fact] = fact_type
            _check_comparison(node.compare, fact_type, f"{place}.compare")
        elif isinstance(node, Count):
            _check_count(node.count, vocabulary, f"{place}.count")
        elif isinstance(node, Sum):
            _check_sum(node.sum, vocabulary, f"{place}.sum")
    key = json.dumps([dump(predicate), types], sort_keys=True, separators=(",", ":"))
    return Checked(predicate, types, key)


def _type_of(comparison: Comparison, vocabulary: Vocabulary, place: str) -> FactType:
    fact_type = vocabulary.type_of(comparison.fact)
    if fact_type is None:
        message = f"{comparison.fact} is not a declared fact{vocabulary.like(comparison.fact)}"
        raise InvalidInput(f"{place}.fact", message)
    return fact_type


def _check_comparison(comparison: Comparison, fact_type: FactType, place: str) -> None:
    _check_operator(
        comparison.operator,
        OPERATORS[fact_type],
        f"{comparison.fact}, which is of type {fact_type}",
        place,
    )
    match comparison.operator:
        case Operator.IS_KNOWN if comparison.value is not None:
            raise InvalidInput(f"{place}.value", "is_known takes no value; negate it with not.")
        case Operator.IS_KNOWN:
            pass
        case Operator.ONE_OF:
            _check_choices(comparison, fact_type, f"{place}.value")
        case _:
            _check_constant(comparison, fact_type, f"{place}.value")


def _check_operator(
    operator: Operator, allowed: tuple[Operator, ...], subject: str, place: str
) -> None:
    if operator not in allowed:
        message = f"{operator} can't be asked of {subject}; use one of {', '.join(allowed)}."
        raise InvalidInput(f"{place}.operator", message)


def _check_constant(comparison: Comparison, fact_type: FactType, place: str) -> None:
    try:
        constant(fact_type, comparison.value)
    except ValueError:
        message = f"{comparison.fact} is compared with {SHAPES[fact_type]}."
        raise InvalidInput(place, message) from None


def _check_choices(comparison: Comparison, fact_type: FactType, place: str) -> None:
    choices = comparison.value
    if not isinstance(choices, tuple) or not 1 <= len(choices) <= MOST_CHOICES:
        raise InvalidInput(place, f"one_of takes a list of 1 to {MOST_CHOICES} values.")
    for position, choice in enumerate(choices):
        _check_constant(
            comparison.model_copy(update={"value": choice}), fact_type, f"{place}[{position}]"
        )


def _check_count(count: EventCount, vocabulary: Vocabulary, place: str) -> None:
    if not vocabulary.counts(count.event):
        message = f"{count.event} is not a declared event{vocabulary.event_like(count.event)}"
        raise InvalidInput(f"{place}.event", message)
    _check_operator(count.operator, COUNT_OPERATORS, "a number of events", place)
    _check_window(count.within_days, vocabulary, place)
    if not 0 <= count.value <= MOST_EVENTS:
        raise InvalidInput(f"{place}.value", f"Events are counted from 0 to {MOST_EVENTS}.")


def _check_sum(total: AmountSum, vocabulary: Vocabulary, place: str) -> None:
    if not vocabulary.sums(total.amount):
        message = f"{total.amount} is not a declared amount{vocabulary.amount_like(total.amount)}"
        raise InvalidInput(f"{place}.amount", message)
    _check_operator(total.operator, COUNT_OPERATORS, "a sum", place)
    _check_window(total.within_days, vocabulary, place)
    if not -LARGEST_SUM <= total.value <= LARGEST_SUM:
        raise InvalidInput(f"{place}.value", f"Sums are of at most {LARGEST_SUM}.")


def _check_window(days: int, vocabulary: Vocabulary, place: str) -> None:
    if not 1 <= days <= vocabulary.longest_window:
        message = f"The window is 1 to {vocabulary.longest_window} days."
        raise InvalidInput(f"{place}.withinDays", message)

"""Predicates as input in the graph."""

from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from kit.graph.scalars import Long
from kit.predicates.tree import Operator, Predicate, parse

PredicateOperator = strawberry.enum(
    Operator,
    name="PredicateOperator",
    description="How a fact is compared. A comparison with an unknown fact is false.",
)


def _optional(description: str, name: str | None = None) -> Any:
    return strawberry.field(default=UNSET, description=description, name=name)


@strawberry.input(one_of=True, description="What a fact is compared with.")
class PredicateValueInput:
    text: str | None = _optional("A text; dates and moments too, written as ISO 8601.")
    number: float | None = _optional("A number of at most 15 digits.")
    boolean: bool | None = _optional("True or false.")
    texts: list[str] | None = _optional("For ONE_OF: 1 to 200 texts or dates.")
    numbers: list[float] | None = _optional("For ONE_OF: 1 to 200 numbers.")


@strawberry.input(description="A declared fact against a value.")
class PredicateComparisonInput:
    fact: str = strawberry.field(description="The fact's declared name.")
    operator: PredicateOperator = strawberry.field(  # type: ignore[valid-type]
        description="How it is compared; which are allowed depends on the fact's type."
    )
    value: PredicateValueInput | None = _optional("What it is compared with; none for IS_KNOWN.")


@strawberry.input(description="How often an event happened lately, against a number.")
class PredicateCountInput:
    event: str = strawberry.field(description="The event's declared name.")
    within_days: int = strawberry.field(
        description="Counted back from now: 1 day to as many as are said where the rule is taken."
    )
    operator: PredicateOperator = strawberry.field(  # type: ignore[valid-type]
        description="How the count is compared: equality or order."
    )
    value: int = strawberry.field(description="How often: 0 to 1,000,000.")


@strawberry.input(description="What an amount came to lately, against a number.")
class PredicateSumInput:
    amount: str = strawberry.field(description="The amount's declared name.")
    within_days: int = strawberry.field(
        description="Counted back from now: 1 day to as many as are said where the rule is taken."
    )
    operator: PredicateOperator = strawberry.field(  # type: ignore[valid-type]
        description="How the sum is compared: equality or order."
    )
    value: Long = strawberry.field(description="What it is compared with: at most 10^15.")


@strawberry.input(one_of=True, description="A rule over declared facts: a tree of conditions.")
class PredicateInput:
    all: list["PredicateInput"] | None = _optional("Each of these holds; at least one.")
    any: list["PredicateInput"] | None = _optional("One of these holds; at least one.")
    not_: "PredicateInput | None" = _optional("This does not hold.", name="not")
    compare: PredicateComparisonInput | None = _optional("A comparison holds.")
    count: PredicateCountInput | None = _optional("An event happened often enough.")
    sum: PredicateSumInput | None = _optional("An amount came to enough.")

    def tree(self, field: str = "predicate") -> Predicate:
        """The predicate, not yet checked; `InvalidInput` names the place in it."""
        return parse(_document(self), field)


def _document(value: object) -> Any:
    """The JSON that an input stands for: what was left out is left out."""
    match value:
        case PredicateValueInput():
            return next(given for given in vars(value).values() if given is not UNSET)
        case Enum():
            return value.value
        case list():
            return [_document(item) for item in value]
        case (
            PredicateInput()
            | PredicateComparisonInput()
            | PredicateCountInput()
            | PredicateSumInput()
        ):
            members = vars(value).items()
            return {
                name.rstrip("_"): _document(given) for name, given in members if given is not UNSET
            }
        case _:
            return value

"""The tree of a predicate, as it is stored and sent: JSON whose every node has one key."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    PlainValidator,
    Tag,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import ErrorDetails

from kit.errors import InvalidInput

Scalar: TypeAlias = str | bool | int | float
Value: TypeAlias = Scalar | tuple[Scalar, ...] | None

NODES: Final = ("all", "any", "not", "compare", "count", "sum")
A_VALUE: Final = "a value is a text, a number, true or false, or a list of these"
A_NODE: Final = (
    "a node is an object with exactly one of the keys all, any, not, compare, count, sum"
)
WORDS: Final = {
    "extra_forbidden": "there is no such key; leave it out",
    "missing": "this is missing; add it",
    "too_short": "at least one part is needed",
    "tuple_type": "a list of parts is needed",
}


class Operator(StrEnum):
    EQUALS = "equals"
    DIFFERS = "differs"
    LESS_THAN = "less_than"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    AT_LEAST = "at_least"
    ONE_OF = "one_of"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    IS_KNOWN = "is_known"


def _scalar(value: object) -> Scalar:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str | bool | int) or (isinstance(value, float) and value - value == 0):
        return value
    raise ValueError(A_VALUE)


def _value(value: object) -> Value:
    if isinstance(value, list | tuple):
        return tuple(_scalar(item) for item in value)
    return None if value is None else _scalar(value)


class Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=True)


class Comparison(Part):
    """A declared fact against a value; dates and moments are written as ISO 8601 text."""

    fact: str
    operator: Annotated[Operator, Field(strict=False)]
    value: Annotated[
        Value,
        PlainValidator(_value, json_schema_input_type=Value),
        PlainSerializer(lambda value: list(value) if isinstance(value, tuple) else value),
    ] = None


class EventCount(Part):
    """How often an event happened in the last so many days, against a number."""

    event: str
    within_days: int
    operator: Annotated[Operator, Field(strict=False)]
    value: int


class AmountSum(Part):
    """What an amount comes to over the last so many days, against a number."""

    amount: str
    within_days: int
    operator: Annotated[Operator, Field(strict=False)]
    value: int


class Compare(Part):
    compare: Comparison


class Count(Part):
    count: EventCount


class Sum(Part):
    sum: AmountSum


class AllOf(Part):
    all: Annotated[tuple["Predicate", ...], Field(strict=False, min_length=1)]


class AnyOf(Part):
    any: Annotated[tuple["Predicate", ...], Field(strict=False, min_length=1)]


class Not(Part):
    not_: "Predicate" = Field(alias="not")


def _kind(value: object) -> str | None:
    """The key that says which node this is; None when it is none."""
    if isinstance(value, Part):
        value = {field.alias or name: None for name, field in type(value).model_fields.items()}
    if isinstance(value, dict) and len(value) == 1:
        (key,) = value
        return key if key in NODES else None
    return None


Predicate = Annotated[
    Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[Compare, Tag("compare")]
    | Annotated[Count, Tag("count")]
    | Annotated[Sum, Tag("sum")],
    Discriminator(_kind, custom_error_type="node", custom_error_message=A_NODE),
]

for _model in (AllOf, AnyOf, Not):
    _model.model_rebuild()

_predicate: TypeAdapter[Any] = TypeAdapter(Predicate)


def parse(document: object, field: str = "predicate") -> Predicate:
    """The tree in a JSON document (already decoded); `InvalidInput` names the place in it."""
    try:
        tree: Predicate = _predicate.validate_python(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        if first["type"].startswith("recursion"):
            raise InvalidInput(field, "The rule is nested too deep.") from error
        raise InvalidInput(_place(field, first["loc"]), _sentence(first)) from error
    return tree


def dump(predicate: Predicate) -> Any:
    """The JSON document of a tree; `parse` reads it back."""
    return predicate.model_dump(mode="json", by_alias=True, exclude_none=True)


def walk(predicate: Predicate, field: str = "predicate") -> Iterator[tuple[str, int, Predicate]]:
    """Every node, parents first, with its place in the tree and its depth (the root's is 1)."""
    waiting = [(field, 1, predicate)]
    while waiting:
        place, depth, node = waiting.pop()
        yield place, depth, node
        waiting += [(inner, depth + 1, part) for inner, part in reversed(_parts(node, place))]


def _parts(node: Predicate, place: str) -> list[tuple[str, Predicate]]:
    match node:
        case AllOf():
            return [(f"{place}.all[{i}]", part) for i, part in enumerate(node.all)]
        case AnyOf():
            return [(f"{place}.any[{i}]", part) for i, part in enumerate(node.any)]
        case Not():
            return [(f"{place}.not", node.not_)]
        case _:
            return []


def _sentence(problem: ErrorDetails) -> str:
    message = WORDS.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")
    return f"{message[0].upper()}{message[1:]}."


def _place(field: str, location: tuple[str | int, ...]) -> str:
    """Pydantic's location without the tags of the union, written as a path."""
    place, a_tag_is_next = field, True
    for step in location:
        if a_tag_is_next:
            a_tag_is_next = False
        elif isinstance(step, int):
            place, a_tag_is_next = f"{place}[{step}]", True
        else:
            place, a_tag_is_next = f"{place}.{step}", step == "not"
    return place

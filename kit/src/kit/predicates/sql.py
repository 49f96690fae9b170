"""Predicates as SQL conditions: for all subjects at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Numeric,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    true,
)
from sqlalchemy.types import TypeEngine

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
from kit.predicates.values import DATE_PATTERN, MOMENT_PATTERN, Constant, FactType
from kit.predicates.vocabulary import family_of

Condition: TypeAlias = ColumnElement[bool]


@dataclass(frozen=True)
class Members:
    """A set of texts that is a question, such as EXISTS in another table; it is always known."""

    contains: Callable[[str], Condition]


Column: TypeAlias = ColumnElement[Any] | Members


@dataclass(frozen=True)
class Columns:
    """The expression of each fact; NULL is unknown. Sets are text arrays, JSON arrays or `Members`.

    `families` finds the facts of a family by their whole name and type. `count` is a number never
    NULL: how often an event happened in the last so many days, as a correlated subquery;
    so is `total`, what an amount comes to.
    """

    facts: Mapping[str, Column] = field(default_factory=dict)
    families: Mapping[str, Callable[[str, FactType], Column]] = field(default_factory=dict)
    count: Callable[[str, int], ColumnElement[int]] | None = None
    total: Callable[[str, int], ColumnElement[int]] | None = None

    def column(self, name: str, fact_type: FactType) -> Column:
        """A fact's expression; KeyError if there is none."""
        if name in self.facts:
            return self.facts[name]
        return self.families[family_of(name, self.families) or name](name, fact_type)

    def counted(self, count: EventCount) -> ColumnElement[int]:
        if self.count is None:
            raise KeyError(count.event)
        return self.count(count.event, count.within_days)

    def summed(self, total: AmountSum) -> ColumnElement[int]:
        if self.total is None:
            raise KeyError(total.amount)
        return self.total(total.amount, total.within_days)


def to_sql(checked: Checked, columns: Columns) -> Condition:
    """The condition that holds for the rows that fit.

    For the others it is false or NULL, which WHERE does not tell apart (and so it can use an index
    on the bare expression); outside of WHERE and FILTER write `.is_(True)`.
    """
    return _condition(checked, columns, checked.predicate)


def json_value(document: ColumnElement[Any], key: str, fact_type: FactType) -> ColumnElement[Any]:
    """A member of a JSONB document as a fact; NULL when absent, null or of another type."""
    member = document[key]
    text = member.astext
    kind = func.jsonb_typeof(member)
    match fact_type:
        case FactType.TEXT:
            return case((kind == "string", text))
        case FactType.NUMBER:
            return case((kind == "number", cast(text, Numeric)))
        case FactType.BOOLEAN:
            return case((kind == "boolean", cast(text, Boolean)))
        case FactType.SET_OF_TEXT:
            return case((kind == "array", member))
        case FactType.DATE:
            return _written(kind, text, DATE_PATTERN, "date", Date())
        case FactType.MOMENT:
            moment = DateTime(timezone=True)
            return _written(kind, text, MOMENT_PATTERN, "timestamptz", moment)


def _written(
    kind: ColumnElement[Any],
    text: ColumnElement[Any],
    pattern: str,
    name: str,
    sql_type: TypeEngine[Any],
) -> ColumnElement[Any]:
    readable = and_(
        kind == "string", text.regexp_match(pattern), func.pg_input_is_valid(text, name)
    )
    return case((readable, cast(text, sql_type)))


def _condition(checked: Checked, columns: Columns, node: Predicate) -> Condition:
    match node:
        case AllOf():
            return and_(*(_condition(checked, columns, part) for part in node.all))
        case AnyOf():
            return or_(*(_condition(checked, columns, part) for part in node.any))
        case Not():
            return _condition(checked, columns, node.not_).is_not(true())
        case Compare():
            return _comparison(checked, columns, node.compare)
        case Count():
            times = columns.counted(node.count)
            return TESTS[node.count.operator](times, _typed(node.count.value))
        case Sum():
            amount = columns.summed(node.sum)
            return TESTS[node.sum.operator](amount, _typed(node.sum.value))


def _comparison(checked: Checked, columns: Columns, comparison: Comparison) -> Condition:
    column = columns.column(comparison.fact, checked.types[comparison.fact])
    match comparison.operator:
        case Operator.IS_KNOWN:
            return true() if isinstance(column, Members) else column.is_not(None)
        case Operator.CONTAINS:
            return _contains(column, str(checked.constant(comparison)))
        case Operator.ONE_OF:
            return _one_of(column, checked.choices(comparison))
        case _:
            return TESTS[comparison.operator](column, _typed(checked.constant(comparison)))


def _contains(column: Column, member: str) -> Condition:
    if isinstance(column, Members):
        return column.contains(member)
    return column.bool_op("@>")(cast([member], column.type))


def _one_of(column: Column, choices: list[Constant]) -> Condition:
    """ANY of one array, so that the statement is the same however many there are."""
    item_type = _typed(max(choices, key=lambda choice: isinstance(choice, Decimal))).type
    return TESTS[Operator.EQUALS](column, func.any(cast(choices, ARRAY(item_type))))


def _typed(value: Constant) -> ColumnElement[Any]:
    return literal(value, SQL_TYPES[type(value).__name__])


SQL_TYPES: Final[dict[str, TypeEngine[Any]]] = {
    "str": Text(),
    "bool": Boolean(),
    "int": BigInteger(),
    "Decimal": Numeric(),
    "date": Date(),
    "datetime": DateTime(timezone=True),
}

TESTS: Final[dict[Operator, Callable[[Any, ColumnElement[Any]], Condition]]] = {
    Operator.EQUALS: lambda fact, value: fact == value,
    Operator.DIFFERS: lambda fact, value: fact != value,
    Operator.LESS_THAN: lambda fact, value: fact < value,
    Operator.AT_MOST: lambda fact, value: fact <= value,
    Operator.MORE_THAN: lambda fact, value: fact > value,
    Operator.AT_LEAST: lambda fact, value: fact >= value,
    Operator.STARTS_WITH: lambda fact, value: func.starts_with(fact, value),
}

"""The types of facts that nobody declares one by one: each is of the type it is compared with."""

from kit.errors import InvalidInput
from kit.predicates.tree import Compare, Comparison, Operator, Predicate, walk
from kit.predicates.values import FactType, as_date, as_moment


def inferred_types(
    predicate: Predicate, families: tuple[str, ...], place: str
) -> dict[str, FactType]:
    """The type of each fact whose name begins so; InvalidInput when that is not one type."""
    types: dict[str, FactType] = {}
    asked_only: dict[str, str] = {}
    for where, _, node in walk(predicate, place):
        if isinstance(node, Compare) and node.compare.fact.startswith(families):
            found = _type_of(node.compare)
            if found is None:
                asked_only.setdefault(node.compare.fact, f"{where}.compare")
            elif types.setdefault(node.compare.fact, found) is not found:
                raise InvalidInput(f"{where}.compare", "is compared with values of two types")
    for fact, where in asked_only.items():
        if fact not in types:
            raise InvalidInput(where, f"{fact} is compared with nothing, so its type is unknown")
    return types


def _type_of(comparison: Comparison) -> FactType | None:
    value = comparison.value
    if isinstance(value, tuple):
        value = value[0] if value else None
    if value is None:
        return None
    if comparison.operator is Operator.CONTAINS:
        return FactType.SET_OF_TEXT
    if isinstance(value, bool):
        return FactType.BOOLEAN
    return _type_of_text(value) if isinstance(value, str) else FactType.NUMBER


def _type_of_text(value: str) -> FactType:
    if as_date(value) is not None:
        return FactType.DATE
    return FactType.MOMENT if as_moment(value) is not None else FactType.TEXT

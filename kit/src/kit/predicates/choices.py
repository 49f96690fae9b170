"""Facts that only ever have a few values: what is compared with another would never hold."""

from collections.abc import Collection, Mapping
from typing import Final

from kit.errors import InvalidInput
from kit.predicates.tree import Compare, Operator, Predicate, walk

EXACT: Final = frozenset({Operator.EQUALS, Operator.DIFFERS, Operator.ONE_OF})


def require_choices(
    predicate: Predicate, choices: Mapping[str, Collection[str]], field: str
) -> None:
    """Each of these facts is compared with values it can have; InvalidInput names them."""
    for place, _, node in walk(predicate, field):
        if not isinstance(node, Compare) or node.compare.operator not in EXACT:
            continue
        fact, value = node.compare.fact, node.compare.value
        given = value if isinstance(value, tuple) else (value,)
        if fact in choices and not set(given) <= set(choices[fact]):
            can_be = ", ".join(choices[fact])
            raise InvalidInput(f"{place}.compare.value", f"{fact} is one of {can_be}.")

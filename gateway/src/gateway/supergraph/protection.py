"""What the supergraph file says of access and cost, by type and field."""

from collections.abc import Iterable
from typing import Any

from graphql import (
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
)

from gateway.supergraph.directives import HasDirectives, has_directive, uses_of
from gateway.supergraph.model import UNPROTECTED, ListSize, Protection

Protected = dict[tuple[str, str | None], Protection]


def read_protection(document: DocumentNode) -> Protected:
    """By (type, field), and by (type, None) for a type as a whole; only where something is said."""
    found: Protected = {}
    for node in document.definitions:
        match node:
            case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode():
                _note(found, (node.name.value, None), node)
                for field in node.fields or ():
                    _note(found, (node.name.value, field.name.value), field)
            case InputObjectTypeDefinitionNode():
                for member in node.fields or ():
                    _note(found, (node.name.value, member.name.value), member)
            case EnumTypeDefinitionNode() | ScalarTypeDefinitionNode():
                _note(found, (node.name.value, None), node)
    return found


def _note(found: Protected, key: tuple[str, str | None], node: HasDirectives) -> None:
    protection = Protection(
        authenticated=has_directive(node, "authenticated"),
        scopes=_alternatives(uses_of(node, "requiresScopes"), "scopes"),
        policies=_alternatives(uses_of(node, "policy"), "policies"),
        cost=_cost(node),
        list_size=_list_size(node),
        argument_costs=_argument_costs(node),
    )
    if protection != UNPROTECTED:
        found[key] = protection


def _alternatives(uses: Iterable[dict[str, Any]], name: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(each) for use in uses for each in use.get(name) or ())


def _cost(node: HasDirectives) -> float | None:
    for use in uses_of(node, "cost"):
        return float(use["weight"])
    return None


def _list_size(node: HasDirectives) -> ListSize | None:
    for use in uses_of(node, "listSize"):
        return ListSize(
            assumed_size=use.get("assumedSize"),
            slicing_arguments=tuple(use.get("slicingArguments") or ()),
            sized_fields=tuple(use.get("sizedFields") or ()),
            require_one_slicing_argument=use.get("requireOneSlicingArgument", True),
        )
    return None


def _argument_costs(node: HasDirectives) -> tuple[tuple[str, float], ...]:
    if not isinstance(node, FieldDefinitionNode):
        return ()
    costs = ((a.name.value, _cost(a)) for a in node.arguments or ())
    return tuple((name, cost) for name, cost in costs if cost is not None)

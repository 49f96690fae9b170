"""Subgraphs that can answer anything, alike.

A value is a function of its type, its number, its field and the arguments. So every subgraph, and
the one schema without federation, can answer a field alike, and any difference is the gateway's.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from graphql import GraphQLObjectType, GraphQLResolveInfo, get_named_type

from federated.subgraph import Subgraph
from gateway.supergraph.directives import uses_of
from gateway.supergraph.field_sets import Selection, parse_field_set

NUMBERS = 4


def chance(*parts: object) -> int:
    text = "|".join(map(str, parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest())


class AnyValue(Subgraph):
    """A subgraph whose objects are {"__typename", "id"} and whose values follow from those."""

    def _resolve(self, parent: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        if info.field_name == "_entities":
            return [self._found(dict(r)) for r in arguments["representations"]]
        if info.field_name.startswith("needs"):
            return self._computed(parent, info)
        return value_of(parent or {"__typename": "Query", "number": 0}, info, arguments)

    def _found(self, representation: dict[str, Any]) -> dict[str, Any] | None:
        number = number_of(representation)
        asked = representation["__typename"]
        type_ = self.schema.type_map[asked]
        if not isinstance(type_, GraphQLObjectType):
            possible = [t.name for t in self.schema.get_possible_types(type_)]  # type: ignore[arg-type]
            asked = asked_as(asked, number, possible)
        return {"__typename": asked, "number": number, "given": representation}

    def _computed(self, parent: dict[str, Any], info: GraphQLResolveInfo) -> Any:
        """Made of what the representation gave: wrong or missing requirements show."""
        node = info.parent_type.fields[info.field_name].ast_node
        assert node is not None
        required = parse_field_set(next(uses_of(node, "requires"))["fields"])
        return computed(info.field_name, required, parent["given"])


def computed(name: str, required: Selection, given: Mapping[str, Any]) -> str:
    return f"{name} of {shown(required, given)}"


def shown(required: Selection, given: Mapping[str, Any]) -> list[Any]:
    """The required values, in an order that does not depend on how they came."""
    values = []
    for pick in required.picks:
        value = given[pick.name]
        values.append(
            (pick.name, shown(pick.children, value) if pick.children and value else value)
        )
    return sorted(values, key=str)


def number_of(representation: dict[str, Any]) -> int:
    for key in ("id", "code"):
        if key in representation:
            return int(str(representation[key]).rsplit("-", 1)[-1])
    return int(str(representation["tag"]["id"]).rsplit("-", 1)[-1])


def asked_as(interface: str, number: int, possible: list[str]) -> str:
    """The concrete type of a numbered object that is known only by its interface."""
    return sorted(possible)[number % len(possible)]


def value_of(parent: dict[str, Any], info: GraphQLResolveInfo, arguments: dict[str, Any]) -> Any:
    own, number, name = parent["__typename"], parent["number"], info.field_name
    type_ = get_named_type(info.return_type)
    if name in ("id", "code"):
        return f"{name}-{number}"
    many = str(info.return_type).startswith("[")
    seed = (own if own.startswith("Query") else "", number, name, sorted(arguments.items()))
    if not hasattr(type_, "fields") and not hasattr(type_, "types"):
        return f"{name} of {number} {sorted(arguments.items())}".strip()
    if name == "tag":
        return {"__typename": type_.name, "number": number}
    if many:
        return [
            object_of(type_, chance(*seed, n) % NUMBERS, info) for n in range(1 + chance(*seed) % 3)
        ]
    if chance(*seed, "null") % 6 == 0 and not str(info.return_type).endswith("!"):
        return None
    return object_of(type_, chance(*seed) % NUMBERS, info)


def object_of(type_: Any, number: int, info: GraphQLResolveInfo) -> dict[str, Any]:
    if isinstance(type_, GraphQLObjectType):
        return {"__typename": type_.name, "number": number}
    possible = [t.name for t in info.schema.get_possible_types(type_)]
    return {"__typename": asked_as(type_.name, number, possible), "number": number}

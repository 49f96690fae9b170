"""The answer of one schema that has everything itself: what a federation has to equal."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from graphql import GraphQLResolveInfo, execute, parse, parse_value, value_from_ast_untyped

from federated.values import computed, value_of
from gateway.supergraph import Supergraph
from gateway.supergraph.field_sets import Pick, Selection


class Monolith:
    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph

    def ask(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        result = execute(
            self._supergraph.api_schema,
            parse(query),
            variable_values=dict(variables),
            field_resolver=self._resolve,
            type_resolver=lambda value, _info, _type: value["__typename"],
        )
        return result.formatted  # type: ignore[union-attr, return-value]

    def _resolve(self, parent: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        parent = parent or {"__typename": "Query", "number": 0}
        if not info.field_name.startswith("needs"):
            return value_of(parent, info, arguments)
        declared = self._supergraph.types[info.parent_type.name].fields[info.field_name]
        required = next(o.requires for o in declared.offers.values() if o.requires)
        return computed(info.field_name, required, self._given(parent, required))

    def _given(self, parent: dict[str, Any], required: Selection) -> dict[str, Any]:
        """What a representation would have held."""
        given = {}
        for pick in required.picks:
            value = self._value(parent, pick)
            if pick.children is not None and value is not None:
                value = self._given(value, pick.children)
            given[pick.name] = value
        return given

    def _value(self, parent: dict[str, Any], pick: Pick) -> Any:
        schema = self._supergraph.api_schema
        declared: Any = schema.type_map[parent["__typename"]]
        info: Any = SimpleNamespace(
            field_name=pick.name, return_type=declared.fields[pick.name].type, schema=schema
        )
        return value_of(parent, info, _arguments(pick.arguments))


def _arguments(printed: str) -> dict[str, Any]:
    if not printed:
        return {}
    return dict(value_from_ast_untyped(parse_value(f"{{{printed[1:-1]}}}")))

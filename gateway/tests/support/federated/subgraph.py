"""A subgraph that answers from plain data, and refuses what a real server would refuse."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    execute,
    parse,
    validate,
)

from federated.schema import subgraph_schema
from gateway.execution import SubgraphFailure, SubgraphRequest

Resolver = Callable[..., Any]


@dataclass
class Subgraph:
    """`fields` are by type and field: values, or functions of the parent and the arguments.

    `entities` are objects by type: a representation finds the one with equal values; what the
    subgraph does not hold itself (the fields it requires) is taken from the representation.
    """

    sdl: str
    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    entities: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.schema = subgraph_schema(self.sdl)

    def answer(self, request: SubgraphRequest) -> dict[str, Any]:
        document = parse(request.query)
        faults = validate(self.schema, document)
        if faults:
            raise AssertionError(f"invalid for the subgraph: {faults[0]}\n{request.query}")
        result = execute(
            self.schema,
            document,
            variable_values=dict(request.variables),
            operation_name=request.operation_name,
            field_resolver=self._resolve,
            type_resolver=self._type_of,
        )
        return result.formatted  # type: ignore[union-attr, return-value]

    def _resolve(self, parent: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        name = info.field_name
        if name == "_entities":
            return [self._entity(r) for r in arguments["representations"]]
        own = self.fields.get(info.parent_type.name, {})
        value = own[name] if name in own else (parent or {}).get(name)
        return value(parent or {}, **arguments) if callable(value) else value

    def _type_of(self, value: Any, info: GraphQLResolveInfo, abstract: Any) -> str | None:
        return value.get("__typename")

    def _entity(self, representation: Mapping[str, Any]) -> dict[str, Any] | None:
        asked = representation["__typename"]
        for name in self._names(asked):
            for entity in self.entities.get(name, ()):
                if self._is_meant(entity, representation):
                    return {**representation, "__typename": name, **entity}
        return None

    def _names(self, asked: str) -> list[str]:
        type_ = self.schema.type_map[asked]
        if isinstance(type_, GraphQLInterfaceType):
            return [t.name for t in self.schema.get_possible_types(type_)]
        assert isinstance(type_, GraphQLObjectType)
        return [asked]

    def _is_meant(self, entity: Mapping[str, Any], representation: Mapping[str, Any]) -> bool:
        shared = entity.keys() & representation.keys() - {"__typename"}
        return bool(shared) and all(_agrees(entity[k], representation[k]) for k in shared)


def _agrees(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        shared = one.keys() & other.keys() - {"__typename"}
        return all(_agrees(one[key], other[key]) for key in shared)
    return bool(one == other)


@dataclass
class Subgraphs:
    """The Fetch of a test: subgraphs by name; those in `down` fail."""

    by_name: Mapping[str, Subgraph]
    down: frozenset[str] = frozenset()
    log: list[SubgraphRequest] = field(default_factory=list)

    async def __call__(self, request: SubgraphRequest) -> Mapping[str, Any]:
        self.log.append(request)
        if request.subgraph in self.down:
            raise SubgraphFailure(f"{request.subgraph} is down", "SUBREQUEST_FAILED")
        return self.by_name[request.subgraph].answer(request)

"""The supergraph as a whole: what a gateway is started with, and exchanges while running."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from graphql import GraphQLSchema, GraphQLSyntaxError, parse

from gateway.supergraph.api import build_api_schema
from gateway.supergraph.links import with_own_names
from gateway.supergraph.model import UNPROTECTED, Protection, Subgraph, SupergraphInvalid, Type
from gateway.supergraph.protection import read_protection
from gateway.supergraph.reading import Reading


@dataclass(eq=False)
class Supergraph:
    """Read-only once made: plans and requests share it."""

    subgraphs: Mapping[str, Subgraph]
    types: Mapping[str, Type]
    api_schema: GraphQLSchema
    roots: Mapping[str, str]
    protection: Mapping[tuple[str, str | None], Protection]
    override_labels: frozenset[str]

    @classmethod
    def from_sdl(cls, sdl: str) -> Self:
        """Read a supergraph file (join specification v0.1 to v0.5); raises SupergraphInvalid."""
        try:
            document = with_own_names(parse(sdl, no_location=True))
        except GraphQLSyntaxError as error:
            raise SupergraphInvalid(f"The supergraph is not GraphQL: {error}") from error
        reading = Reading.of(document)
        return cls(
            subgraphs={graph.name: graph for graph in reading.subgraphs.values()},
            types=reading.types,
            api_schema=build_api_schema(document),
            roots=reading.roots,
            protection=read_protection(document),
            override_labels=reading.override_labels,
        )

    def protected(self, type_name: str, field_name: str | None) -> Protection:
        """What the file demands for a field, or for a whole type where `field_name` is None."""
        return self.protection.get((type_name, field_name), UNPROTECTED)

    def hides(self, type_name: str) -> bool:
        """Whether subgraphs may answer with the type, but clients do not know it."""
        return type_name in self.types and type_name not in self.api_schema.type_map

    def conditions_met_by(self, type_name: str) -> frozenset[str]:
        """Type conditions that a value of this concrete type satisfies."""
        return self._conditions[type_name]

    @cached_property
    def _conditions(self) -> dict[str, frozenset[str]]:
        met: dict[str, set[str]] = {name: {name} for name in self.types}
        for type_ in self.types.values():
            met[type_.name] |= type_.all_interfaces
            if type_.is_abstract:
                for member in type_.possible:
                    met[member].add(type_.name)
        return {name: frozenset(names) for name, names in met.items()}

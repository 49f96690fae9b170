"""A conformance case: subgraphs, a document and the exact answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from federated.subgraph import Subgraph

FEDERATION_2 = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key",'
    ' "@shareable", "@external", "@requires", "@provides", "@interfaceObject", "@override",'
    ' "@inaccessible", "@extends", "@tag", "@composeDirective"])\n'
)


@dataclass(frozen=True)
class Part:
    """What one subgraph is made of; see Subgraph. Federation 1 where `link` is empty."""

    sdl: str
    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    entities: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    link: str = FEDERATION_2

    def subgraph(self) -> Subgraph:
        return Subgraph(self.link + self.sdl, self.fields, self.entities)


@dataclass(frozen=True)
class Case:
    """`fetches` are the subgraphs asked, in order, where the plan matters too."""

    name: str
    query: str
    data: Any
    errors: bool = False
    variables: Mapping[str, Any] = field(default_factory=dict)
    fetches: tuple[str, ...] | None = None

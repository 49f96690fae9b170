"""A finished plan: what is sent where, in which order, and how the answer is put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from graphql import DocumentNode

from gateway.supergraph import Supergraph
from gateway.supergraph.field_sets import Selection

OperationKind = Literal["query", "mutation", "subscription"]


@dataclass(frozen=True, slots=True)
class Step:
    """Into the field `key`; where `types` is given, only of objects of these types."""

    key: str
    types: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class EntityForm:
    """How objects of one type are represented to a subgraph."""

    type_name: str
    keys: tuple[Selection, ...]
    wants: Selection
    text: str


@dataclass(frozen=True, slots=True)
class Target:
    """Objects of the result that a fetch completes; `otherwise` is the form if no type is known."""

    path: tuple[Step, ...]
    forms: Mapping[str, EntityForm] = field(default_factory=dict)
    otherwise: EntityForm | None = None


@dataclass(frozen=True, slots=True)
class Rename:
    """An alias that kept clashing shapes apart in a subgraph's answer, to be undone."""

    path: tuple[str, ...]
    alias: str
    key: str


@dataclass(frozen=True, slots=True)
class PlannedFetch:
    id: int
    subgraph: str
    kind: Literal["query", "mutation", "subscription", "entity"]
    query: str
    variable_names: tuple[str, ...]
    targets: tuple[Target, ...]
    after: tuple[int, ...]
    renames: tuple[Rename, ...] = ()


@dataclass(frozen=True, slots=True)
class SubscriptionStart:
    """The operation to open at the subgraph that owns the subscription field."""

    subgraph: str
    query: str
    operation_name: str | None
    variable_names: tuple[str, ...]


@dataclass(eq=False)
class Plan:
    """Stages run one after the other (a mutation has one per root field), fetches as they can."""

    kind: OperationKind
    operation_name: str | None
    stages: tuple[tuple[PlannedFetch, ...], ...]
    selection: Selection
    supergraph: Supergraph
    introspection: DocumentNode | None = None
    subscription: SubscriptionStart | None = None
    program: Any = None

    @property
    def fetches(self) -> tuple[PlannedFetch, ...]:
        return tuple(fetch for stage in self.stages for fetch in stage)

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "operationName": self.operation_name,
            "introspection": self.introspection is not None,
            "stages": [[_fetch_as_json(fetch) for fetch in stage] for stage in self.stages],
        }

    def describe(self) -> str:
        """The plan for people: one paragraph per request, in the order they can start."""
        lines = [f"{self.kind} {self.operation_name or ''}".rstrip()]
        if self.introspection is not None:
            lines.append("  introspection: answered by the gateway")
        for fetch in self.fetches:
            lines.extend(_describe_fetch(fetch))
        return "\n".join(lines)


def _fetch_as_json(fetch: PlannedFetch) -> dict[str, Any]:
    return {
        "id": fetch.id,
        "subgraph": fetch.subgraph,
        "kind": fetch.kind,
        "after": list(fetch.after),
        "paths": [".".join(step.key for step in target.path) for target in fetch.targets],
        "representations": sorted({form.text for t in fetch.targets for form in _forms(t)}),
        "variables": list(fetch.variable_names),
        "query": fetch.query,
    }


def _describe_fetch(fetch: PlannedFetch) -> list[str]:
    waits = f" after {', '.join(f'#{n}' for n in fetch.after)}" if fetch.after else ""
    lines = [f"  #{fetch.id} {fetch.kind} from {fetch.subgraph}{waits}"]
    for target in fetch.targets:
        if target.path:
            lines.append(f"     at {'.'.join(step.key for step in target.path)}")
        lines.extend(f"     by {text}" for text in sorted({f.text for f in _forms(target)}))
    return [*lines, f"     {fetch.query}"]


def _forms(target: Target) -> list[EntityForm]:
    return [*target.forms.values(), *((target.otherwise,) if target.otherwise else ())]

"""A plan while it is searched for: every change can be taken back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from gateway.supergraph.field_sets import Pick, Selection
from gateway.supergraph.model import Key

FetchKind = Literal["query", "mutation", "subscription", "entity"]


@dataclass(eq=False, slots=True)
class Ask:
    """A field asked for in a fetch; `child` is where its own fields are asked."""

    pick: Pick
    type: str
    child: Node | None


@dataclass(eq=False, slots=True)
class Node:
    """A position inside one fetch: `types` are what its subgraph can answer there."""

    fetch: Fetch
    type: str
    types: dict[str, None]
    opaque: bool = False
    provided: tuple[Selection, ...] = ()
    bodies: dict[str, dict[str, Ask]] = field(default_factory=dict)
    flags: dict[str, bool] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Representation:
    """What tells an entity to a subgraph: its type's name there, keys, required fields."""

    type_name: str
    keys: tuple[Key, ...]
    wants: dict[str, Pick]


@dataclass(eq=False, slots=True)
class Fetch:
    """One request: an operation's roots, or entities found at a place by representations."""

    graph: str
    kind: FetchKind
    place: Place
    level: int = 0
    root: Node = field(init=False)
    representations: dict[str, Representation] = field(default_factory=dict)
    after: dict[Fetch, None] = field(default_factory=dict)

    def represents(self, node: Node, met: frozenset[str]) -> bool:
        """Whether objects that meet these conditions are among those sent, if any are sent."""
        if node is not self.root or self.kind != "entity":
            return True
        return not met.isdisjoint(self.representations)

    def reaches(self, other: Fetch) -> bool:
        """Whether this fetch waits for the other, directly or not."""
        pending, seen = [self], {self}
        while pending:
            fetch = pending.pop()
            if fetch is other:
                return True
            for earlier in fetch.after:
                if earlier not in seen:
                    seen.add(earlier)
                    pending.append(earlier)
        return False


@dataclass(eq=False, slots=True)
class Place:
    """A position in the result, reached through a field of the parent site."""

    parent: Site | None
    pick: Pick | None
    type: str
    nodes: dict[Node, None] = field(default_factory=dict)
    fetches: dict[Fetch, None] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)
    common: dict[str, Pick] = field(default_factory=dict)

    def site(self, type_name: str) -> Site:
        if type_name not in self.sites:
            self.sites[type_name] = Site(self, type_name)
        return self.sites[type_name]


@dataclass(eq=False, slots=True)
class Site:
    """A place together with the concrete type of the value found there."""

    place: Place
    type: str
    got: dict[str, frozenset[Fetch]] = field(default_factory=dict)
    children: dict[str, Place] = field(default_factory=dict)


MISSING = object()
Change = tuple[dict[Any, Any], Any, Any, Any]


@dataclass(slots=True)
class Log:
    """Changes to the draft in order, and what they cost."""

    changes: list[Change] = field(default_factory=list)
    cost: int = 0

    def put(self, mapping: dict[Any, Any], key: Any, value: Any) -> None:
        self.changes.append((mapping, key, mapping.get(key, MISSING), value))
        mapping[key] = value

    def undo_to(self, length: int, cost: int) -> list[Change]:
        """Take back all changes after the first `length`; returns them for `redo`."""
        undone = self.changes[length:]
        del self.changes[length:]
        for mapping, key, old, _ in reversed(undone):
            if old is MISSING:
                del mapping[key]
            else:
                mapping[key] = old
        self.cost = cost
        return undone

    def redo(self, undone: list[Change], cost: int) -> None:
        for mapping, key, _, new in undone:
            mapping[key] = new
        self.changes.extend(undone)
        self.cost = cost

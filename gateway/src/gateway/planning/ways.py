"""The four ways to a field: at hand, by a root, by a key, by position below the parent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from gateway.planning.choosing import BY_POSITION_COST, FETCH_COST, FIELD_COST, Deps, NoWay, Option
from gateway.planning.draft import FetchKind, Site
from gateway.planning.drafting import Drafting, Source
from gateway.planning.knowledge import Home
from gateway.supergraph.field_sets import TYPENAME, Pick, Selection
from gateway.supergraph.model import Key


class Planner(Protocol):
    """What a way needs of the search that tries it."""

    def plan_needs(self, site: Site, selection: Selection) -> Deps:
        """Reach what a representation has to hold."""
        ...

    def reach_in(self, site: Site, pick: Pick, graph: str) -> Deps:
        """Reach a field, but not what is below it, in one given subgraph."""
        ...


@dataclass(eq=False, slots=True)
class Ways:
    drafting: Drafting
    planner: Planner
    kind: FetchKind

    def to(self, site: Site, pick: Pick, graph: str | None = None) -> list[Option]:
        """All ways to a field, or those through one subgraph; none is taken yet."""
        knowledge = self.drafting.knowledge
        homes = [h for h in knowledge.homes(site.type, pick.name) if graph in (None, h.graph)]
        options = list(self._at_hand(site, pick, graph))
        if site.place.parent is None or site.type == knowledge.supergraph.roots["query"]:
            options += self._roots(site, pick, homes)
        options += self._keys(site, pick, homes)
        if graph is None or not self.drafting.reaches(site, graph):
            options += self._positions(site, pick, homes)
        return options

    # At hand: a fetch that is there already

    def _at_hand(self, site: Site, pick: Pick, graph: str | None) -> Iterator[Option]:
        for source in self.drafting.sources(site, pick):
            if graph in (None, source.node.fetch.graph):
                # A type's own word on a field comes before an interface object's.
                bound = FIELD_COST if source.name == site.type else 2 * FIELD_COST
                yield Option(bound, partial(self.drafting.ask, site, pick, source))

    # By a root: the operation's own, or the query as it goes on inside a payload

    def _roots(self, site: Site, pick: Pick, homes: list[Home]) -> Iterator[Option]:
        for home in homes:
            if home.offer.requires is None and not self.drafting.reaches(site, home.graph):
                yield Option(FETCH_COST + FIELD_COST, partial(self._root, site, pick, home))

    def _root(self, site: Site, pick: Pick, home: Home) -> Deps:
        kind: FetchKind = self.kind if site.place.parent is None else "query"
        fetch = self.drafting.root(site, home.graph, kind)
        return self.drafting.ask(site, pick, Source(fetch.root, site.type, home.offer))

    # By a key: the entity is found again in another subgraph

    def _keys(self, site: Site, pick: Pick, homes: list[Home]) -> Iterator[Option]:
        known = frozenset(node.fetch.graph for node, _ in self.drafting.positions(site))
        knowledge = self.drafting.knowledge
        for home in homes:
            entered = any(f.graph == home.graph and f.kind == "entity" for f in site.place.fetches)
            for key in knowledge.keys(home.type_name, home.graph):
                distance = 0 if entered else knowledge.distance(site.type, known, key)
                bound = FETCH_COST * distance + FIELD_COST
                yield Option(bound, partial(self._key, site, pick, home, key))

    def _key(self, site: Site, pick: Pick, home: Home, key: Key) -> Deps:
        requires = home.offer.requires
        deps = self.planner.plan_needs(site, key.fields)
        if requires is not None:
            deps |= self.planner.plan_needs(site, requires)
        fetch = self.drafting.enter(site, home.graph, home.type_name, key, requires, deps)
        if home.type_name not in fetch.root.types:
            self.drafting.choice.put(fetch.root.types, home.type_name, None)
        return self.drafting.ask(site, pick, Source(fetch.root, home.type_name, home.offer))

    def to_type(self, site: Site) -> list[Option]:
        """Ways from an interface object to a subgraph that knows its concrete type."""
        knowledge = self.drafting.knowledge
        return [
            Option(FETCH_COST - len(members), partial(self._concrete_type, site, graph, key))
            for graph, members in knowledge.supergraph.types[site.type].members.items()
            for key in knowledge.keys(site.type, graph)
        ]

    def _concrete_type(self, site: Site, graph: str, key: Key) -> Deps:
        deps = self.planner.plan_needs(site, key.fields)
        fetch = self.drafting.enter(site, graph, site.type, key, None, deps)
        for member in self.drafting.knowledge.possible(site.type, graph):
            self.drafting.choice.put(fetch.root.types, member, None)
        self.drafting.choice.put(fetch.root.flags, TYPENAME, True)
        return frozenset((fetch,))

    # By position: the same place in another subgraph's answer to the parent field

    def _positions(self, site: Site, pick: Pick, homes: list[Home]) -> Iterator[Option]:
        parent, through = site.place.parent, site.place.pick
        if parent is None or through is None or not self._may_repeat(parent):
            return
        knowledge = self.drafting.knowledge
        if knowledge.is_abstract(site.place.type) and not self._is_narrowed(pick):
            return
        for home in homes:
            offer = knowledge.offer(parent.type, through, home.graph)
            if offer is None or home.offer.requires is not None or home.type_name != site.type:
                continue
            if site.type in knowledge.possible(offer.type_name, home.graph):
                yield Option(
                    BY_POSITION_COST,
                    partial(self._position, site, pick, home, parent, through),
                )

    def _is_narrowed(self, pick: Pick) -> bool:
        """Whether the client asked for the field on a concrete type, not on an interface."""
        return any(not self.drafting.knowledge.is_abstract(name) for name in pick.conditions)

    def _may_repeat(self, parent: Site) -> bool:
        """A mutation's own field runs once."""
        return parent.place.parent is not None or self.kind == "query"

    def _position(self, site: Site, pick: Pick, home: Home, parent: Site, through: Pick) -> Deps:
        if not self.drafting.reaches(site, home.graph):
            self.planner.reach_in(parent, through, home.graph)
        self.drafting.choice.pay(BY_POSITION_COST - FETCH_COST)
        for node, name in self.drafting.positions(site):
            if node.fetch.graph == home.graph and name == home.type_name:
                return self.drafting.ask(site, pick, Source(node, name, home.offer))
        raise NoWay(f"{site.type}.{pick.name}")

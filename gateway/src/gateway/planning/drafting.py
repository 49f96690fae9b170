"""Building the draft: what its fetches can answer as they are, and how they grow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from gateway.planning.choosing import FETCH_COST, FIELD_COST, LEVEL_COST, NOTHING, Choice, Deps
from gateway.planning.draft import Ask, Fetch, FetchKind, Node, Place, Representation, Site
from gateway.planning.knowledge import Knowledge
from gateway.supergraph.field_sets import TYPENAME, Pick, Selection, merge_picks
from gateway.supergraph.model import Key, Offer


class Source(NamedTuple):
    """A position in a fetch that answers for a site, under the name its subgraph has for it."""

    node: Node
    name: str
    offer: Offer
    provided: tuple[Selection, ...] = ()


@dataclass(eq=False, slots=True)
class Drafting:
    knowledge: Knowledge
    choice: Choice

    # What is there

    def positions(self, site: Site) -> Iterator[tuple[Node, str]]:
        """Where fetches reach a site; an interface object stands in for each of its types."""
        met = self.knowledge.conditions(site.type)
        for node in list(site.place.nodes):
            if not node.fetch.represents(node, met):
                continue
            if site.type in node.types or site.type == node.type:
                yield node, site.type
            for name in node.types:
                opaque = self.knowledge.is_opaque(name, node.fetch.graph)
                if name != site.type and name in met and opaque:
                    yield node, name

    def is_opaque(self, node: Node) -> bool:
        """Whether a position can only tell an interface's name, not the concrete type."""
        if node.type != "_Entity":
            return node.opaque
        return all(self.knowledge.is_opaque(name, node.fetch.graph) for name in node.types)

    def reaches(self, site: Site, graph: str) -> bool:
        return any(node.fetch.graph == graph for node, _ in self.positions(site))

    def sources(self, site: Site, pick: Pick) -> Iterator[Source]:
        """Positions whose subgraph answers a field there, on its own or as provided."""
        for node, name in self.positions(site):
            offer = self.knowledge.offer(name, pick, node.fetch.graph)
            if offer is not None:
                provided = self._provided(node, name, pick)
                if provided or self.answers(node, name, pick):
                    yield Source(node, name, offer, provided)

    def answers(self, node: Node, name: str, pick: Pick) -> bool:
        offer = self.knowledge.offer(name, pick, node.fetch.graph)
        return offer is not None and offer.requires is None and offer.stands(self.knowledge.labels)

    def _provided(self, node: Node, name: str, pick: Pick) -> tuple[Selection, ...]:
        met = self.knowledge.conditions(name)
        found = [selection.on(met, name).get(pick.key) for selection in node.provided]
        return tuple(p.children or Selection(()) for p in found if p is not None)

    def leaf_at_hand(self, site: Site, pick: Pick) -> Deps | None:
        """The short way for most fields: no other can cost less."""
        for node in site.place.nodes:
            if site.type in node.types and self.answers(node, site.type, pick):
                offer = self.knowledge.offer(site.type, pick, node.fetch.graph)
                if offer is not None:
                    deps = self.ask(site, pick, Source(node, site.type, offer))
                    self.choice.put(site.got, pick.key, deps)
                    return deps
        return None

    # How it grows

    def ask(self, site: Site, pick: Pick, source: Source) -> Deps:
        """Add a field to a fetch, and its position below to the places of the result."""
        self.choice.step()
        node, name, offer, _ = source
        if name not in node.bodies:
            self.choice.put(node.bodies, name, {})
        ask = node.bodies[name].get(pick.key)
        if ask is None:
            ask = Ask(pick, offer.type, self._child(source))
            self.choice.put(node.bodies[name], pick.key, ask)
            self.choice.pay(FIELD_COST if node.fetch.kind != "entity" else 2 * FIELD_COST)
        if ask.child is not None:
            self._join(site, pick, ask.child)
        return frozenset((node.fetch,))

    def ask_typename(self, place: Place) -> Deps:
        """Ask for the concrete type everywhere; returns one fetch that brings it."""
        clear = [node for node in place.nodes if not self.is_opaque(node)]
        for node in clear:
            if TYPENAME not in node.flags:
                self.choice.put(node.flags, TYPENAME, True)
        return frozenset((clear[0].fetch,)) if clear else NOTHING

    def _child(self, source: Source) -> Node | None:
        fetch, offer = source.node.fetch, source.offer
        if not self.knowledge.is_composite(offer.type_name):
            return None
        types = dict.fromkeys(self.knowledge.possible(offer.type_name, fetch.graph))
        return Node(
            fetch,
            offer.type_name,
            types or {offer.type_name: None},
            opaque=self.knowledge.is_opaque(offer.type_name, fetch.graph),
            provided=(*source.provided, *((offer.provides,) if offer.provides else ())),
        )

    def _join(self, site: Site, pick: Pick, child: Node) -> None:
        if pick.key not in site.children:
            declared = self.knowledge.supergraph.types[site.type].fields[pick.name]
            self.choice.put(site.children, pick.key, Place(site, pick, declared.type_name))
        place = site.children[pick.key]
        if child not in place.nodes:
            self.choice.put(place.nodes, child, None)

    def root(self, site: Site, graph: str, kind: FetchKind) -> Fetch:
        """A new fetch of an operation's root, or of the query as it goes on inside a payload."""
        above = frozenset(node.fetch for node in site.place.nodes) if site.place.parent else NOTHING
        fetch = self._fetch(graph, kind, site.place, above)
        fetch.root = Node(fetch, site.type, {site.type: None})
        self.choice.put(site.place.nodes, fetch.root, None)
        return fetch

    def enter(
        self,
        site: Site,
        graph: str,
        known_as: str,
        key: Key,
        requires: Selection | None,
        deps: Deps,
    ) -> Fetch:
        """An entity fetch that can wait for `deps` and take this representation: old, or new."""
        picks = (*key.fields.picks, *(requires.picks if requires else ()))
        wants = merge_picks(p for p in picks if p.name != TYPENAME)
        for fetch in site.place.fetches:
            if fetch.graph != graph or fetch.kind != "entity" or fetch in deps:
                continue
            joined = _joined(fetch.representations.get(site.type), known_as, key, wants)
            if joined is not None and not any(earlier.reaches(fetch) for earlier in deps):
                self._extend(fetch, site, joined, deps)
                return fetch
        fetch = self._fetch(graph, "entity", site.place, deps)
        fetch.root = Node(fetch, "_Entity", {})
        self.choice.put(site.place.nodes, fetch.root, None)
        fetch.representations[site.type] = Representation(known_as, (key,), wants)
        return fetch

    def _fetch(self, graph: str, kind: FetchKind, place: Place, deps: Deps) -> Fetch:
        level = 1 + max((fetch.level for fetch in deps), default=0)
        fetch = Fetch(graph, kind, place, level)
        fetch.after.update(dict.fromkeys(deps))
        self.choice.put(place.fetches, fetch, None)
        self.choice.pay(FETCH_COST + LEVEL_COST * (level - 1))
        return fetch

    def _extend(self, fetch: Fetch, site: Site, joined: Representation, deps: Deps) -> None:
        self.choice.put(fetch.representations, site.type, joined)
        for earlier in deps:
            if earlier not in fetch.after:
                self.choice.put(fetch.after, earlier, None)


def _joined(
    known: Representation | None, type_name: str, key: Key, wants: dict[str, Pick]
) -> Representation | None:
    """Both representations in one, or None where they contradict each other."""
    if known is None:
        return Representation(type_name, (key,), wants)
    if known.type_name != type_name:
        return None
    merged = merge_picks((*known.wants.values(), *wants.values()))
    if _contradicts(merged):
        return None
    keys = known.keys if key in known.keys else (*known.keys, key)
    return Representation(type_name, keys, merged)


def _contradicts(picks: dict[str, Pick]) -> bool:
    """Whether a field is wanted twice with different arguments: a representation holds it once."""
    names: dict[str, str] = {}
    for pick in picks.values():
        if names.setdefault(pick.name, pick.key) != pick.key:
            return True
        if pick.children is not None and _contradicts(merge_picks(pick.children.picks)):
            return True
    return False

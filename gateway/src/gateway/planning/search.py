"""The search for a plan: which fetch answers each field, at the least cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gateway.planning.draft import (
    Ask,
    Change,
    Fetch,
    FetchKind,
    Log,
    Node,
    Place,
    Representation,
    Site,
)
from gateway.planning.knowledge import Home, Knowledge
from gateway.supergraph.field_sets import TYPENAME, Pick, Selection, merge_picks
from gateway.supergraph.model import Key, Offer

FETCH_COST = 1000
LEVEL_COST = 50
FIELD_COST = 1
BY_POSITION_COST = 1200
# Bounds: this many steps on comparing alternatives, then the first that works; so many in all.
MOST_SPENT = 2_000
MOST_STEPS = 20_000

Deps = frozenset[Fetch]
NOTHING: Deps = frozenset()


class PlanTooComplex(Exception):
    """The document would need more planning than is allowed for one document."""


class NoWay(Exception):
    """A field cannot be reached from where the search stands."""


class TooDear(NoWay):
    """This way costs more than one already known."""


@dataclass(slots=True)
class Option:
    """A way to a field; `bound` is the least that it can cost."""

    bound: int
    take: Callable[[], Deps]


@dataclass(slots=True)
class Taken:
    """An option that worked: what it brings, the cost so far, and how to do it again."""

    deps: Deps
    cost: int
    changes: list[Change]


@dataclass(eq=False)
class Search:
    """Builds one draft: `place` is where the operation's root fields are."""

    knowledge: Knowledge
    kind: FetchKind
    place: Place
    log: Log = field(default_factory=Log)
    steps: int = 0
    spent: int = 0
    limit: int | None = None
    under_way: set[tuple[Site, str, str | None]] = field(default_factory=set)

    # Places and sites: from a selection to single fields

    def plan_place(self, place: Place, selection: Selection) -> Deps:
        """Reach everything selected at a place, for each type that its value may have."""
        if not self.knowledge.is_abstract(place.type):
            return self._plan_site(place.site(place.type), selection)
        if place.nodes and all(node.opaque for node in place.nodes):
            return self._plan_opaque(place, selection)
        return self._plan_concrete(place, selection)

    def _plan_concrete(self, place: Place, selection: Selection) -> Deps:
        deps = self._ask_typename(place)
        clear = [node for node in place.nodes if not node.opaque]
        common = self._common(clear, selection)
        if common:
            deps |= self._plan_common(place, clear[0], common)
        concrete = dict.fromkeys(name for node in clear for name in node.types)
        for type_name in concrete or (place.type,):
            deps |= self._plan_site(place.site(type_name), selection)
        return deps

    def _common(self, nodes: list[Node], selection: Selection) -> list[Pick]:
        """What the only subgraph here can answer for the interface as well as for each type."""
        if len(nodes) != 1 or len(nodes[0].types) < 2 or nodes[0].type == "_Entity":
            return []
        node = nodes[0]
        picks = selection.on(self.knowledge.conditions(node.type), node.type).values()
        return [
            pick
            for pick in picks
            if pick.name != TYPENAME
            and all(self._answers(node, name, pick) for name in (node.type, *node.types))
        ]

    def _answers(self, node: Node, name: str, pick: Pick) -> bool:
        offer = self.knowledge.offer(name, pick, node.fetch.graph)
        return offer is not None and offer.requires is None and offer.stands(self.knowledge.labels)

    def _plan_common(self, place: Place, node: Node, picks: list[Pick]) -> Deps:
        """Ask on the interface itself: types that do not matter are not told apart."""
        length, cost = len(self.log.changes), self.log.cost
        site, deps = place.site(node.type), NOTHING
        try:
            for pick in picks:
                deps |= self.plan_field(site, pick)
                self.log.put(place.common, pick.key, pick)
        except TooDear:
            raise
        except NoWay:
            self.log.undo_to(length, cost)
            return NOTHING
        return deps

    def _plan_opaque(self, place: Place, selection: Selection) -> Deps:
        """At an interface object: without its concrete type if possible, else ask for that first."""
        known_as = next(iter(place.nodes)).type
        site = place.site(known_as)
        met = self.knowledge.conditions(known_as)
        if all(met.issuperset(p.conditions) and p.name != TYPENAME for p in selection.picks):
            length, cost = len(self.log.changes), self.log.cost
            try:
                return self._plan_site(site, selection)
            except TooDear:
                raise
            except NoWay:
                self.log.undo_to(length, cost)
        deps = self._choose(list(self._type_hops(site)), f"the type of {known_as}")
        return deps | self._plan_concrete(place, selection)

    def _plan_site(self, site: Site, selection: Selection) -> Deps:
        picks = selection.on(self.knowledge.conditions(site.type), site.type)
        deps = NOTHING
        for pick in sorted(picks.values(), key=lambda p: self._freedom(site, p)):
            if pick.name == TYPENAME:
                deps |= self._ask_typename(site.place)
            elif not self._is_common(site, pick):
                deps |= self.plan_field(site, pick)
        return deps

    def _is_common(self, site: Site, pick: Pick) -> bool:
        """Whether just this is asked on the interface already."""
        common = site.place.common.get(pick.key)
        if common is None or common.children is None or pick.children is None:
            return common is not None
        return common.children.picks == pick.children.picks

    def _freedom(self, site: Site, pick: Pick) -> int:
        return len(self.knowledge.homes(site.type, pick.name)) if pick.name != TYPENAME else 0

    def _ask_typename(self, place: Place) -> Deps:
        clear = [node for node in place.nodes if not node.opaque]
        for node in clear:
            if TYPENAME not in node.flags:
                self.log.put(node.flags, TYPENAME, True)
        return frozenset((clear[0].fetch,)) if clear else NOTHING

    # One field: all the ways to it

    def plan_field(self, site: Site, pick: Pick) -> Deps:
        """Reach a field and what is selected below it; returns the fetches that bring it."""
        if pick.key in site.got:
            return site.got[pick.key] | self._plan_below(site, pick)
        if pick.children is None and (deps := self._leaf_at_hand(site, pick)) is not None:
            return deps
        options = list(self._options(site, pick))
        return self._guarded(site, pick, None, options, below=True)

    def _reach_in(self, site: Site, pick: Pick, graph: str) -> Deps:
        """Reach a field, but not what is below it, in one given subgraph."""
        options = list(self._options(site, pick, graph))
        return self._guarded(site, pick, graph, options, below=False)

    def _guarded(
        self, site: Site, pick: Pick, graph: str | None, options: list[Option], *, below: bool
    ) -> Deps:
        token = (site, pick.key, graph)
        if token in self.under_way:
            raise NoWay(f"{site.type}.{pick.name}")
        self.under_way.add(token)
        try:
            if below:
                options = [Option(o.bound, self._with_below(o, site, pick)) for o in options]
            return self._choose(options, f"{site.type}.{pick.name}", pick.children)
        finally:
            self.under_way.discard(token)

    def _with_below(self, option: Option, site: Site, pick: Pick) -> Callable[[], Deps]:
        def take() -> Deps:
            deps = option.take()
            self.log.put(site.got, pick.key, deps)
            return deps | self._plan_below(site, pick)

        return take

    def _plan_below(self, site: Site, pick: Pick) -> Deps:
        if pick.children is None:
            return NOTHING
        return self.plan_place(site.children[pick.key], pick.children)

    def _choose(self, options: list[Option], what: str, below: Selection | None = None) -> Deps:
        """Take the cheapest option: in order of their bounds, until none left can cost less."""
        self._step()
        options.sort(key=lambda option: option.bound)
        best: Taken | None = None
        outer, length, start = self.limit, len(self.log.changes), self.log.cost
        for index, option in enumerate(options):
            steps = self.steps
            if best is not None:
                self.limit = best.cost if outer is None else min(outer, best.cost)
            try:
                deps = option.take()
            except NoWay as error:
                self.log.undo_to(length, start)
                what = str(error) or what if below else what
            else:
                best = Taken(deps, self.log.cost, self.log.undo_to(length, start))
            finally:
                self.limit = outer
                self.spent += self.steps - steps if index else 0
            if best is not None and self._is_enough(best.cost - start, options[index + 1 :]):
                break
        if best is None:
            raise NoWay(what)
        self.log.redo(best.changes, best.cost)
        return best.deps

    def _is_enough(self, cost: int, left: list[Option]) -> bool:
        return not left or cost <= left[0].bound or self.spent >= MOST_SPENT

    def _step(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise PlanTooComplex("The document is too complex to be planned.")

    def _pay(self, cost: int) -> None:
        self.log.cost += cost
        if self.limit is not None and self.log.cost >= self.limit:
            raise TooDear

    def _options(self, site: Site, pick: Pick, graph: str | None = None) -> Iterator[Option]:
        homes = [h for h in self.knowledge.homes(site.type, pick.name) if graph in (None, h.graph)]
        yield from self._at_hand(site, pick, graph)
        if site.place.parent is None or site.type == self.knowledge.supergraph.roots["query"]:
            yield from self._roots(site, pick, homes)
        yield from self._hops(site, pick, homes)
        if graph is None or not self._has_source(site, graph):
            yield from self._by_position(site, pick, homes)

    # Way 1: a fetch that is there already

    def _leaf_at_hand(self, site: Site, pick: Pick) -> Deps | None:
        """The short way for most fields: no other can cost less."""
        for node in site.place.nodes:
            if site.type in node.types and self._answers(node, site.type, pick):
                offer = self.knowledge.offer(site.type, pick, node.fetch.graph)
                if offer is not None:
                    self._ask(site, node, site.type, pick, offer, ())
                    deps = frozenset((node.fetch,))
                    self.log.put(site.got, pick.key, deps)
                    return deps
        return None

    def _sources(self, site: Site) -> Iterator[tuple[Node, str]]:
        for node in list(site.place.nodes):
            if site.type in node.types or site.type == node.type:
                yield node, site.type
            for name in node.types:
                if name != site.type and self._stands_in(node, name, site):
                    yield node, name

    def _stands_in(self, node: Node, name: str, site: Site) -> bool:
        opaque = self.knowledge.is_opaque(name, node.fetch.graph)
        return opaque and name in self.knowledge.conditions(site.type)

    def _has_source(self, site: Site, graph: str) -> bool:
        return any(node.fetch.graph == graph for node, _ in self._sources(site))

    def _at_hand(self, site: Site, pick: Pick, graph: str | None) -> Iterator[Option]:
        for node, name in self._sources(site):
            offer = self.knowledge.offer(name, pick, node.fetch.graph)
            if offer is None or graph not in (None, node.fetch.graph):
                continue
            provided = self._provided(node, name, pick)
            if provided or (offer.stands(self.knowledge.labels) and offer.requires is None):
                # A type's own word on a field comes before an interface object's.
                bound = FIELD_COST if name == site.type else 2 * FIELD_COST
                yield Option(bound, self._asking(site, node, name, pick, offer, provided))

    def _provided(self, node: Node, name: str, pick: Pick) -> tuple[Selection, ...]:
        met = self.knowledge.conditions(name)
        found = [
            s.on(met, name).get(pick.key) or s.on(met, name).get(pick.name) for s in node.provided
        ]
        return tuple(p.children or Selection(()) for p in found if p is not None)

    def _asking(
        self,
        site: Site,
        node: Node,
        name: str,
        pick: Pick,
        offer: Offer,
        provided: tuple[Selection, ...],
    ) -> Callable[[], Deps]:
        def take() -> Deps:
            self._ask(site, node, name, pick, offer, provided)
            return frozenset((node.fetch,))

        return take

    def _ask(
        self,
        site: Site,
        node: Node,
        name: str,
        pick: Pick,
        offer: Offer,
        provided: tuple[Selection, ...],
    ) -> None:
        """Add a field to a fetch, and its position below to the places of the result."""
        self._step()
        if name not in node.bodies:
            self.log.put(node.bodies, name, {})
        body = node.bodies[name]
        ask = body.get(pick.key)
        if ask is None:
            child = None
            if self.knowledge.is_composite(offer.type_name):
                terms = (*provided, *((offer.provides,) if offer.provides else ()))
                child = self._node(node.fetch, offer.type_name, terms)
            ask = Ask(pick, offer.type, child)
            self.log.put(body, pick.key, ask)
            self._pay(FIELD_COST if node.fetch.kind != "entity" else 2 * FIELD_COST)
        if ask.child is not None:
            self._join(site, pick, ask.child)

    def _node(self, fetch: Fetch, type_name: str, provided: tuple[Selection, ...]) -> Node:
        types = dict.fromkeys(self.knowledge.possible(type_name, fetch.graph))
        opaque = self.knowledge.is_opaque(type_name, fetch.graph)
        if not types:
            types = {type_name: None}
        return Node(fetch, type_name, types, opaque, provided)

    def _join(self, site: Site, pick: Pick, child: Node) -> None:
        if pick.key not in site.children:
            declared = self.knowledge.supergraph.types[site.type].fields[pick.name]
            self.log.put(site.children, pick.key, Place(site, pick, declared.type_name))
        place = site.children[pick.key]
        if child not in place.nodes:
            self.log.put(place.nodes, child, None)

    # Way 2: a root field of the operation

    def _roots(self, site: Site, pick: Pick, homes: list[Home]) -> Iterator[Option]:
        for home in homes:
            if home.offer.requires is None and not self._has_source(site, home.graph):
                bound = FETCH_COST + FIELD_COST
                yield Option(bound, self._rooting(site, pick, home))

    def _rooting(self, site: Site, pick: Pick, home: Home) -> Callable[[], Deps]:
        def take() -> Deps:
            kind: FetchKind = self.kind if site.place.parent is None else "query"
            deps = (
                frozenset(node.fetch for node in site.place.nodes) if site.place.parent else NOTHING
            )
            fetch = self._fetch(home.graph, kind, site.place, deps)
            fetch.root = Node(fetch, site.type, {site.type: None})
            self.log.put(site.place.nodes, fetch.root, None)
            self._ask(site, fetch.root, site.type, pick, home.offer, ())
            return frozenset((fetch,))

        return take

    def _fetch(self, graph: str, kind: FetchKind, place: Place, deps: Deps) -> Fetch:
        level = 1 + max((fetch.level for fetch in deps), default=0)
        fetch = Fetch(graph, kind, place, level)
        for earlier in deps:
            fetch.after[earlier] = None
        self.log.put(place.fetches, fetch, None)
        self._pay(FETCH_COST + LEVEL_COST * (level - 1))
        return fetch

    # Way 3: an entity, found in another subgraph by its key

    def _hops(self, site: Site, pick: Pick, homes: list[Home]) -> Iterator[Option]:
        known = frozenset(node.fetch.graph for node, _ in self._sources(site))
        for home in homes:
            entered = any(f.graph == home.graph and f.kind == "entity" for f in site.place.fetches)
            for key in self.knowledge.keys(home.type_name, home.graph):
                distance = self.knowledge.distance(site.type, known, key)
                bound = FIELD_COST if entered else FETCH_COST * distance + FIELD_COST
                yield Option(bound, self._hopping(site, pick, home, key))

    def _hopping(self, site: Site, pick: Pick, home: Home, key: Key) -> Callable[[], Deps]:
        def take() -> Deps:
            deps = self._plan_needs(site, key.fields)
            if home.offer.requires is not None:
                deps |= self._plan_needs(site, home.offer.requires)
            fetch = self._enter(site, home.graph, home.type_name, key, home.offer.requires, deps)
            if home.type_name not in fetch.root.types:
                self.log.put(fetch.root.types, home.type_name, None)
            self._ask(site, fetch.root, home.type_name, pick, home.offer, ())
            return frozenset((fetch,))

        return take

    def _plan_needs(self, site: Site, selection: Selection) -> Deps:
        """Reach what a representation has to hold, and the type if it can be one of several."""
        deps = self._plan_site(site, selection)
        if self.knowledge.is_abstract(site.place.type) and not self._typed_by(site, deps):
            deps |= self._ask_typename(site.place)
        return deps

    def _typed_by(self, site: Site, deps: Deps) -> bool:
        return any(node.fetch in deps and not node.opaque for node in site.place.nodes)

    def _enter(
        self,
        site: Site,
        graph: str,
        known_as: str,
        key: Key,
        requires: Selection | None,
        deps: Deps,
    ) -> Fetch:
        """An entity fetch that can wait for `deps` and take this representation."""
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
        self.log.put(site.place.nodes, fetch.root, None)
        fetch.representations[site.type] = Representation(known_as, (key,), wants)
        return fetch

    def _extend(self, fetch: Fetch, site: Site, joined: Representation, deps: Deps) -> None:
        self.log.put(fetch.representations, site.type, joined)
        for earlier in deps:
            if earlier not in fetch.after:
                self.log.put(fetch.after, earlier, None)

    def _type_hops(self, site: Site) -> Iterator[Option]:
        """Ways from an interface object to a subgraph that knows its concrete type."""
        type_ = self.knowledge.supergraph.types[site.type]
        for graph, members in type_.members.items():
            for key in self.knowledge.keys(site.type, graph):
                bound = FETCH_COST - len(members)
                yield Option(bound, self._type_hopping(site, graph, key))

    def _type_hopping(self, site: Site, graph: str, key: Key) -> Callable[[], Deps]:
        def take() -> Deps:
            deps = self._plan_site(site, key.fields)
            fetch = self._enter(site, graph, site.type, key, None, deps)
            for member in self.knowledge.possible(site.type, graph):
                self.log.put(fetch.root.types, member, None)
            self.log.put(fetch.root.flags, TYPENAME, True)
            return frozenset((fetch,))

        return take

    # Way 4: the same position in another subgraph's answer to the parent field

    def _by_position(self, site: Site, pick: Pick, homes: list[Home]) -> Iterator[Option]:
        parent, through = site.place.parent, site.place.pick
        if parent is None or through is None or self._runs_once(parent):
            return
        if self.knowledge.is_abstract(site.place.type) and not self._narrowed(pick):
            return
        for home in homes:
            offer = self.knowledge.offer(parent.type, through, home.graph)
            if offer is None or home.offer.requires is not None or home.type_name != site.type:
                continue
            if site.type in self.knowledge.possible(offer.type_name, home.graph):
                yield Option(BY_POSITION_COST, self._positioning(site, pick, home, parent, through))

    def _narrowed(self, pick: Pick) -> bool:
        return any(not self.knowledge.is_abstract(name) for name in pick.conditions)

    def _runs_once(self, parent: Site) -> bool:
        return parent.place.parent is None and self.kind != "query"

    def _positioning(
        self, site: Site, pick: Pick, home: Home, parent: Site, through: Pick
    ) -> Callable[[], Deps]:
        def take() -> Deps:
            if not self._has_source(site, home.graph):
                self._reach_in(parent, through, home.graph)
            self._pay(BY_POSITION_COST - FETCH_COST)
            for node, name in self._sources(site):
                if node.fetch.graph == home.graph and name == home.type_name:
                    self._ask(site, node, name, pick, home.offer, ())
                    return frozenset((node.fetch,))
            raise NoWay(f"{site.type}.{pick.name}")

        return take


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

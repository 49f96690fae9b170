"""The search for a plan: from selections to single fields, each reached at the least cost."""

from __future__ import annotations

from collections.abc import Callable

from gateway.planning.choosing import NOTHING, Choice, Deps, NoWay, Option
from gateway.planning.draft import FetchKind, Node, Place, Site
from gateway.planning.drafting import Drafting
from gateway.planning.knowledge import Knowledge
from gateway.planning.ways import Ways
from gateway.supergraph.field_sets import TYPENAME, Pick, Selection


class Search:
    """Builds one draft, whose operation is of the given kind."""

    def __init__(self, knowledge: Knowledge, kind: FetchKind, choice: Choice) -> None:
        self._knowledge = knowledge
        self._choice = choice
        self._drafting = Drafting(knowledge, choice)
        self._ways = Ways(self._drafting, self, kind)
        self._under_way: set[tuple[Site, str, str | None]] = set()

    # Places: what is selected where a value may have several types

    def plan_place(self, place: Place, selection: Selection) -> Deps:
        """Reach everything selected at a place; returns the fetches that bring it."""
        if not self._knowledge.is_abstract(place.type):
            return self._plan_site(place.site(place.type), selection)
        if place.nodes and all(self._drafting.is_opaque(node) for node in place.nodes):
            return self._plan_opaque(place, selection)
        return self._plan_concrete(place, selection)

    def _plan_concrete(self, place: Place, selection: Selection) -> Deps:
        """For each type that the value may have, after what is the same for all of them."""
        deps = self._drafting.ask_typename(place)
        clear = [node for node in place.nodes if not self._drafting.is_opaque(node)]
        if common := self._common(clear, selection):
            site = place.site(clear[0].type)
            deps |= self._choice.attempt(lambda: self._plan_common(site, common)) or NOTHING
        concrete = dict.fromkeys(name for node in clear for name in node.types)
        for type_name in concrete or (place.type,):
            deps |= self._plan_site(place.site(type_name), selection)
        return deps

    def _common(self, nodes: list[Node], selection: Selection) -> list[Pick]:
        """What the only subgraph here can answer for the interface as well as for each type."""
        if len(nodes) != 1 or len(nodes[0].types) < 2 or nodes[0].type == "_Entity":
            return []
        node = nodes[0]
        names = (node.type, *node.types)
        picks = selection.on(self._knowledge.conditions(node.type), node.type).values()
        return [
            pick
            for pick in picks
            if pick.name != TYPENAME
            and all(self._drafting.answers(node, name, pick) for name in names)
        ]

    def _plan_common(self, site: Site, picks: list[Pick]) -> Deps:
        """Ask on the interface itself: types that do not matter are not told apart."""
        deps = NOTHING
        for pick in picks:
            deps |= self._plan_field(site, pick)
            self._choice.put(site.place.common, pick.key, pick)
        return deps

    def _plan_opaque(self, place: Place, selection: Selection) -> Deps:
        """At an interface object: without the concrete type if possible, else after asking it."""
        known_as = next(node.type for node in place.nodes if node.opaque)
        site = place.site(known_as)
        met = self._knowledge.conditions(known_as)
        if all(met.issuperset(p.conditions) and p.name != TYPENAME for p in selection.picks):
            deps = self._choice.attempt(lambda: self._plan_site(site, selection))
            if deps is not None:
                return deps
        typed = self._choice.among(self._ways.to_type(site), f"the type of {known_as}")
        return typed | self._plan_concrete(place, selection)

    # Sites: what is selected on one concrete type

    def _plan_site(self, site: Site, selection: Selection) -> Deps:
        """The fields with the fewest homes first: where they lead, others may follow for free."""
        picks = selection.on(self._knowledge.conditions(site.type), site.type)
        deps = NOTHING
        for pick in sorted(picks.values(), key=lambda p: self._freedom(site, p)):
            if pick.name == TYPENAME:
                deps |= self._drafting.ask_typename(site.place)
            elif not self._is_common(site, pick):
                deps |= self._plan_field(site, pick)
        return deps

    def _freedom(self, site: Site, pick: Pick) -> int:
        return len(self._knowledge.homes(site.type, pick.name)) if pick.name != TYPENAME else 0

    def _is_common(self, site: Site, pick: Pick) -> bool:
        """Whether just this is asked on the interface already."""
        common = site.place.common.get(pick.key)
        if common is None or common.children is None or pick.children is None:
            return common is not None
        return common.children.picks == pick.children.picks

    def plan_needs(self, site: Site, selection: Selection) -> Deps:
        """Reach what a representation has to hold, and the type if it can be one of several."""
        deps = self._plan_site(site, selection)
        nodes = [n for n in site.place.nodes if n.fetch in deps]
        typed = any(not self._drafting.is_opaque(node) for node in nodes)
        if self._knowledge.is_abstract(site.place.type) and not typed:
            deps |= self._drafting.ask_typename(site.place)
        return deps

    # Fields: the cheapest way to each

    def _plan_field(self, site: Site, pick: Pick) -> Deps:
        """Reach a field and what is selected below it."""
        if pick.key in site.got:
            return site.got[pick.key] | self._plan_below(site, pick)
        if pick.children is None:
            deps = self._drafting.leaf_at_hand(site, pick)
            if deps is not None:
                return deps
        options = [
            Option(option.bound, self._with_below(option, site, pick))
            for option in self._ways.to(site, pick)
        ]
        return self._guarded(site, pick, None, options)

    def reach_in(self, site: Site, pick: Pick, graph: str) -> Deps:
        """Reach a field, but not what is below it, in one given subgraph."""
        return self._guarded(site, pick, graph, self._ways.to(site, pick, graph))

    def _guarded(self, site: Site, pick: Pick, graph: str | None, options: list[Option]) -> Deps:
        """Choose, unless the same is being chosen already: a way must not need itself."""
        what, token = f"{site.type}.{pick.name}", (site, pick.key, graph)
        if token in self._under_way:
            raise NoWay(what)
        self._under_way.add(token)
        try:
            return self._choice.among(options, what, deep=pick.children is not None)
        finally:
            self._under_way.discard(token)

    def _with_below(self, option: Option, site: Site, pick: Pick) -> Callable[[], Deps]:
        def take() -> Deps:
            deps = option.take()
            self._choice.put(site.got, pick.key, deps)
            return deps | self._plan_below(site, pick)

        return take

    def _plan_below(self, site: Site, pick: Pick) -> Deps:
        if pick.children is None:
            return NOTHING
        return self.plan_place(site.children[pick.key], pick.children)

"""Look-ups in the supergraph that the search asks over and over."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.supergraph import Supergraph
from gateway.supergraph.field_sets import TYPENAME, Pick, Selection
from gateway.supergraph.model import Key, Offer

UNREACHABLE = 100


@dataclass(frozen=True, slots=True)
class Home:
    """A subgraph that answers a field, and the name of the field's type there."""

    graph: str
    type_name: str
    offer: Offer


@dataclass(eq=False)
class Knowledge:
    supergraph: Supergraph
    labels: frozenset[str]
    _homes: dict[tuple[str, str], tuple[Home, ...]] = field(default_factory=dict)
    _distances: dict[tuple[str, frozenset[str]], Mapping[str, int]] = field(default_factory=dict)

    def conditions(self, type_name: str) -> frozenset[str]:
        return self.supergraph.conditions_met_by(type_name)

    def is_abstract(self, type_name: str) -> bool:
        return self.supergraph.types[type_name].is_abstract

    def is_composite(self, type_name: str) -> bool:
        type_ = self.supergraph.types.get(type_name)
        return type_ is not None and type_.kind != "leaf"

    def is_opaque(self, type_name: str, graph: str) -> bool:
        """Whether the subgraph knows the interface only as an object of its own."""
        return graph in self.supergraph.types[type_name].interface_object_in

    def possible(self, type_name: str, graph: str) -> tuple[str, ...]:
        """The concrete types that a subgraph may answer with where it declares `type_name`."""
        type_ = self.supergraph.types[type_name]
        if not type_.is_abstract or graph in type_.interface_object_in:
            return (type_name,)
        return tuple(dict.fromkeys(type_.members.get(graph, ())))

    def offer(self, type_name: str, pick: Pick, graph: str) -> Offer | None:
        declared = self.supergraph.types[type_name].fields.get(pick.name)
        return declared.offers.get(graph) if declared else None

    def homes(self, type_name: str, name: str) -> tuple[Home, ...]:
        """Who answers a field of a concrete type: its own subgraphs, and interface objects."""
        known = self._homes.get((type_name, name))
        if known is None:
            known = self._homes[type_name, name] = tuple(self._find_homes(type_name, name))
        return known

    def _find_homes(self, type_name: str, name: str) -> Iterator[Home]:
        types = self.supergraph.types
        for known_as in (type_name, *sorted(types[type_name].all_interfaces)):
            declared = types[known_as].fields.get(name)
            for graph, offer in declared.offers.items() if declared else ():
                stands_in = graph in types[known_as].interface_object_in
                if offer.stands(self.labels) and (known_as == type_name or stands_in):
                    yield Home(graph, known_as, offer)

    def keys(self, type_name: str, graph: str) -> list[Key]:
        found = self.supergraph.types[type_name].keys.get(graph, ())
        return [key for key in found if key.resolvable]

    def distance(self, type_name: str, known: frozenset[str], key: Key) -> int:
        """How many hops lead from the known subgraphs through this key, at the least."""
        distances = self._distances.get((type_name, known))
        if distances is None:
            distances = self._distances[type_name, known] = self._measure(type_name, known)
        return 1 + max(
            (self._nearest(type_name, pick, distances) for pick in key.fields.picks), default=0
        )

    def _nearest(self, type_name: str, pick: Pick, distances: Mapping[str, int]) -> int:
        if pick.name == TYPENAME:
            return 0
        homes = self.homes(type_name, pick.name)
        return min((distances.get(h.graph, UNREACHABLE) for h in homes), default=UNREACHABLE)

    def _measure(self, type_name: str, known: frozenset[str]) -> Mapping[str, int]:
        """Breadth first from the known subgraphs, entering others by keys of known fields."""
        interfaces = self.supergraph.types[type_name].all_interfaces
        entrances = [
            (graph, key.fields)
            for known_as in (type_name, *interfaces)
            for graph in self.supergraph.types[known_as].keys
            for key in self.keys(known_as, graph)
        ]
        distances = dict.fromkeys(known, 0)
        while True:
            entered = {
                graph
                for graph, fields in entrances
                if graph not in distances and self._are_known(type_name, fields, distances)
            }
            if not entered:
                return distances
            farthest = 1 + max(distances.values(), default=0)
            distances.update(dict.fromkeys(entered, farthest))

    def _are_known(self, type_name: str, fields: Selection, graphs: Mapping[str, int]) -> bool:
        return all(
            pick.name == TYPENAME
            or any(home.graph in graphs for home in self.homes(type_name, pick.name))
            for pick in fields.picks
        )

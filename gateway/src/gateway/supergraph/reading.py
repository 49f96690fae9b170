"""From the text of a supergraph file to the model: the join specification's directives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Self

from graphql import (
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    SchemaDefinitionNode,
    UnionTypeDefinitionNode,
    print_ast,
    specified_scalar_types,
)

from gateway.supergraph.directives import uses_of
from gateway.supergraph.field_sets import Pick, Selection, parse_field_set
from gateway.supergraph.model import Field, Key, Offer, Subgraph, SupergraphInvalid, Type

Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode


@dataclass
class Reading:
    """A supergraph file while it is read: `subgraphs` by their name in the join__Graph enum."""

    subgraphs: dict[str, Subgraph] = field(default_factory=dict)
    types: dict[str, Type] = field(default_factory=dict)
    roots: dict[str, str] = field(default_factory=dict)
    graphs_of: dict[str, list[str]] = field(default_factory=dict)
    extensions: set[tuple[str, str]] = field(default_factory=set)
    unsaid: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, document: DocumentNode) -> Self:
        reading = cls()
        reading._read_subgraphs(document)
        reading._read_roots(document)
        for node in document.definitions:
            reading._read_type(node)
        for node in document.definitions:
            if isinstance(node, Composite):
                reading._read_members(node)
        for node in document.definitions:
            if isinstance(node, UnionTypeDefinitionNode):
                reading._read_union(node)
            elif isinstance(node, Composite):
                reading._read_fields(node)
        return reading

    @property
    def override_labels(self) -> frozenset[str]:
        fields = (f for t in self.types.values() for f in t.fields.values())
        return frozenset(o.label for f in fields for o in f.offers.values() if o.label)

    def _read_subgraphs(self, document: DocumentNode) -> None:
        for node in document.definitions:
            if isinstance(node, EnumTypeDefinitionNode) and node.name.value == "join__Graph":
                for value in node.values or ():
                    for use in uses_of(value, "join__graph"):
                        graph = Subgraph(use.get("name", value.name.value), use.get("url") or "")
                        self.subgraphs[value.name.value] = graph
        if not self.subgraphs:
            raise SupergraphInvalid(
                "The supergraph names no subgraph: enum join__Graph with @join__graph is missing."
            )

    def _read_roots(self, document: DocumentNode) -> None:
        names = {d.name.value for d in document.definitions if isinstance(d, Composite)}
        for node in document.definitions:
            if isinstance(node, SchemaDefinitionNode):
                for operation in node.operation_types or ():
                    self.roots[operation.operation.value] = operation.type.name.value
        if not self.roots:
            conventional = {
                kind: kind.capitalize() for kind in ("query", "mutation", "subscription")
            }
            self.roots = {kind: name for kind, name in conventional.items() if name in names}
        for kind, name in self.roots.items():
            if name not in names:
                raise SupergraphInvalid(f"The schema's {kind} type {name} is not defined.")
        if "query" not in self.roots:
            raise SupergraphInvalid("The supergraph has no query type.")

    def _graph(self, enum_value: Any, where: str) -> str:
        try:
            return self.subgraphs[enum_value].name
        except KeyError:
            raise SupergraphInvalid(
                f"{where} names the subgraph {enum_value}, which join__Graph does not hold."
            ) from None

    def _read_type(self, node: object) -> None:
        match node:
            case ObjectTypeDefinitionNode():
                type_ = Type(node.name.value, "object")
            case InterfaceTypeDefinitionNode():
                type_ = Type(node.name.value, "interface")
            case UnionTypeDefinitionNode():
                type_ = Type(node.name.value, "union")
            case EnumTypeDefinitionNode():
                values = frozenset(v.name.value for v in node.values or ())
                type_ = Type(node.name.value, "leaf", enum_values=values)
            case ScalarTypeDefinitionNode():
                type_ = Type(node.name.value, "leaf")
            case _:
                return
        self.types[type_.name] = type_
        self._read_keys(node, type_)

    def _read_keys(self, node: Any, type_: Type) -> None:
        graphs: dict[str, None] = {}
        for use in uses_of(node, "join__type"):
            graph = self._graph(use.get("graph"), type_.name)
            graphs[graph] = None
            if use.get("isInterfaceObject"):
                type_.interface_object_in.add(graph)
            if use.get("extension"):
                self.extensions.add((type_.name, graph))
            if use.get("key"):
                key = _field_set(use["key"], f"The key of {type_.name} in {graph}")
                resolvable = use.get("resolvable", True)
                type_.keys.setdefault(graph, []).append(Key(key, use["key"], resolvable))
        # Before join v0.2 a type without a subgraph is a value type that all of them share.
        everywhere = [graph.name for graph in self.subgraphs.values()]
        self.graphs_of[type_.name] = list(graphs) or everywhere

    def _read_members(self, node: Composite) -> None:
        """Note which interfaces a type implements, and where."""
        type_ = self.types[node.name.value]
        joined = list(uses_of(node, "join__implements"))
        claims = [(self._graph(u.get("graph"), type_.name), u.get("interface")) for u in joined]
        if not claims:
            claims = [
                (graph, interface.name.value)
                for interface in node.interfaces or ()
                for graph in self.graphs_of[type_.name]
            ]
        for graph, interface in claims:
            self._implement(type_, graph, interface)

    def _implement(self, type_: Type, graph: str, interface: Any) -> None:
        if interface not in self.types or self.types[interface].kind != "interface":
            raise SupergraphInvalid(f"{type_.name} implements {interface}, which is no interface.")
        type_.interfaces.setdefault(graph, set()).add(interface)
        if type_.kind == "object" and graph in self.graphs_of[interface]:
            self.types[interface].members.setdefault(graph, []).append(type_.name)

    def _read_union(self, node: UnionTypeDefinitionNode) -> None:
        type_ = self.types[node.name.value]
        uses = list(uses_of(node, "join__unionMember"))
        claims = [(self._graph(u.get("graph"), type_.name), u.get("member")) for u in uses]
        if not claims:
            claims = [
                (graph, member.name.value)
                for member in node.types or ()
                for graph in self.graphs_of[type_.name]
                if graph in self.graphs_of.get(member.name.value, ())
            ]
        for graph, member in claims:
            if member not in self.types:
                raise SupergraphInvalid(f"Union {type_.name} has the unknown member {member}.")
            type_.members.setdefault(graph, []).append(member)

    def _read_fields(self, node: Composite) -> None:
        type_ = self.types[node.name.value]
        owners = [self._graph(u.get("graph"), type_.name) for u in uses_of(node, "join__owner")]
        homes = owners or self.graphs_of[type_.name]
        for definition in node.fields or ():
            type_.fields[definition.name.value] = self._field(type_, definition, homes)
        for graph, keys in type_.keys.items():
            for key in keys:
                self._offer_key_fields(type_, graph, key.fields.picks)
        for made in type_.fields.values():
            for graph, offer in made.offers.items():
                self._take_back_required(type_, graph, offer)

    def _field(self, type_: Type, node: FieldDefinitionNode, homes: list[str]) -> Field:
        where = f"{type_.name}.{node.name.value}"
        printed = print_ast(node.type)
        made = Field(node.name.value, printed, _bare(printed))
        if made.type_name not in self.types and made.type_name not in specified_scalar_types:
            raise SupergraphInvalid(f"{where} has the unknown type {made.type_name}.")
        uses = list(uses_of(node, "join__field"))
        if not uses:
            self.unsaid.add((type_.name, made.name))
            made.offers = {graph: Offer(printed, made.type_name) for graph in homes}
        for use in uses:
            if use.get("graph") is not None:
                graph = self._graph(use["graph"], where)
                made.offers[graph] = _offer(use, printed, f"{where} in {graph}")
        return made

    def _offer_key_fields(self, type_: Type, graph: str, picks: Iterable[Pick]) -> None:
        """A subgraph answers its own key: implied before join v0.2, and for type extensions."""
        for pick in picks:
            if pick.name not in type_.fields:
                raise SupergraphInvalid(
                    f"The key of {type_.name} in {graph} holds {pick.name}, which the type has not."
                )
            owner = type_.fields[pick.name]
            known = owner.offers.get(graph)
            if known is None or (known.external and (type_.name, graph) in self.extensions):
                owner.offers[graph] = Offer(owner.type, owner.type_name)

    def _take_back_required(self, type_: Type, graph: str, offer: Offer) -> None:
        """A subgraph does not answer what it requires, also where composition forgot to say so."""
        in_keys = {p.name for key in type_.keys.get(graph, ()) for p in key.fields.picks}
        for pick in offer.requires.picks if offer.requires else ():
            if (type_.name, pick.name) not in self.unsaid or pick.name in in_keys:
                continue
            offers = type_.fields[pick.name].offers
            if graph in offers:
                offers[graph] = replace(offers[graph], external=True)


def _offer(use: dict[str, Any], printed: str, where: str) -> Offer:
    type_ = use.get("type") or printed
    requires, provides = use.get("requires"), use.get("provides")
    return Offer(
        type=type_,
        type_name=_bare(type_),
        external=bool(use.get("external") or use.get("usedOverridden")),
        requires=_field_set(requires, f"@requires of {where}") if requires else None,
        provides=_field_set(provides, f"@provides of {where}") if provides else None,
        label=use.get("overrideLabel"),
        overrides=bool(use.get("override")),
    )


def _field_set(text: str, where: str) -> Selection:
    try:
        return parse_field_set(text)
    except ValueError as error:
        raise SupergraphInvalid(f"{where}: {error}.") from error


def _bare(printed: str) -> str:
    return printed.strip("[]!")

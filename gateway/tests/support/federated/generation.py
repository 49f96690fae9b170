"""Federations made at random: subgraph SDLs that most often compose, with every directive."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key",'
    ' "@shareable", "@external", "@requires", "@provides", "@interfaceObject", "@override"])\n'
)
KEYS = ("id", "id", "id", "code", "id code", "tag { id }")
KEY_FIELDS = {"id": "id: ID!", "code": "code: ID!", "tag": "tag: Tag!"}
SHARED_TYPES = {
    "Tag": "type Tag @shareable { id: ID! plainTag: String }",
    "Part": "type Part @shareable { plainOne: String plainTwo: String }",
}


@dataclass
class Draft:
    """Type bodies by subgraph: `fields[graph][type]` holds field texts by name."""

    random: Random
    graphs: list[str]
    cautious: bool
    fields: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    heads: dict[str, dict[str, str]] = field(default_factory=dict)
    others: dict[str, dict[str, str]] = field(default_factory=dict)
    homes: dict[str, list[str]] = field(default_factory=dict)
    plain: dict[str, dict[str, str]] = field(default_factory=dict)

    def put(self, graph: str, type_name: str, name: str, text: str) -> None:
        self.fields.setdefault(graph, {}).setdefault(type_name, {}).setdefault(name, text)

    def has(self, graph: str, type_name: str, name: str) -> bool:
        return name in self.fields.get(graph, {}).get(type_name, {})

    def share(self, graph: str, type_name: str) -> None:
        self.others.setdefault(graph, {})[type_name] = SHARED_TYPES[type_name]

    def sdl(self, graph: str) -> str:
        texts = [LINK, *self.others.get(graph, {}).values()]
        for type_name, fields in self.fields.get(graph, {}).items():
            head = self.heads.get(graph, {}).get(type_name, f"type {type_name}")
            texts.append(f"{head} {{\n  " + "\n  ".join(fields.values()) + "\n}")
        return "\n".join(texts)


def make_federation(seed: int, *, cautious: bool = False) -> dict[str, str]:
    """Subgraph name to SDL; the same for the same seed.

    Cautious federations leave out what peers are known to answer wrongly: required fields that
    the client asks for with other arguments, and interface objects of types that are known.
    """
    random = Random(seed)
    draft = Draft(random, ["a", "b", "c", "d"][: random.randint(2, 4)], cautious)
    entities = [f"Entity{n}" for n in range(random.randint(2, 4))]
    for name in entities:
        _place_entity(draft, name)
    if random.random() < 0.7:
        _add_interface(draft, entities[:2])
    for name in entities:
        _add_plain_fields(draft, name)
    for name in entities:
        _add_references(draft, name, entities)
        _add_requirements(draft, name)
    for graph in draft.graphs:
        _add_view(draft, graph, entities)
    _add_value(draft, entities)
    _add_union(draft, entities)
    _add_roots(draft, entities)
    return {graph: draft.sdl(graph) for graph in draft.graphs if graph in draft.fields}


def _place_entity(draft: Draft, name: str) -> None:
    random = draft.random
    homes = random.sample(draft.graphs, random.randint(1, len(draft.graphs)))
    draft.homes[name] = homes
    for graph in homes:
        keys = random.sample(KEYS, 2) if random.random() < 0.3 else [random.choice(KEYS)]
        directives = " ".join(f'@key(fields: "{key}")' for key in dict.fromkeys(keys))
        draft.heads.setdefault(graph, {})[name] = f"type {name} {directives}"
        for key in keys:
            for part, text in KEY_FIELDS.items():
                if part in key.replace("{ id }", "").split():
                    draft.put(graph, name, part, text)
                    if part == "tag":
                        draft.share(graph, "Tag")


def _add_interface(draft: Draft, members: list[str]) -> None:
    """An interface entity in one subgraph, perhaps an interface object in another."""
    homes = [g for g in draft.graphs if all(g in draft.homes[name] for name in members)]
    if not homes:
        return
    home = homes[0]
    draft.heads[home]["Named"] = 'interface Named @key(fields: "id")'
    draft.put(home, "Named", "id", "id: ID!")
    draft.put(home, "Named", "plainNamed", "plainNamed: String")
    for name in members:
        head = draft.heads[home][name].replace(f"type {name}", f"type {name} implements Named")
        if '"id")' not in head:
            head += ' @key(fields: "id")'
        draft.heads[home][name] = head
        draft.put(home, name, "id", "id: ID!")
        draft.put(home, name, "plainNamed", "plainNamed: String")
    draft.homes["Named"] = [home]
    strangers = [g for g in draft.graphs if not any(g in draft.homes[name] for name in members)]
    if strangers and not draft.cautious:
        graph = strangers[0]
        head = 'type Named @key(fields: "id") @interfaceObject'
        draft.heads.setdefault(graph, {})["Named"] = head
        draft.put(graph, "Named", "id", "id: ID!")
        draft.put(graph, "Named", "plainOpaque", "plainOpaque: String")
        draft.homes["Named"].append(graph)


def _add_plain_fields(draft: Draft, name: str) -> None:
    random = draft.random
    for number in range(random.randint(1, 4)):
        owners = random.sample(
            draft.homes[name], min(len(draft.homes[name]), random.choice([1, 1, 2]))
        )
        field_name = f"plain{number}"
        arguments = "(n: Int, s: String)" if random.random() < 0.25 and not draft.cautious else ""
        moved = len(owners) > 1 and random.random() < 0.3
        for graph in owners:
            how = " @shareable" if len(owners) > 1 and not moved else ""
            if moved and graph is owners[1]:
                how = f' @override(from: "{owners[0]}")'
            draft.put(graph, name, field_name, f"{field_name}{arguments}: String{how}")
        draft.plain.setdefault(name, {})[field_name] = arguments
    if random.random() < 0.4:
        graph = random.choice(draft.homes[name])
        draft.put(graph, name, "part", "part: Part")
        draft.share(graph, "Part")
        draft.plain[name]["part"] = "{"


def _add_references(draft: Draft, name: str, entities: list[str]) -> None:
    random = draft.random
    for number in range(random.randint(0, 3)):
        graph = random.choice(draft.homes[name])
        here = [e for e in (*entities, "Named") if graph in draft.homes.get(e, ())]
        target = random.choice(here)
        type_ = random.choice([target, target, f"[{target}]", f"[{target}!]!"])
        provides = _provided(draft, graph, target) if random.random() < 0.4 else ""
        draft.put(graph, name, f"ref{number}", f"ref{number}: {type_}{provides}")


def _foreign_fields(draft: Draft, graph: str, name: str) -> list[str]:
    """Plain fields of a type that other subgraphs have, and this one has not."""
    return [f for f in draft.plain.get(name, {}) if not draft.has(graph, name, f)]


def _make_external(draft: Draft, graph: str, name: str, wanted: str) -> None:
    if wanted == "part":
        draft.share(graph, "Part")
        draft.put(graph, name, "part", "part: Part @external")
    else:
        arguments = draft.plain[name][wanted]
        draft.put(graph, name, wanted, f"{wanted}{arguments}: String @external")


def _provided(draft: Draft, graph: str, target: str) -> str:
    foreign = [f for f in _foreign_fields(draft, graph, target) if not draft.plain[target][f]]
    if not foreign:
        return ""
    wanted = draft.random.choice(foreign)
    _make_external(draft, graph, target, wanted)
    return f' @provides(fields: "{wanted}")'


def _add_requirements(draft: Draft, name: str) -> None:
    random = draft.random
    for number in range(random.randint(0, 2)):
        graph = random.choice(draft.homes[name])
        foreign = _foreign_fields(draft, graph, name)
        if not foreign:
            continue
        wanted = random.choice(foreign)
        selected = wanted
        if draft.plain[name][wanted] == "{":
            selected = random.choice(["part { plainOne }", "part { plainOne plainTwo }"])
        elif draft.plain[name][wanted]:
            selected = f"{wanted}(n: {number})"
        _make_external(draft, graph, name, wanted)
        text = f'needs{graph}{number}: String @requires(fields: "{selected}")'
        draft.put(graph, name, f"needs{graph}{number}", text)


def _add_view(draft: Draft, graph: str, entities: list[str]) -> None:
    """An interface of one subgraph, over types whose fields others may own."""
    random = draft.random
    members = [e for e in entities if graph in draft.homes[e] and random.random() < 0.7]
    texts = [draft.fields[graph][name] for name in members]
    common = [f for f in (texts[0] if texts else {}) if all(f in fields for fields in texts)]
    types = {f: {fields[f].split("@")[0].strip() for fields in texts} for f in common}
    alike = [f for f in common if len(types[f]) == 1 and random.random() < 0.8]
    if not alike:
        return
    view = f"View{graph.upper()}"
    for name in alike:
        draft.put(graph, view, name, types[name].pop())
    draft.heads[graph][view] = f"interface {view}"
    for name in members:
        head = draft.heads[graph][name]
        words = f"implements {view} & " if " implements " in head else f"implements {view} "
        draft.heads[graph][name] = (
            head.replace("implements ", words, 1)
            if " implements " in head
            else head.replace("@key", f"{words}@key", 1)
        )
    draft.put(graph, "Query", f"view{graph}", f"view{graph}: {view}")
    draft.put(graph, "Query", f"views{graph}", f"views{graph}: [{view}!]")


def _add_value(draft: Draft, entities: list[str]) -> None:
    """A type without a key, of which every subgraph knows another part: merged by position."""
    random = draft.random
    graphs = random.sample(draft.graphs, 2)
    nested = random.random() < 0.4
    for number, graph in enumerate(graphs):
        draft.put(graph, "Value", "plainShared", "plainShared: String @shareable")
        draft.put(graph, "Value", f"plainOnly{number}", f"plainOnly{number}: String")
        if nested:
            draft.put(graph, "Value", "within", "within: Value @shareable")
        draft.put(graph, "Query", "value", "value: Value @shareable")
        draft.put(graph, "Query", "values", "values(of: Int): [Value!] @shareable")
    for name in entities:
        homes = [g for g in graphs if g in draft.homes[name]]
        if len(homes) == 2 and random.random() < 0.5:
            for graph in homes:
                draft.put(graph, name, "worth", "worth: Value @shareable")


def _add_union(draft: Draft, entities: list[str]) -> None:
    graph = draft.random.choice(draft.graphs)
    members = [e for e in entities if graph in draft.homes[e]]
    if members:
        draft.others.setdefault(graph, {})["Either"] = f"union Either = {' | '.join(members)}"
        draft.put(graph, "Query", "either", "either: Either")
        draft.put(graph, "Query", "eithers", "eithers: [Either!]!")


def _add_roots(draft: Draft, entities: list[str]) -> None:
    random = draft.random
    for graph in draft.graphs:
        for name in (*entities, "Named"):
            if graph in draft.homes.get(name, ()) and random.random() < 0.5:
                root = f"{graph}{name}"
                draft.put(graph, "Query", f"{root}One", f"{root}One(of: Int): {name}")
                draft.put(graph, "Query", f"{root}Many", f"{root}Many: [{name}]")
    for name in entities:
        if len(draft.homes[name]) > 1 and random.random() < 0.4:
            for graph in draft.homes[name][:2]:
                text = f"shared{name}: {name} @shareable"
                draft.put(graph, "Query", f"shared{name}", text)
    if not any("Query" in types for types in draft.fields.values()):
        home = draft.homes[entities[0]][0]
        draft.put(home, "Query", "first", f"first: {entities[0]}")

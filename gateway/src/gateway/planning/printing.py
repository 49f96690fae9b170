"""The GraphQL text of a fetch, and the aliases it needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.planning.draft import Ask, Fetch, Node
from gateway.planning.knowledge import Knowledge
from gateway.planning.plan import Rename
from gateway.supergraph.field_sets import TYPENAME

Bodies = Mapping[str, Mapping[str, Ask]]


@dataclass
class Printer:
    """Prints one fetch; `variables` and `renames` are known once it has been printed."""

    knowledge: Knowledge
    fetch: Fetch
    variables: set[str] = field(default_factory=set)
    renames: list[Rename] = field(default_factory=list)

    def query(self, definitions: Mapping[str, str]) -> str:
        body = self._node(self.fetch.root, ())
        used = [text for name, text in definitions.items() if name in self.variables]
        if self.fetch.kind == "entity":
            head = ", ".join(("$representations: [_Any!]!", *used))
            return f"query({head}) {{ _entities(representations: $representations) {body} }}"
        head = f"({', '.join(used)})" if used else ""
        if self.fetch.kind == "query" and not head:
            return body
        return f"{self.fetch.kind}{head} {body}"

    def _node(self, node: Node, path: tuple[str, ...]) -> str:
        bodies = {name: body for name, body in node.bodies.items() if body}
        aliases = self._aliases(bodies, path)
        printed = {
            name: {key: self._ask(ask, aliases[name, key], path) for key, ask in body.items()}
            for name, body in bodies.items()
        }
        parts = [TYPENAME] if TYPENAME in node.flags else []
        parts += self._fold(node, bodies, printed)
        return f"{{ {' '.join(parts or [TYPENAME])} }}"

    def _ask(self, ask: Ask, alias: str, path: tuple[str, ...]) -> str:
        self.variables |= ask.pick.variables
        label = "" if alias == ask.pick.name else f"{alias}: "
        text = f"{label}{ask.pick.name}{ask.pick.arguments}"
        return text if ask.child is None else f"{text} {self._node(ask.child, (*path, alias))}"

    def _aliases(self, bodies: Bodies, path: tuple[str, ...]) -> dict[tuple[str, str], str]:
        """A field goes by its key, unless another type has it in a shape that cannot be merged."""
        aliases: dict[tuple[str, str], str] = {}
        holders: dict[str, list[Ask]] = {}
        for name, body in bodies.items():
            for key, ask in body.items():
                earlier = holders.setdefault(key, [])
                if any(_clash(ask, other) for other in earlier):
                    aliases[name, key] = f"{key}__{name}"
                    self.renames.append(Rename(path, f"{key}__{name}", key))
                else:
                    aliases[name, key] = key
                    earlier.append(ask)
        return aliases

    def _fold(
        self, node: Node, bodies: Bodies, printed: Mapping[str, Mapping[str, str]]
    ) -> list[str]:
        """What every possible type is asked alike is asked before the fragments."""
        direct = list(printed[node.type].values()) if node.type in printed else []
        shared = self._shared(node, bodies, printed) if not direct else {}
        groups: dict[tuple[str, ...], list[str]] = {}
        for name, texts in printed.items():
            if name == node.type:
                continue
            own = tuple(text for key, text in texts.items() if key not in shared)
            if own:
                groups.setdefault(own, []).append(name)
        fragments = [
            f"... on {name} {{ {' '.join(own)} }}"
            for own, names in groups.items()
            for name in names
        ]
        return [*direct, *shared.values(), *fragments]

    def _shared(
        self, node: Node, bodies: Bodies, printed: Mapping[str, Mapping[str, str]]
    ) -> dict[str, str]:
        if not printed or set(printed) != set(node.types) or not self._is_interface(node.type):
            return {}
        first, *others = printed
        return {
            key: text
            for key, text in printed[first].items()
            if all(printed[name].get(key) == text for name in others)
            and all(self._alike(node, body[key]) for body in bodies.values())
        }

    def _is_interface(self, name: str) -> bool:
        type_ = self.knowledge.supergraph.types.get(name)
        return type_ is not None and type_.kind == "interface"

    def _alike(self, node: Node, ask: Ask) -> bool:
        offer = self.knowledge.offer(node.type, ask.pick, self.fetch.graph)
        return offer is not None and offer.type == ask.type


def _clash(one: Ask, other: Ask) -> bool:
    """Whether GraphQL forbids both under one name: their shapes differ, here or in the depths."""
    if (one.child is None) != (other.child is None) or _shape(one) != _shape(other):
        return True
    if one.child is None or other.child is None:
        return False
    return any(
        key in theirs and _clash(ask, theirs[key])
        for ours in one.child.bodies.values()
        for theirs in other.child.bodies.values()
        for key, ask in ours.items()
    )


def _shape(ask: Ask) -> str:
    if ask.child is None:
        return ask.type
    return "".join(letter for letter in ask.type if letter in "[]!")

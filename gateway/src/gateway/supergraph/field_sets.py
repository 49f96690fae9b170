"""Selections as the planner reads them: of an operation, a key, @requires or @provides alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    parse,
    print_ast,
)

TYPENAME = "__typename"


@dataclass(frozen=True, slots=True)
class Pick:
    """One field picked under zero or more type conditions."""

    conditions: tuple[str, ...]
    name: str
    arguments: str = ""
    variables: frozenset[str] = frozenset()
    children: Selection | None = None
    key: str = ""

    def __post_init__(self) -> None:
        if not self.key:
            object.__setattr__(self, "key", key_of(self.name, self.arguments))


@dataclass(eq=False, slots=True)
class Selection:
    """Picks in the order they were written; `merged` remembers them by concrete type."""

    picks: tuple[Pick, ...]
    merged: dict[str, dict[str, Pick]] = field(default_factory=dict)

    def on(self, conditions: frozenset[str], type_name: str) -> dict[str, Pick]:
        """What is picked on `type_name`, to which `conditions` apply, one Pick per key."""
        found = self.merged.get(type_name)
        if found is None:
            applying = [p for p in self.picks if conditions.issuperset(p.conditions)]
            found = self.merged[type_name] = merge_picks(applying)
        return found


def key_of(name: str, arguments: str) -> str:
    """The name a value has inside the gateway: same field and arguments, same key."""
    if not arguments:
        return name
    digest = blake2b(arguments.encode(), digest_size=8).hexdigest()
    return f"{name}_{digest}"


def merge_picks(picks: Iterable[Pick]) -> dict[str, Pick]:
    """Picks by key; children of equal keys become one selection."""
    merged: dict[str, Pick] = {}
    for pick in picks:
        earlier = merged.get(pick.key)
        if earlier is None:
            merged[pick.key] = pick
        elif earlier is not pick and pick.children is not None and earlier.children is not None:
            merged[pick.key] = Pick(
                conditions=min(earlier.conditions, pick.conditions, key=len),
                name=pick.name,
                arguments=pick.arguments,
                variables=pick.variables,
                children=Selection(together(earlier.children.picks, pick.children.picks)),
                key=pick.key,
            )
        elif len(pick.conditions) < len(earlier.conditions):
            merged[pick.key] = pick
    return merged


def together(*groups: tuple[Pick, ...]) -> tuple[Pick, ...]:
    """The picks of all groups, each once: what is spread twice must not double on every level."""
    return tuple({id(pick): pick for group in groups for pick in group}.values())


def variables_in(node: ValueNode) -> frozenset[str]:
    if isinstance(node, VariableNode):
        return frozenset((node.name.value,))
    if isinstance(node, ListValueNode):
        return frozenset[str]().union(*(variables_in(v) for v in node.values or ()))
    if isinstance(node, ObjectValueNode):
        return frozenset[str]().union(*(variables_in(f.value) for f in node.fields or ()))
    return frozenset()


def print_arguments(arguments: tuple[ArgumentNode, ...] | None) -> str:
    if not arguments:
        return ""
    written = sorted(f"{a.name.value}: {print_ast(a.value)}" for a in arguments)
    return f"({', '.join(written)})"


def parse_field_set(text: str) -> Selection:
    """Read the text of a key, @requires or @provides; raises ValueError if it is no selection."""
    try:
        document = parse(f"{{{text}}}", no_location=True)
    except GraphQLSyntaxError as error:
        raise ValueError(f'"{text}" is not a field set: {error.message}') from error
    definition = document.definitions[0]
    selection_set = getattr(definition, "selection_set", None)
    if len(document.definitions) != 1 or selection_set is None:
        raise ValueError(f'"{text}" is not a field set')
    return Selection(tuple(_picks(selection_set, (), text)))


def _picks(nodes: SelectionSetNode, conditions: tuple[str, ...], text: str) -> list[Pick]:
    picks: list[Pick] = []
    for node in nodes.selections:
        if isinstance(node, FieldNode):
            picks.append(_pick(node, conditions, text))
        elif isinstance(node, InlineFragmentNode):
            narrowed = conditions
            if node.type_condition is not None:
                narrowed = (*conditions, node.type_condition.name.value)
            picks.extend(_picks(node.selection_set, narrowed, text))
        else:
            raise ValueError(f'"{text}" spreads a named fragment')
    return picks


def _pick(node: FieldNode, conditions: tuple[str, ...], text: str) -> Pick:
    children = None
    if node.selection_set is not None:
        children = Selection(tuple(_picks(node.selection_set, (), text)))
    return Pick(conditions, node.name.value, print_arguments(node.arguments), children=children)

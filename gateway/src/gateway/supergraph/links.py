"""@link with `as` and `import`: whatever a file calls the directives, from here on they have their own names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar

from graphql import (
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    NamedTypeNode,
    ScalarTypeDefinitionNode,
    SchemaDefinitionNode,
    Visitor,
    visit,
)

from gateway.supergraph.directives import uses_of

OURS = "specs.apollo.dev"
ALWAYS_PREFIXED = frozenset(("join", "link", "core"))

Renamed = TypeVar("Renamed", bound=Any)


@dataclass
class Names:
    """Names in the file that are not the specifications' own: `exact` ones, and prefixes."""

    exact: dict[str, str] = field(default_factory=dict)
    prefixes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, document: DocumentNode) -> Self:
        names = cls()
        for node in document.definitions:
            if isinstance(node, SchemaDefinitionNode):
                for use in uses_of(node, "link"):
                    names._note(use)
        return names

    def _note(self, use: Mapping[str, Any]) -> None:
        parts = str(use.get("url") or "").rstrip("/").split("/")
        if OURS not in parts or len(parts) < 2:
            return
        specification, given = parts[-2], use.get("as")
        if specification not in ALWAYS_PREFIXED:
            self.prefixes[given or specification] = ""
        elif given and given != specification:
            self.prefixes[given] = f"{specification}__"
        if given and given != specification:
            self.exact[given] = specification
        for name, known_as in imported(use):
            own = f"{specification}__{name}" if specification in ALWAYS_PREFIXED else name
            if known_as != own:
                self.exact[known_as] = own

    def own(self, name: str) -> str:
        if name in self.exact:
            return self.exact[name]
        prefix, separator, rest = name.partition("__")
        return f"{self.prefixes[prefix]}{rest}" if separator and prefix in self.prefixes else name


def imported(use: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The directives that a link imports, each with its name in the file."""
    for each in use.get("import") or ():
        name = each.get("name") if isinstance(each, dict) else each
        known_as = (each.get("as") if isinstance(each, dict) else None) or name
        if isinstance(name, str) and isinstance(known_as, str) and name.startswith("@"):
            yield name.removeprefix("@"), known_as.removeprefix("@")


class Renaming(Visitor):
    """Gives directives their own names, and the types of machinery that is prefixed anew."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self._names = names

    def leave_directive(self, node: DirectiveNode, *_: object) -> DirectiveNode | None:
        return self._renamed(node, self._names.own(node.name.value))

    def leave_directive_definition(
        self, node: DirectiveDefinitionNode, *_: object
    ) -> DirectiveDefinitionNode | None:
        return self._renamed(node, self._names.own(node.name.value))

    def leave_named_type(self, node: NamedTypeNode, *_: object) -> NamedTypeNode | None:
        return self._machinery(node)

    def leave_enum_type_definition(
        self, node: EnumTypeDefinitionNode, *_: object
    ) -> EnumTypeDefinitionNode | None:
        return self._machinery(node)

    def leave_scalar_type_definition(
        self, node: ScalarTypeDefinitionNode, *_: object
    ) -> ScalarTypeDefinitionNode | None:
        return self._machinery(node)

    def _machinery(self, node: Renamed) -> Renamed | None:
        prefix = node.name.value.partition("__")[0]
        own = self._names.own(node.name.value) if self._names.prefixes.get(prefix) else None
        return None if own is None else self._renamed(node, own)

    def _renamed(self, node: Renamed, own: str) -> Renamed | None:
        if own == node.name.value:
            return None
        return replace(node, name=replace(node.name, value=own))


def with_own_names(document: DocumentNode) -> DocumentNode:
    """The file as if nothing in it had been renamed; most files are left as they are."""
    names = Names.of(document)
    foreign = (f"{prefix}__" for prefix in names.prefixes)
    if not names.exact and not _mentions(document, tuple(foreign)):
        return document
    renamed: DocumentNode = visit(document, Renaming(names))
    return renamed


def _mentions(document: DocumentNode, prefixes: tuple[str, ...]) -> bool:
    return any(
        isinstance(node, DirectiveDefinitionNode) and node.name.value.startswith(prefixes)
        for node in document.definitions
    )

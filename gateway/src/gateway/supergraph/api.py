"""The schema that clients see: the supergraph without its join directives and hidden parts."""

from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    build_ast_schema,
    validate_schema,
)

from gateway.supergraph.directives import has_directive, uses_of
from gateway.supergraph.model import SupergraphInvalid

SHOWN_DIRECTIVES = {"deprecated", "specifiedBy", "oneOf"}
EXECUTABLE = {
    "QUERY",
    "MUTATION",
    "SUBSCRIPTION",
    "FIELD",
    "FRAGMENT_DEFINITION",
    "FRAGMENT_SPREAD",
    "INLINE_FRAGMENT",
    "VARIABLE_DEFINITION",
}
MACHINERY = {"join", "link", "core", "federation", "inaccessible", "tag"}

N = TypeVar("N", bound=Any)


def build_api_schema(document: DocumentNode) -> GraphQLSchema:
    """Raises SupergraphInvalid where what remains is no valid schema."""
    shown = Shown.of(document)
    definitions = (shown.definition(node) for node in document.definitions)
    try:
        schema = build_ast_schema(
            DocumentNode(definitions=tuple(d for d in definitions if d is not None))
        )
        faults = validate_schema(schema)
    except (GraphQLError, TypeError) as error:
        raise SupergraphInvalid(f"The supergraph's types do not fit together: {error}") from error
    if faults:
        raise SupergraphInvalid(f"The supergraph's types do not fit together: {faults[0].message}")
    return schema


@dataclass(frozen=True)
class Shown:
    """What of a supergraph clients may see: `hidden` types and `machinery` are left out."""

    machinery: frozenset[str]
    hidden: frozenset[str]

    @classmethod
    def of(cls, document: DocumentNode) -> Self:
        machinery = _specifications(document)
        types = (node for node in document.definitions if isinstance(node, TypeDefinitionNode))
        return cls(
            machinery,
            frozenset(
                node.name.value
                for node in types
                if has_directive(node, "inaccessible") or _belongs_to(machinery, node.name.value)
            ),
        )

    def definition(self, node: DefinitionNode) -> DefinitionNode | None:
        if isinstance(node, SchemaDefinitionNode):
            return replace(node, directives=())
        if isinstance(node, DirectiveDefinitionNode):
            return self._executable(node)
        if isinstance(node, TypeDefinitionNode) and node.name.value not in self.hidden:
            return self._type(_plain(node))
        return None

    def _executable(self, node: DirectiveDefinitionNode) -> DefinitionNode | None:
        locations = tuple(place for place in node.locations if place.value in EXECUTABLE)
        if not locations or node.name.value.split("__")[0] in self.machinery:
            return None
        return replace(node, locations=locations, arguments=_plain_all(node.arguments))

    def _type(self, node: TypeDefinitionNode) -> TypeDefinitionNode:
        match node:
            case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode():
                interfaces = tuple(i for i in node.interfaces or () if self._is_shown(i))
                fields = tuple(_field(f) for f in node.fields or () if not _inaccessible(f))
                return replace(node, interfaces=interfaces, fields=fields)
            case UnionTypeDefinitionNode():
                return replace(node, types=tuple(m for m in node.types or () if self._is_shown(m)))
            case EnumTypeDefinitionNode():
                values = tuple(_plain(v) for v in node.values or () if not _inaccessible(v))
                return replace(node, values=values)
            case InputObjectTypeDefinitionNode():
                return replace(node, fields=_plain_all(node.fields))
            case _:
                return node

    def _is_shown(self, node: NamedTypeNode) -> bool:
        return node.name.value not in self.hidden


def _specifications(document: DocumentNode) -> frozenset[str]:
    """Names of the specifications that the file uses: their types are machinery."""
    names = set(MACHINERY)
    for node in document.definitions:
        if isinstance(node, SchemaDefinitionNode):
            for use in (*uses_of(node, "link"), *uses_of(node, "core")):
                url = use.get("url") or use.get("feature") or ""
                if "specs.apollo.dev" in url:
                    names.add(use.get("as") or url.rstrip("/").split("/")[-2])
    return frozenset(names)


def _belongs_to(machinery: frozenset[str], name: str) -> bool:
    prefix, separator, _ = name.partition("__")
    return bool(separator) and prefix in machinery


def _field(node: FieldDefinitionNode) -> FieldDefinitionNode:
    return replace(_plain(node), arguments=_plain_all(node.arguments))


def _plain_all(
    nodes: tuple[InputValueDefinitionNode, ...] | None,
) -> tuple[InputValueDefinitionNode, ...]:
    return tuple(_plain(node) for node in nodes or () if not _inaccessible(node))


def _inaccessible(node: Any) -> bool:
    return has_directive(node, "inaccessible")


def _plain(node: N) -> N:
    kept: tuple[DirectiveNode, ...] = tuple(
        d for d in node.directives or () if d.name.value in SHOWN_DIRECTIVES
    )
    return replace(node, directives=kept)

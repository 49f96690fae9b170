"""The schema that clients see: the supergraph without its join directives and hidden parts."""

from dataclasses import replace
from typing import Any, TypeVar

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
    shown = [kept for node in document.definitions if (kept := _shown(node, document)) is not None]
    try:
        schema = build_ast_schema(DocumentNode(definitions=tuple(shown)))
        faults = validate_schema(schema)
    except (GraphQLError, TypeError) as error:
        raise SupergraphInvalid(f"The supergraph's types do not fit together: {error}") from error
    if faults:
        raise SupergraphInvalid(f"The supergraph's types do not fit together: {faults[0].message}")
    return schema


def _shown(node: DefinitionNode, document: DocumentNode) -> DefinitionNode | None:
    if isinstance(node, SchemaDefinitionNode):
        return replace(node, directives=())
    if isinstance(node, DirectiveDefinitionNode):
        return _executable(node, document)
    if isinstance(node, TypeDefinitionNode):
        return None if _is_hidden(node, document) else _without_hidden(node, _hidden(document))
    return None


def _executable(node: DirectiveDefinitionNode, document: DocumentNode) -> DefinitionNode | None:
    locations = tuple(place for place in node.locations if place.value in EXECUTABLE)
    if not locations or node.name.value.split("__")[0] in _specifications(document):
        return None
    return replace(node, locations=locations, arguments=_plain_all(node.arguments))


def _specifications(document: DocumentNode) -> set[str]:
    """Names of the specifications that the file uses: their types are machinery."""
    names = set(MACHINERY)
    for node in document.definitions:
        if isinstance(node, SchemaDefinitionNode):
            for use in (*uses_of(node, "link"), *uses_of(node, "core")):
                url = use.get("url") or use.get("feature") or ""
                if "specs.apollo.dev" in url:
                    names.add(use.get("as") or url.rstrip("/").split("/")[-2])
    return names


def _is_hidden(node: TypeDefinitionNode, document: DocumentNode) -> bool:
    prefix, separator, _ = node.name.value.partition("__")
    machinery = bool(separator) and prefix in _specifications(document)
    return machinery or has_directive(node, "inaccessible")


def _hidden(document: DocumentNode) -> frozenset[str]:
    return frozenset(
        node.name.value
        for node in document.definitions
        if isinstance(node, TypeDefinitionNode) and _is_hidden(node, document)
    )


def _without_hidden(node: TypeDefinitionNode, hidden: frozenset[str]) -> TypeDefinitionNode:
    node = _plain(node)
    match node:
        case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode():
            interfaces = tuple(i for i in node.interfaces or () if i.name.value not in hidden)
            fields = tuple(_field(f) for f in node.fields or () if not _inaccessible(f))
            return replace(node, interfaces=interfaces, fields=fields)
        case UnionTypeDefinitionNode():
            members = tuple(m for m in node.types or () if m.name.value not in hidden)
            return replace(node, types=members)
        case EnumTypeDefinitionNode():
            values = tuple(_plain(v) for v in node.values or () if not _inaccessible(v))
            return replace(node, values=values)
        case InputObjectTypeDefinitionNode():
            return replace(node, fields=_plain_all(node.fields))
        case _:
            return node


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

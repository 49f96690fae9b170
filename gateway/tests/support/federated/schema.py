"""From a subgraph's SDL to the schema that the subgraph serves: with `_entities`."""

from collections.abc import Iterable
from dataclasses import replace

from graphql import (
    DefinitionNode,
    DocumentNode,
    GraphQLSchema,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    NameNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    SchemaExtensionNode,
    UnionTypeDefinitionNode,
    UnionTypeExtensionNode,
    build_ast_schema,
    parse,
)

EXTENSIONS = {
    ObjectTypeExtensionNode: ObjectTypeDefinitionNode,
    InterfaceTypeExtensionNode: InterfaceTypeDefinitionNode,
    UnionTypeExtensionNode: UnionTypeDefinitionNode,
}


def subgraph_schema(sdl: str) -> GraphQLSchema:
    definitions = [_defined(d) for d in parse(sdl, no_location=True).definitions]
    types = [d for d in definitions if not isinstance(d, SchemaExtensionNode)]
    entities = _entity_names(types)
    machinery = "scalar _Any scalar FieldSet type Query { _service: String }"
    if entities:
        machinery += f" union _Entity = {' | '.join(entities)}"
        machinery += " type Query { _entities(representations: [_Any!]!): [_Entity]! }"
    merged = _merge((*types, *parse(machinery, no_location=True).definitions))
    return build_ast_schema(DocumentNode(definitions=tuple(merged)), assume_valid_sdl=True)


def _defined(node: DefinitionNode) -> DefinitionNode:
    made = EXTENSIONS.get(type(node))
    if made is None:
        return node
    parts = {key: getattr(node, key) for key in node.keys if key not in ("loc", "kind")}
    return made(**parts)


def _entity_names(types: Iterable[DefinitionNode]) -> list[str]:
    keyed = {
        d.name.value: d
        for d in types
        if isinstance(d, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode)
        and any(use.name.value == "key" for use in d.directives or ())
    }
    return [name for name, d in keyed.items() if isinstance(d, ObjectTypeDefinitionNode)]


def _merge(nodes: Iterable[DefinitionNode]) -> list[DefinitionNode]:
    """Several definitions of one type as one."""
    merged: dict[str, DefinitionNode] = {}
    for node in nodes:
        name = node.name.value if isinstance(getattr(node, "name", None), NameNode) else ""
        known = merged.get(name)
        if isinstance(known, ObjectTypeDefinitionNode) and isinstance(
            node, ObjectTypeDefinitionNode
        ):
            merged[name] = replace(known, fields=(*(known.fields or ()), *(node.fields or ())))
        else:
            merged[name or f"{len(merged)}"] = node
    return list(merged.values())

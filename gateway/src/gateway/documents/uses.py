"""Which fields a document selects, so that it is known what nobody uses any more."""

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    visit,
)

from gateway.protection.access import FieldName


def field_uses(schema: GraphQLSchema, document: DocumentNode) -> frozenset[FieldName]:
    types = TypeInfo(schema)
    found: set[FieldName] = set()

    class Finding(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            parent = types.get_parent_type()
            if parent is not None and not node.name.value.startswith("__"):
                found.add((parent.name, node.name.value))

    visit(document, TypeInfoVisitor(types, Finding()))
    return frozenset(found)

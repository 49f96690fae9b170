"""Which fields of an operation demand something of the caller: @authenticated and its kin."""

from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_abstract_type,
    visit,
)

from gateway.supergraph import Supergraph
from gateway.supergraph.model import Protection
from kit.identity import Caller

FieldName = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Demand:
    """All that must hold for a field to be shown."""

    parts: tuple[Protection, ...]

    def met_by(self, caller: Caller | None) -> bool:
        return all(is_met(part, caller) for part in self.parts)


def is_met(protection: Protection, caller: Caller | None) -> bool:
    """Scopes are those of the token; a policy holds for callers who have the role of that name."""
    if caller is None:
        return not (protection.authenticated or protection.scopes or protection.policies)
    return (not protection.scopes or any(each <= caller.scopes for each in protection.scopes)) and (
        not protection.policies or any(each <= caller.roles for each in protection.policies)
    )


def demands_of(supergraph: Supergraph, document: DocumentNode) -> dict[FieldName, Demand]:
    """The fields in the document that are not for everybody."""
    types = TypeInfo(supergraph.api_schema)
    found: dict[FieldName, Demand] = {}

    class Finding(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            parent, definition = types.get_parent_type(), types.get_field_def()
            if parent is not None and definition is not None:
                name = (parent.name, node.name.value)
                if name not in found and (
                    demand := _demand(supergraph, parent, name[1], definition)
                ):
                    found[name] = demand

    if any(map(_demands, supergraph.protection.values())):
        visit(document, TypeInfoVisitor(types, Finding()))
    return found


def _demand(
    supergraph: Supergraph, parent: GraphQLNamedType, field: str, definition: GraphQLField
) -> Demand | None:
    """An abstract type's field demands what any of the types behind it demands."""
    places: list[tuple[str, str | None]] = [(get_named_type(definition.type).name, None)]
    for name in _names_behind(supergraph.api_schema, parent):
        places += [(name, field), (name, None)]
    parts = (supergraph.protected(*place) for place in places)
    demanding = tuple(dict.fromkeys(part for part in parts if _demands(part)))
    return Demand(demanding) if demanding else None


def _names_behind(schema: GraphQLSchema, parent: GraphQLNamedType) -> list[str]:
    if is_abstract_type(parent):
        return [parent.name, *(each.name for each in schema.get_possible_types(parent))]
    return [parent.name]


def _demands(protection: Protection) -> bool:
    return bool(protection.authenticated or protection.scopes or protection.policies)

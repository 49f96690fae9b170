"""What objects are shown as, where that follows from their class alone: found out once for a schema."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    is_leaf_type,
)
from graphql.pyutils import Undefined
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

PLAIN_FIELDS: Final = "plain_fields"
UNION_KINDS: Final = "union_kinds"


@dataclass(frozen=True, slots=True)
class PlainField:
    """A scalar or enum that is an attribute of what its object was made of."""

    read: Callable[[Any], Any]
    shown: Callable[[Any], Any]
    nullable: bool

    def of(self, source: object) -> Any:
        """What is shown, or Undefined when that is out of the ordinary."""
        try:
            value = self.read(source)
            if value is None:
                return None if self.nullable else Undefined
            shown = self.shown(value)
        except Exception:  # noqa: BLE001  # whoever goes the whole way meets it again, and tells of it
            return Undefined
        return Undefined if shown is None else shown


def plain_fields(schema: GraphQLSchema) -> dict[tuple[str, str], PlainField]:
    """By type and field, all that is read as it is."""
    found = {}
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType):
            found[kind.name, "__typename"] = PlainField(
                partial(_same, kind.name), str, nullable=False
            )
            for name, field in kind.fields.items():
                if (plain := _plain(field)) is not None:
                    found[kind.name, name] = plain
    return found


def _same(name: str, _source: object) -> str:
    return name


def _plain(field: GraphQLField) -> PlainField | None:
    told = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    kind = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    if (
        not isinstance(told, StrawberryField)
        or not told.is_basic_field
        or told.default_resolver is not getattr
        or not is_leaf_type(kind)
    ):
        return None
    nullable = not isinstance(field.type, GraphQLNonNull)
    return PlainField(attrgetter(told.python_name), kind.coerce_output_value, nullable)


def union_kinds(schema: GraphQLSchema) -> dict[tuple[str, type], GraphQLObjectType]:
    """By union and class, what an object of just this class is shown as."""
    found = {}
    for union in schema.type_map.values():
        if isinstance(union, GraphQLUnionType):
            for kind in union.types:
                told = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
                if isinstance(told, StrawberryObjectDefinition) and not _may_be_another(told):
                    found[union.name, told.origin] = kind
    return found


def _may_be_another(told: StrawberryObjectDefinition) -> bool:
    """Whether one class is behind several types, or says itself what is one of it."""
    return told.concrete_of is not None or bool(told.type_var_map) or told.is_type_of is not None

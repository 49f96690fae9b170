"""Executing documents: graphql-core's way, without the ceremony for what is only read."""

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
    is_leaf_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path, Undefined
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

PLAIN_FIELDS: Final = "plain_fields"


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


class Execution(Executor[None]):
    """One operation over a subgraph, which defers nothing and streams nothing.

    Most fields are attributes: those are read and shown without what resolvers are told about a
    request, at a quarter of the cost. Whatever is out of the ordinary goes the whole way.
    """

    operation_extensions: dict[str, Any] | None = None
    build_resolve_info = StrawberryGraphQLCoreExecutionContext.build_resolve_info

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plain: dict[tuple[str, str], PlainField] = self.schema.extensions[PLAIN_FIELDS]

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: None,
    ) -> Any:
        name = field_details_list[0].node.name.value
        plain = self._plain.get((parent_type.name, name))
        if plain is not None and (shown := plain.of(source)) is not Undefined:
            return shown
        return super().execute_field(
            parent_type, source, field_details_list, path, position_context
        )


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

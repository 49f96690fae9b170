"""Making values of what was sent: how is found out once for each type, not with each request."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    is_required_input_field,
)
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_default_value

LEFT_OUT: Final = object()
Make: TypeAlias = Callable[[Any], Any]
"""Makes a value of what was sent, or Undefined of what is out of the ordinary."""


class Making:
    """How values of the types of a schema are made.

    An input that may hold another of its kind is out of the ordinary: it may be too deep.
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._objects: dict[str, Make] = {}

    def of(self, kind: GraphQLInputType) -> Make:
        if isinstance(kind, GraphQLNonNull):
            return _required(self.of(kind.of_type))
        if isinstance(kind, GraphQLList):
            return _many(self.of(kind.of_type))
        if not isinstance(kind, GraphQLInputObjectType):
            return _one(kind.coerce_input_value)
        if kind.name not in self._objects:
            self._objects[kind.name] = _out_of_the_ordinary
            if not kind.is_one_of:
                self._objects[kind.name] = self._object(kind)
        return self._objects[kind.name]

    def _object(self, kind: GraphQLInputObjectType) -> Make:
        known = kind.fields.keys()
        fields = [
            (name, field.out_name or name, self.of(field.type), _absent(field))
            for name, field in kind.fields.items()
        ]

        def made(sent: Any) -> Any:
            if sent is None:
                return None
            if not isinstance(sent, dict) or not sent.keys() <= known:
                return Undefined
            values = {}
            for name, told, make, absent in fields:
                value = make(sent[name]) if name in sent else absent()
                if value is Undefined:
                    return Undefined
                if value is not LEFT_OUT:
                    values[told] = value
            return kind.out_type(values)

        return made


def _out_of_the_ordinary(_sent: Any) -> Any:
    return Undefined


def _required(make: Make) -> Make:
    return lambda sent: Undefined if sent is None else make(sent)


def _one(make: Make) -> Make:
    def made(sent: Any) -> Any:
        if sent is None:
            return None
        try:
            return make(sent)
        except Exception:  # noqa: BLE001  # whoever goes the whole way meets it again, and tells of it
            return Undefined

    return made


def _many(make: Make) -> Make:
    def made(sent: Any) -> Any:
        if sent is None:
            return None
        if not isinstance(sent, list):
            return Undefined
        values = [make(each) for each in sent]
        return Undefined if any(each is Undefined for each in values) else values

    return made


def _absent(field: GraphQLInputField) -> Callable[[], Any]:
    """What stands for a field that was not sent."""
    if is_required_input_field(field):
        return lambda: Undefined

    def default() -> Any:
        value = coerce_default_value(field)
        return LEFT_OUT if value is Undefined else value

    return default

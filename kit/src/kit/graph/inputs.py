"""Inputs: what their fields are called and made of is found out once, not with each request."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from strawberry import Schema
from strawberry.types.arguments import InputContext
from strawberry.types.base import StrawberryObjectDefinition, StrawberryOptional

from kit.graph.scalars import SCALARS

TAKEN_AS_IT_IS: Final = frozenset({str, int, float, bool, UUID, date, datetime, *SCALARS})


class Reading:
    """Makes an input of what was sent, as strawberry does."""

    def __init__(self, definition: StrawberryObjectDefinition, schema: Schema) -> None:
        self._definition = definition
        self._name_of = schema.config.name_converter.from_field

    def __call__(self, kind: type, sent: Mapping[str, Any], context: InputContext) -> Any:
        taken = dict(self._absent)
        for name, attribute, field_type in self._fields:
            if name in sent:
                value = sent[name]
                if field_type is not None:
                    value = context.convert(value, field_type, name)
                taken[attribute] = value
        return kind(**taken)

    @cached_property
    def _absent(self) -> dict[str, None]:
        """What may be left out, and says nothing of what it is then."""
        return {
            each.python_name: None
            for each in self._definition.fields
            if each.default_value is MISSING and each.default_factory is MISSING
        }

    @cached_property
    def _fields(self) -> list[tuple[str, str, Any]]:
        """Name, attribute, and the type where something has to be made of the value."""
        return [
            (self._name_of(each), each.python_name, None if is_taken_as_it_is(made_of) else made_of)
            for each in self._definition.fields
            for made_of in [each.resolve_type(type_definition=self._definition)]
        ]


def read_inputs_fast(schema: Schema) -> None:
    """Have `schema` read its inputs this way."""
    for definition in _inputs(schema):
        if definition.from_input is None:
            definition.from_input = Reading(definition, schema)


def _inputs(schema: Schema) -> Iterator[StrawberryObjectDefinition]:
    for each in schema.schema_converter.type_map.values():
        if isinstance(each.definition, StrawberryObjectDefinition) and each.definition.is_input:
            yield each.definition


def is_taken_as_it_is(kind: Any) -> bool:
    """Whether nothing has to be made of what graphql-core has made of it."""
    if type(kind) is StrawberryOptional:
        kind = kind.of_type
    try:
        return kind in TAKEN_AS_IT_IS
    except TypeError:
        return False

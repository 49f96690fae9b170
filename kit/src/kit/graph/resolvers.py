"""Resolvers: what they take, who may ask and what is answered is found out once, not with each request."""

from collections.abc import Callable, Iterable
from functools import partial, reduce
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, GraphQLResolveInfo
from strawberry import ExceptionHandler, Schema
from strawberry.extensions.field_extension import (
    FieldExtension,
    build_field_extension_resolvers,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import InputContext, convert_argument
from strawberry.types.base import get_object_definition
from strawberry.types.field import StrawberryField
from strawberry.utils.await_maybe import await_maybe

from kit.graph.inputs import is_taken_as_it_is


class Resolver:
    """Resolves an asynchronous field, as strawberry does."""

    def __init__(self, field: StrawberryField, schema: Schema) -> None:
        converter = schema.schema_converter
        self._field = field
        self._converter = converter
        self._handlers = converter._get_field_exception_handlers(field)  # told to nobody else
        name_of = schema.config.name_converter.from_argument
        self._arguments = [
            (name_of(each), each.python_name, self._making(name_of(each), each.type))
            for each in field.arguments
        ]
        self._resolve = reduce(
            lambda inner, outer: partial(outer, inner),
            build_field_extension_resolvers(field),
            self._resolved,
        )

    async def __call__(self, source: Any, asked: GraphQLResolveInfo[Any], **sent: Any) -> Any:
        info = self._converter.config.info_class(_raw_info=asked, _field=self._field)
        try:
            return await self._resolve(source, info, **self._taken(sent, info))
        except Exception as refused:
            if (handler := self._handler_of(refused)) is None:
                raise
            answer = await await_maybe(handler.handle(refused, field=self._field, info=info))
            if answer is None:
                raise
            return answer

    def _taken(self, sent: dict[str, Any], info: Any) -> dict[str, Any]:
        taken = {}
        for name, attribute, make in self._arguments:
            if name in sent:
                value = sent[name]
                taken[attribute] = value if make is None else make(value, info)
        return taken

    def _making(self, name: str, kind: Any) -> Callable[[Any, Any], Any] | None:
        """What has to be made of an argument, if anything."""
        if is_taken_as_it_is(kind):
            return None
        config, scalars = self._converter.config, self._converter.scalar_registry
        told = get_object_definition(kind)
        read = told.from_input if told is not None else None
        if read is None:
            return lambda value, info: convert_argument(
                value, kind, scalars, config, info, path=(name,)
            )
        return lambda value, info: read(
            kind,
            value,
            InputContext(info=info, config=config, scalar_registry=scalars, path=(name,)),
        )

    def _resolved(self, source: Any, info: Any, **taken: Any) -> Any:
        resolver = self._field.base_resolver
        assert resolver is not None  # noqa: S101  # only such fields are resolved here
        for parameter in (resolver.parent_parameter, resolver.root_parameter):
            if parameter is not None:
                taken[parameter.name] = source
        if resolver.info_parameter is not None:
            taken[resolver.info_parameter.name] = info
        return resolver(*([source] if resolver.self_parameter else []), **taken)

    def _handler_of(self, refused: Exception) -> ExceptionHandler[Any, Any] | None:
        for kinds, handler in self._handlers:
            if isinstance(refused, kinds):
                return handler
        return None


def resolve_fast(schema: Schema, kinds: Iterable[object]) -> None:
    """Have the asynchronous fields of `kinds` resolved this way."""
    for kind in kinds:
        if isinstance(kind, GraphQLObjectType):
            for field in kind.fields.values():
                if (told := _asynchronous(field)) is not None:
                    field.resolve = Resolver(told, schema)


def _asynchronous(field: GraphQLField) -> StrawberryField | None:
    told = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(told, StrawberryField) or not told.base_resolver or not told.is_async:
        return None
    reshaped = any(
        type(each).map_arguments is not FieldExtension.map_arguments for each in told.extensions
    )
    return None if reshaped or told.is_subscription else told

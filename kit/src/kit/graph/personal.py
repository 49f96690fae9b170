"""Fields that show what is personal: marked in the schema, and noted when somebody looks."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias
from uuid import UUID

from strawberry.extensions.field_extension import FieldExtension
from strawberry.federation.schema_directives import Tag
from strawberry.types.field import StrawberryField

from kit.graph.context import Context, Info

PERSONAL: Final = Tag(name="personal")
"""Marks fields of the schema that show personal data."""
Saw: TypeAlias = Callable[[Context, UUID, str], None]


class Personal(FieldExtension):
    """Has it noted who saw this of whom, unless there was nothing to see."""

    def __init__(self, saw: Saw, what: str, *, person: str = "id") -> None:
        self.saw = saw
        self.what = what
        self.person = person

    def apply(self, field: StrawberryField) -> None:
        field.directives = [*field.directives, PERSONAL]

    def resolve(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        return self._noted(next_(source, info, **kwargs), source, info)

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        return self._noted(await next_(source, info, **kwargs), source, info)

    def _noted(self, found: Any, source: Any, info: Info) -> Any:
        if found is not None:
            self.saw(info.context, getattr(source, self.person), self.what)
        return found

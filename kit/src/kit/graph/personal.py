"""Fields that show what is personal: marked in the schema, and noted when somebody looks."""

from collections.abc import Awaitable, Callable, Iterable
from operator import attrgetter
from typing import Any, Final, TypeAlias
from uuid import UUID

from strawberry.extensions.field_extension import FieldExtension
from strawberry.federation.schema_directives import Tag
from strawberry.types.field import StrawberryField

from kit.graph.connections import Connection
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


class People(Personal):
    """The same for a field that leads to one, a list or a page of what is people's.

    `person` is where an entry says whose it is: a path such as `row.owner_id`; null says nobody's.
    """

    def _noted(self, found: Any, source: Any, info: Info) -> Any:
        owner = attrgetter(self.person)
        for entry in _entries(found):
            if (person_id := owner(entry)) is not None:
                self.saw(info.context, person_id, self.what)
        return found


def _entries(found: Any) -> Iterable[Any]:
    if found is None:
        return ()
    if isinstance(found, Connection):
        return (edge.node for edge in found.edges)
    return found if isinstance(found, list) else (found,)

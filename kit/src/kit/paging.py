"""Pages by position, never by offset: cursors that say where the last page ended."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson
from sqlalchemy import Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from kit.errors import InvalidInput

T = TypeVar("T")
MOST = 100


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A slice of a longer list, and how to go on."""

    items: Sequence[T]
    cursors: Sequence[str]
    has_next: bool

    @property
    def end_cursor(self) -> str | None:
        return self.cursors[-1] if self.cursors else None


def cursor_of(key: Sequence[Any]) -> str:
    """An opaque text for a position."""
    return base64.urlsafe_b64encode(orjson.dumps([_plain(part) for part in key])).decode()


def key_of(cursor: str, length: int) -> list[Any]:
    """The position a cursor stands for, or InvalidInput."""
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor))
    except (ValueError, binascii.Error) as broken:
        raise InvalidInput("after", "is not a cursor that was given out here") from broken
    if not isinstance(key, list) or [type(part) for part in key] != [str] * length:
        raise InvalidInput("after", "is a cursor of another list")
    return key


def position(by: Sequence[Any], cursor: str) -> Any:
    """The position a cursor stands for, to be compared with the columns `by`; or InvalidInput."""
    return _typed(by, key_of(cursor, len(by)))


def checked_first(first: int, most: int = MOST) -> int:
    if not 1 <= first <= most:
        raise InvalidInput("first", f"is between 1 and {most}")
    return first


async def page(
    session: AsyncSession,
    select: Select[Any],
    by: Sequence[Any],
    *,
    first: int,
    after: str | None = None,
    newest_first: bool = True,
    most: int = MOST,
) -> Page[Any]:
    """`first` rows of `select`, ordered by the unique columns `by`, after the cursor `after`.

    Raises InvalidInput for `first` out of bounds and for cursors of other lists.
    """
    checked_first(first, most)
    if after is not None:
        key = position(by, after)
        here = tuple_(*by)
        select = select.where(here < key if newest_first else here > key)
    select = select.order_by(*(column.desc() if newest_first else column.asc() for column in by))
    rows = (await session.scalars(select.limit(first + 1))).all()
    names = [column.key for column in by]
    shown = rows[:first]
    return Page(
        items=shown,
        cursors=[cursor_of([getattr(row, name) for name in names]) for row in shown],
        has_next=len(rows) > first,
    )


def _plain(part: Any) -> Any:
    return part.isoformat() if hasattr(part, "isoformat") else str(part)


def _typed(by: Sequence[Any], key: Sequence[Any]) -> Any:
    try:
        return tuple_(*(_of_type(column, part) for column, part in zip(by, key, strict=True)))
    except (ValueError, TypeError) as broken:
        raise InvalidInput("after", "is a cursor of another list") from broken


def _of_type(column: Any, part: Any) -> Any:
    kind = getattr(column.type, "impl_instance", column.type).python_type
    value = kind.fromisoformat(part) if hasattr(kind, "fromisoformat") else kind(part)
    return literal(value, column.type)

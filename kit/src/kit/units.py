"""Organisation as paths: `hq.zj.hz` lies below `hq.zj`, and a caller sees what lies below theirs."""

import re
from typing import TYPE_CHECKING, Any

from kit.errors import InvalidInput

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

UNIT_PATH = re.compile(r"[a-z0-9_-]{1,32}(\.[a-z0-9_-]{1,32}){0,7}")


def checked_unit(path: str, field: str = "unit") -> str:
    """`path` itself, or InvalidInput."""
    if not UNIT_PATH.fullmatch(path):
        raise InvalidInput(
            field, "is a path of up to 8 codes of a-z, 0-9, - and _, such as hq.zj.hz"
        )
    return path


def lies_below(path: str, root: str) -> bool:
    """Whether `path` is `root` or lies below it."""
    return path == root or path.startswith(root + ".")


def below(column: Any, root: str) -> "ColumnElement[bool]":
    """The same for a column: an index with text_pattern_ops serves it."""
    subtree: ColumnElement[bool] = column.like(root.replace("_", r"\_") + ".%", escape="\\")
    itself: ColumnElement[bool] = column == root
    return itself | subtree


def above(unit: str) -> list[str]:
    """The units above `unit`: `hq` and `hq.zj` are above `hq.zj.hz`."""
    parts = unit.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def reaches(column: Any, unit: str) -> "ColumnElement[bool]":
    """The condition that something of the unit in `column` may be used in `unit`.

    Those of its own subtree reach it, and what units above define for all.
    """
    above_it: ColumnElement[bool] = column.in_(above(unit))
    return below(column, unit) | above_it

"""Which units' things reach a caller: their own subtree's, and what units above define for all."""

from typing import Any

from sqlalchemy import ColumnElement, or_

from kit.units import below


def above(unit: str) -> list[str]:
    """The units above `unit`: `hq` and `hq.zj` are above `hq.zj.hz`."""
    parts = unit.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def reaches(column: Any, unit: str) -> ColumnElement[bool]:
    """The condition that something of the unit in `column` may be used in `unit`."""
    return or_(below(column, unit), column.in_(above(unit)))


def nowhere_if_none(unit: str | None) -> str:
    """A caller without a unit sees nothing: no path is empty."""
    return unit or ""

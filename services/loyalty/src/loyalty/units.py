"""Units as this service asks about them: what is defined for a unit reaches those below it."""

from typing import Any

from sqlalchemy import ColumnElement, or_

from kit.identity import Caller
from kit.units import below, lies_below

NOWHERE = ""


def reaches(column: Any, unit: str | None) -> ColumnElement[bool]:
    """Whether what is defined for the unit in `column` concerns `unit`: it lies above, or below."""
    steps = (unit or NOWHERE).split(".")
    above = [".".join(steps[:end]) for end in range(1, len(steps) + 1)]
    return or_(column.in_(above), below(column, unit or NOWHERE))


def may_read(caller: Caller, unit: str) -> bool:
    """Whether what is defined for `unit` concerns the caller."""
    return caller.unit is not None and (caller.sees(unit) or lies_below(caller.unit, unit))

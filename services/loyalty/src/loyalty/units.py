"""Units as this service asks about them: what is defined for a unit reaches those below it."""

from typing import Any

from sqlalchemy import ColumnElement

import kit.units
from kit.identity import Caller

NOWHERE = ""


def reaches(column: Any, unit: str | None) -> ColumnElement[bool]:
    """Whether what is defined for the unit in `column` concerns `unit`: it lies above, or below."""
    return kit.units.reaches(column, unit or NOWHERE)


def may_read(caller: Caller, unit: str) -> bool:
    """Whether what is defined for `unit` concerns the caller."""
    return caller.unit is not None and (
        caller.sees(unit) or kit.units.lies_below(caller.unit, unit)
    )

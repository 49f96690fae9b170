"""Whether a unit is there, and which were nearly meant."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Final

from sqlalchemy import select

from customer.entity import table_of
from customer.organisation.models import KnownUnit
from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.identity import Caller
from kit.units import above, checked_unit, lies_below

MOST_NAMED: Final = 3
ALIKE: Final = 0.5
_units = table_of(KnownUnit)


async def require_known_unit(
    session: AsyncSession, unit: str, caller: Caller, field: str = "unit"
) -> str:
    """`unit` itself; InvalidInput if it can't be there, with those that may have been meant."""
    wrong = await unknown_units(session, [checked_unit(unit, field)], caller.unit or "")
    if unit in wrong:
        raise InvalidInput(field, wrong[unit])
    return unit


async def unknown_units(
    session: AsyncSession, units: Collection[str], root: str
) -> Mapping[str, str]:
    """Why each is refused of those that are not registered, though units next to them are.

    Where nobody has registered any unit of a level, all of it is taken, as is `root`, the unit of
    whoever asks: whoever gives out tokens vouches for it.
    """
    steps = {unit: _below_root(unit, root) for unit in units}
    known = await _known(session, {step for each in steps.values() for step in each})
    missing = {
        unit: step
        for unit, each in steps.items()
        if (step := next((step for step in each if step not in known), None))
    }
    siblings = await _children(session, {parent_of(step) for step in missing.values()})
    return {
        unit: _told(step, siblings[parent_of(step)])
        for unit, step in missing.items()
        if parent_of(step) in siblings
    }


def parent_of(code: str) -> str:
    return code.rpartition(".")[0]


def _below_root(unit: str, root: str) -> list[str]:
    return [
        step
        for step in [*above(unit), unit]
        if step != root and (not root or lies_below(step, root))
    ]


async def _known(session: AsyncSession, codes: Collection[str]) -> set[str]:
    if not codes:
        return set()
    return set((await session.scalars(select(_units.c.code).where(_units.c.code.in_(codes)))).all())


async def _children(session: AsyncSession, parents: Collection[str]) -> dict[str, set[str]]:
    if not parents:
        return {}
    statement = select(_units.c.parent, _units.c.code).where(_units.c.parent.in_(parents))
    found: dict[str, set[str]] = {}
    for parent, code in (await session.execute(statement)).all():
        found.setdefault(parent, set()).add(code)
    return found


def _told(step: str, there: Collection[str]) -> str:
    parent = parent_of(step)
    own = {each.rpartition(".")[2]: each for each in sorted(there)}
    near = get_close_matches(step.rpartition(".")[2], own, MOST_NAMED, ALIKE)
    meant = f": did you mean {' or '.join(own[each] for each in near)}?" if near else ""
    among = f"among the {len(there)} units of {parent}" if parent else "as headquarters"
    return f"{step} is not registered {among}{meant}"

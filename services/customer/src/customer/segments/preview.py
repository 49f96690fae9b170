"""How many a rule would choose, and who, while it is being written."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal_column, select, text

from customer.entity import table_of
from customer.profiles.models import Customer
from customer.rules.columns import columns
from kit.database import AsyncSession
from kit.models import utcnow
from kit.predicates import Checked, to_sql
from kit.units import below

COUNTED_WHOLE: Final = 40_000
"""In units of so many customers everybody is asked; in larger ones a sample of as many at most."""
SAMPLED: Final = 1 / 32
"""The largest share that the index of the sample holds."""
FIRST: Final = 5_000
"""So many are asked at first, and how many more it takes follows from them."""
ENOUGH: Final = 400
"""Found so many, the count is good to a tenth in 19 of 20 cases, and nobody else is asked."""
AHEAD: Final = 1.3
"""So much more than it should take is asked for, as the first may have been lucky."""
SHOWN: Final = 10
SIGMAS: Final = 1.96
_customer: Final = table_of(Customer).c
_rows = text("SELECT reltuples FROM pg_class WHERE oid = to_regclass('customer')")


@dataclass(frozen=True, slots=True)
class Preview:
    """How many: exactly, or between `low` and `high` in 19 of 20 cases. Some of them."""

    count: int
    exact: bool
    low: int
    high: int
    population: int
    sample: Sequence[UUID]


@dataclass(slots=True)
class Asked:
    """Those of a unit who were asked so far: a share of all, the same ones each time."""

    share: float = 0.0
    population: int = 0
    found: int = 0
    chosen: list[UUID] = field(default_factory=list)

    def estimate(self) -> Preview:
        low, high = _interval(self.found)
        count, low, high, population = (
            round(each / self.share) for each in (self.found, low, high, self.population)
        )
        return Preview(count, False, low, high, population, self.chosen[:SHOWN])

    def may_be_few(self) -> bool:
        """Whether the unit may be one in which everybody can be asked."""
        low, _ = _interval(self.population)
        return low / self.share <= COUNTED_WHOLE


async def preview(session: AsyncSession, checked: Checked, unit: str) -> Preview:
    """Of a large unit so many are asked as it takes: more for what fits few, up to a limit.

    What it costs depends on how rare they are, and not on how many customers there are.
    """
    within = below(_customer.unit, unit)
    fits = to_sql(checked, columns(utcnow().date()))
    customers = max((await session.execute(_rows)).scalar_one(), 1)
    whole = min(SAMPLED, COUNTED_WHOLE / customers)
    first = min(whole, FIRST / customers)
    asked = await _ask_sample(session, Asked(), first, within, fits)
    if asked.may_be_few() and (exact := await _ask_all(session, within, fits)):
        return exact
    if asked.found < ENOUGH and first < whole:
        enough = first * AHEAD * ENOUGH / max(asked.found, 1)
        asked = await _ask_sample(session, asked, min(whole, enough), within, fits)
    return asked.estimate()


async def _ask_all(
    session: AsyncSession, within: ColumnElement[bool], fits: ColumnElement[bool]
) -> Preview | None:
    """None where they are too many."""
    several = select(_customer.id).where(within).limit(COUNTED_WHOLE + 1).subquery()
    population = (await session.execute(select(func.count()).select_from(several))).scalar_one()
    if population > COUNTED_WHOLE:
        return None
    _, count, chosen = await _ask(session, within, fits)
    return Preview(count, True, count, count, population, chosen)


async def _ask_sample(
    session: AsyncSession,
    asked: Asked,
    share: float,
    within: ColumnElement[bool],
    fits: ColumnElement[bool],
) -> Asked:
    """Those between the shares are asked; who was asked before is not asked again."""
    # The index of the sample is found by its own condition, word for word.
    sampled = [
        _customer.sampling_key < literal_column("'08'"),
        _customer.sampling_key >= _key(asked.share),
        _customer.sampling_key < _key(share),
    ]
    population, found, chosen = await _ask(session, within, fits, *sampled)
    return Asked(
        share, asked.population + population, asked.found + found, [*asked.chosen, *chosen]
    )


def _key(share: float) -> ColumnElement[str]:
    return literal_column(f"'{int(share * 2**64):016x}'")


async def _ask(
    session: AsyncSession,
    within: ColumnElement[bool],
    fits: ColumnElement[bool],
    *sampled: ColumnElement[bool],
) -> tuple[int, int, list[UUID]]:
    """How many there are, how many it fits, and some of these; each is asked once."""
    asked = select(_customer.id, fits.label("fits")).where(within, *sampled).cte("asked")
    asked = asked.prefix_with("MATERIALIZED")
    answered = select(
        func.count(),
        func.count().filter(asked.c.fits),
        func.array_agg(asked.c.id).filter(asked.c.fits)[1:SHOWN],
    )
    row = (await session.execute(answered)).one()
    return row[0], row[1], list(row[2] or [])


def _interval(found: int) -> tuple[float, float]:
    """What a count of a sample may stand for, by the score interval of Poisson counts."""
    middle, half = found + SIGMAS**2 / 2, SIGMAS * math.sqrt(found + SIGMAS**2 / 4)
    return max(0.0, middle - half), middle + half

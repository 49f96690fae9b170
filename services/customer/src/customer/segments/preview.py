"""How many a rule would choose, and who, while it is being written."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
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
"""In units of so many customers everybody is asked; in larger ones a sample of about as many."""
SAMPLED: Final = 1 / 32
"""The largest share that the index of the sample holds."""
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


async def preview(session: AsyncSession, checked: Checked, unit: str) -> Preview:
    within = below(_customer.unit, unit)
    fits = to_sql(checked, columns(utcnow().date()))
    several = select(_customer.id).where(within).limit(COUNTED_WHOLE + 1).subquery()
    population = (await session.execute(select(func.count()).select_from(several))).scalar_one()
    if population <= COUNTED_WHOLE:
        _, count, sample = await _ask(session, within, fits)
        return Preview(count, True, count, count, population, sample)
    share = await _share(session)
    bound: ColumnElement[str] = literal_column(f"'{int(share * 2**64):016x}'")
    # The index of the sample is found by its own condition, word for word.
    in_sample = (_customer.sampling_key < literal_column("'08'"), _customer.sampling_key < bound)
    asked, found, sample = await _ask(session, within, fits, *in_sample)
    low, high = _interval(found)
    return Preview(
        round(found / share),
        False,
        round(low / share),
        round(high / share),
        round(asked / share),
        sample,
    )


async def _ask(session: AsyncSession, *conditions: ColumnElement[bool]) -> tuple[int, int, Any]:
    """How many there are, how many it fits, and some of these; each is asked once."""
    within, fits, *sampled = conditions
    asked = select(_customer.id, fits.label("fits")).where(within, *sampled).cte("asked")
    asked = asked.prefix_with("MATERIALIZED")
    answered = select(
        func.count(),
        func.count().filter(asked.c.fits),
        func.array_agg(asked.c.id).filter(asked.c.fits)[1:SHOWN],
    )
    row = (await session.execute(answered)).one()
    return row[0], row[1], row[2] or []


async def _share(session: AsyncSession) -> float:
    """So many of all customers as make about COUNTED_WHOLE, as far as the index goes."""
    customers: float = (await session.execute(_rows)).scalar_one()
    return min(SAMPLED, COUNTED_WHOLE / max(customers, 1))


def _interval(found: int) -> tuple[float, float]:
    """What a count of a sample may stand for, by the score interval of Poisson counts."""
    middle, half = found + SIGMAS**2 / 2, SIGMAS * math.sqrt(found + SIGMAS**2 / 4)
    return max(0.0, middle - half), middle + half

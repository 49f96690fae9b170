"""Noting accesses: what is seen here goes straight into the audit."""

from collections.abc import Sequence
from typing import Final

from asyncpg import CheckViolationError

from customer.accesses.keeping import make_access_partitions
from customer.accesses.models import HERE
from customer.sight import SIGHT
from kit.database import Database
from kit.personal.noting import Look, Noting
from kit.statements import watched

SEPARATOR: Final = ","
COLUMNS: Final = {
    "id": "uuid",
    "at": "timestamptz",
    "customer_id": "uuid",
    "by": "text",
    "role": "text",
    "unit": "text",
    "purpose": "text",
    "fields": "text",
    "whole": "boolean",
    "service": "text",
}
NAMES: Final = ", ".join(f'"{name}"' for name in COLUMNS)
ARRAYS: Final = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(COLUMNS.values(), start=1))
INSERTION: Final = f"""
    INSERT INTO access ({NAMES})
    SELECT {NAMES.replace('"fields"', f"string_to_array(fields, '{SEPARATOR}')")}
    FROM unnest({ARRAYS}) AS sent ({NAMES})
    """  # noqa: S608  # our own names


async def keep(db: Database, looks: Sequence[Look]) -> None:
    """One statement is one commit, and one way to the database and back."""
    columns = [list(each) for each in zip(*map(_row, looks), strict=True)]
    pool = await db.reading_pool()
    try:
        await watched(INSERTION, pool.execute(INSERTION, *columns))
    except CheckViolationError:  # nobody was there to make the month before it came
        async with db.transaction() as session:
            await make_access_partitions(session)
        await watched(INSERTION, pool.execute(INSERTION, *columns))


def _row(look: Look) -> tuple[object, ...]:
    return (
        look.id,
        look.at,
        look.person_id,
        look.by,
        look.role,
        look.unit,
        look.purpose,
        SEPARATOR.join(look.fields),
        look.whole,
        HERE,
    )


NOTING: Final = Noting(SIGHT, keep)
saw: Final = NOTING.saw

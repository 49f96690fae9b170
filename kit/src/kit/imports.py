"""Imports of files under way, counted for whoever watches: every service with files does it alike."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, SQLColumnExpression, func, select

from kit import metrics
from kit.database import AsyncSession
from kit.models import utcnow

STANDS_STILL: Final = timedelta(minutes=15)
GIVEN_UP: Final = timedelta(days=1)


def count_lines(outcomes: dict[str, int], *, dry_run: bool) -> None:
    """What became of the lines of one chunk."""
    run = "dry" if dry_run else "real"
    for outcome, lines in outcomes.items():
        metrics.import_lines.labels(outcome, run).inc(lines)


async def measure_under_way(
    session: AsyncSession, is_open: ColumnElement[bool], taken_at: SQLColumnExpression[datetime]
) -> None:
    """Bring the gauges up to date; who sends nothing for a day has given up."""
    now = utcnow()
    still = func.count().filter(taken_at < now - STANDS_STILL)
    statement = select(func.count(), still).where(is_open, taken_at > now - GIVEN_UP)
    under_way, standing = (await session.execute(statement)).one()
    metrics.imports_open.set(under_way)
    metrics.imports_standing.set(standing)

"""Schedules: what has to happen every so often, once over all workers."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql import func
from structlog import get_logger

from kit import metrics
from kit.database import AsyncSession, Database
from kit.tables import schedule_run
from kit.telemetry import span

MORE: Final = "more"
"""What `act` answers when some is left to do: its next turn comes at once."""
EPOCH = datetime.fromtimestamp(0, UTC)
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Every:
    """Run `act(session)` every `seconds`, in a transaction of its own."""

    seconds: float
    act: Callable[[AsyncSession], Awaitable[object]]

    @property
    def name(self) -> str:
        return self.act.__name__


async def run_if_due(db: Database, schedule: Every) -> bool:
    """Run it, unless another worker has within the period; whether it ran.

    What ran later than now by a period or more did so before the clock was put back.
    """
    period = timedelta(seconds=schedule.seconds)
    async with db.transaction() as session:
        await session.execute(
            insert(schedule_run)
            .values(name=schedule.name, last_run_at=EPOCH)
            .on_conflict_do_nothing()
        )
        due = await session.execute(
            select(schedule_run.c.name)
            .where(
                schedule_run.c.name == schedule.name,
                or_(
                    schedule_run.c.last_run_at <= func.now() - period,
                    schedule_run.c.last_run_at >= func.now() + period,
                ),
            )
            .with_for_update(skip_locked=True)
        )
        if due.first() is None:
            return False
        with span(f"schedule {schedule.name}"):
            answer = await schedule.act(session)
        await session.execute(
            update(schedule_run)
            .where(schedule_run.c.name == schedule.name)
            .values(last_run_at=EPOCH if answer is MORE else func.now())
        )
        return True


async def _turn(db: Database, schedule: Every) -> bool:
    started = time.perf_counter()
    ran = await run_if_due(db, schedule)
    if ran:
        metrics.schedules.labels(schedule.name).observe(time.perf_counter() - started)
        metrics.schedule_turns.labels(schedule.name, "done").inc()
    return ran


async def keep(db: Database, schedule: Every) -> None:
    """For ever, at half the period, so that a period is never missed by much."""
    while True:
        try:
            while await _turn(db, schedule):
                pass
        except Exception as failure:  # noqa: BLE001  # told, and tried again in the next period
            metrics.schedule_turns.labels(schedule.name, "failed").inc()
            log.warning("schedule_failed", schedule=schedule.name, error=repr(failure))
        await asyncio.sleep(schedule.seconds / 2)

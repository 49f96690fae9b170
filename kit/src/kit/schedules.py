"""Schedules: what has to happen every so often, once over all workers."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Float, bindparam, text
from structlog import get_logger

from kit import metrics
from kit.database import AsyncSession, Database
from kit.telemetry import span

MORE: Final = "more"
"""What `act` answers when some is left to do: its next turn comes at once."""
SOON_SECONDS: Final = 0.01
log = get_logger(__name__)

# What ran later than now by a period or more did so before the clock was put back.
TAKE_TURN = text("""
WITH due AS (
  SELECT name FROM schedule_run
  WHERE name = :name AND (last_run_at <= now() - make_interval(secs => :seconds)
                          OR last_run_at >= now() + make_interval(secs => :seconds))
  FOR UPDATE SKIP LOCKED
), taken AS (
  UPDATE schedule_run SET last_run_at = now() FROM due WHERE schedule_run.name = due.name
  RETURNING schedule_run.name
)
SELECT EXISTS (SELECT FROM taken) AS mine, CAST(extract(epoch FROM
  last_run_at + make_interval(secs => :seconds) - clock_timestamp()) AS float8) AS left_seconds
FROM schedule_run WHERE name = :name
""").bindparams(bindparam("seconds", type_=Float))
BEGIN = text(
    "INSERT INTO schedule_run (name, last_run_at) VALUES (:name, 'epoch') ON CONFLICT DO NOTHING"
)
AT_ONCE = text("UPDATE schedule_run SET last_run_at = 'epoch' WHERE name = :name")


@dataclass(frozen=True, slots=True)
class Every:
    """Run `act(session)` every `seconds`, in a transaction of its own."""

    seconds: float
    act: Callable[[AsyncSession], Awaitable[object]]

    @property
    def name(self) -> str:
        return self.act.__name__


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether it was this worker's, and in how many seconds the next one may be."""

    ran: bool
    next_in_seconds: float


async def run_if_due(db: Database, schedule: Every) -> bool:
    """Run it, unless another worker has within the period; whether it ran."""
    return (await turn_of(db, schedule)).ran


async def turn_of(db: Database, schedule: Every) -> Turn:
    """The same, and when to come again: as soon as it may be due, by the database's clock."""
    started = time.perf_counter()
    async with db.transaction() as session:
        left = await _take_turn(session, schedule)
        if left is not None:
            return Turn(False, left)
        with span(f"schedule {schedule.name}"):
            answer = await schedule.act(session)
        if answer is MORE:
            await session.execute(AT_ONCE, {"name": schedule.name})
    took = time.perf_counter() - started
    metrics.schedules.labels(schedule.name).observe(took)
    metrics.schedule_turns.labels(schedule.name, "done").inc()
    return Turn(True, 0 if answer is MORE else max(schedule.seconds - took, 0))


async def _take_turn(session: AsyncSession, schedule: Every) -> float | None:
    """None when it is this worker's turn, otherwise in how many seconds to ask again."""
    asked = {"name": schedule.name, "seconds": schedule.seconds}
    turn = (await session.execute(TAKE_TURN, asked)).one_or_none()
    if turn is None:
        await session.execute(BEGIN, asked)
        turn = (await session.execute(TAKE_TURN, asked)).one()
    if turn.mine:
        return None
    if turn.left_seconds <= 0:  # another worker is at it
        return schedule.seconds / 2
    return float(min(turn.left_seconds, schedule.seconds))


async def keep(db: Database, schedule: Every) -> None:
    """For ever: as soon as it is due, and until then the database is not asked."""
    while True:
        try:
            wait = (await turn_of(db, schedule)).next_in_seconds
        except Exception as failure:  # noqa: BLE001  # told, and tried again in the next period
            metrics.schedule_turns.labels(schedule.name, "failed").inc()
            log.warning("schedule_failed", schedule=schedule.name, error=repr(failure))
            wait = schedule.seconds / 2
        await asyncio.sleep(wait and wait + SOON_SECONDS)

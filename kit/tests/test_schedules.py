import asyncio

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from kit.database import AsyncSession
from kit.schedules import MORE, Every, keep, run_if_due, turn_of
from kit.testing.harness import Harness


async def test_of_many_workers_one_runs_a_schedule_in_its_period(harness: Harness) -> None:
    runs = 0

    async def count(_session: AsyncSession) -> None:
        nonlocal runs
        runs += 1
        await asyncio.sleep(0.05)

    schedule = Every(3600, count)

    ran = await asyncio.gather(*(run_if_due(harness.db, schedule) for _ in range(8)))

    assert (runs, sum(ran)) == (1, 1)
    assert await run_if_due(harness.db, schedule) is False


async def test_a_schedule_that_failed_is_due_again(harness: Harness) -> None:
    tries = 0

    async def stumble(_session: AsyncSession) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise RuntimeError

    schedule = Every(3600, stumble)
    first = await asyncio.gather(run_if_due(harness.db, schedule), return_exceptions=True)

    assert isinstance(first[0], RuntimeError)
    assert await run_if_due(harness.db, schedule) is True


@pytest.mark.parametrize("ahead", ["2 hours", "400 days"])
async def test_a_schedule_goes_on_when_the_clock_has_been_put_back(
    harness: Harness, ahead: str
) -> None:
    async def look(_session: AsyncSession) -> None:
        pass

    schedule = Every(3600, look)
    assert await run_if_due(harness.db, schedule) is True
    async with harness.db.transaction() as session:
        await session.execute(
            text(f"UPDATE schedule_run SET last_run_at = now() + interval '{ahead}'"),
        )

    ran = [await run_if_due(harness.db, schedule) for _ in range(2)]

    assert ran == [True, False]


async def test_turns_that_are_done_and_that_fail_are_counted(harness: Harness) -> None:
    tries = 0
    third = asyncio.Event()

    async def stumble_once(_session: AsyncSession) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise RuntimeError
        if tries == 3:
            third.set()

    def turns(outcome: str) -> float | None:
        named = {"schedule": "stumble_once", "outcome": outcome}
        return REGISTRY.get_sample_value("schedule_turns_total", named)

    keeping = asyncio.create_task(keep(harness.db, Every(0.02, stumble_once)))
    await asyncio.wait_for(third.wait(), 60)
    keeping.cancel()

    assert turns("failed") == 1
    assert (turns("done") or 0) >= 1


async def test_a_schedule_that_has_more_to_do_is_due_again_at_once(harness: Harness) -> None:
    answers = [MORE, MORE, None]

    async def take_one(_session: AsyncSession) -> str | None:
        return answers.pop(0)

    schedule = Every(3600, take_one)
    ran = [await run_if_due(harness.db, schedule) for _ in range(5)]

    assert ran == [True, True, True, False, False]


async def test_nobody_asks_again_before_the_next_turn_may_be_due(harness: Harness) -> None:
    async def act(_session: AsyncSession) -> None:
        pass

    turns = [await turn_of(harness.db, Every(3600, act)) for _ in range(2)]

    assert [each.ran for each in turns] == [True, False]
    assert all(3000 < each.next_in_seconds <= 3600 for each in turns)


async def test_who_finds_a_turn_under_way_asks_again_after_half_a_period(harness: Harness) -> None:
    begun, over = asyncio.Event(), asyncio.Event()

    async def wait(_session: AsyncSession) -> None:
        begun.set()
        await over.wait()

    schedule = Every(3600, wait)
    over.set()
    await run_if_due(harness.db, schedule)
    await _last_ran(harness, "interval '-2 hours'")
    begun.clear()
    over.clear()
    running = asyncio.create_task(run_if_due(harness.db, schedule))
    await asyncio.wait_for(begun.wait(), 60)

    meanwhile = await turn_of(harness.db, schedule)

    over.set()
    assert await running is True
    assert (meanwhile.ran, meanwhile.next_in_seconds) == (False, 1800)


async def _last_ran(harness: Harness, ago: str) -> None:
    async with harness.db.transaction() as session:
        await session.execute(text(f"UPDATE schedule_run SET last_run_at = now() + {ago}"))

import asyncio

from kit.database import AsyncSession
from kit.schedules import MORE, Every, run_if_due
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


async def test_a_schedule_that_has_more_to_do_is_due_again_at_once(harness: Harness) -> None:
    answers = [MORE, MORE, None]

    async def take_one(_session: AsyncSession) -> str | None:
        return answers.pop(0)

    schedule = Every(3600, take_one)
    ran = [await run_if_due(harness.db, schedule) for _ in range(5)]

    assert ran == [True, True, True, False, False]

import asyncio

import pytest
from sqlalchemy import text

from kit.gathering import Gathering


async def test_what_is_asked_meanwhile_is_done_together_and_in_order(harness):
    batches = []

    async def act(session, wanted):
        await session.execute(text("SELECT 1"))
        batches.append(list(wanted))
        return [each * 10 for each in wanted]

    gathering = Gathering(act, most=4)
    answers = await asyncio.gather(*(gathering.ask(harness.db, "one", n) for n in range(9)))

    assert answers == [n * 10 for n in range(9)]
    assert [each for batch in batches for each in batch] == list(range(9))
    assert max(map(len, batches)) == 4


async def test_who_asks_for_what_fails_is_told_and_the_others_get_theirs(harness):
    async def act(session, wanted):
        await session.execute(text("SELECT 1"))
        if 3 in wanted:
            raise ValueError("three")
        return wanted

    gathering = Gathering(act)
    asked = (gathering.ask(harness.db, "one", n) for n in range(6))
    answers = await asyncio.gather(*asked, return_exceptions=True)

    assert [str(each) for each in answers] == ["0", "1", "2", "three", "4", "5"]


async def test_who_goes_away_does_not_hold_the_others_up(harness):
    started = asyncio.Event()
    go_on = asyncio.Event()

    async def act(_session, wanted):
        started.set()
        await go_on.wait()
        return wanted

    gathering = Gathering(act)
    first = asyncio.create_task(gathering.ask(harness.db, "one", 1))
    await started.wait()
    second = asyncio.create_task(gathering.ask(harness.db, "one", 2))
    third = asyncio.create_task(gathering.ask(harness.db, "one", 3))
    await asyncio.sleep(0)
    second.cancel()
    go_on.set()

    assert await asyncio.gather(first, third) == [1, 3]
    with pytest.raises(asyncio.CancelledError):
        await second

"""Of many who claim, report or close a task at once, one does."""

import asyncio
from collections import Counter
from uuid import uuid4

from services.channel.tests.inboxes import CLOSED, Send, statuses

from kit.testing.harness import Harness


async def test_of_ten_who_claim_at_once_one_has_the_task(
    harness: Harness, world: None, dispatch: Send, claim: Send
) -> None:
    task = await dispatch("hz-store")
    staff = [harness.token("front_line", unit="hq.zj.hz", subject=f"p{n}") for n in range(10)]

    answers = await asyncio.gather(*(claim(task, as_=each) for each in staff))

    assert Counter(each["__typename"] for each in answers) == {
        "TaskWasClaimed": 1,
        "ClaimedByAnother": 9,
    }


async def test_the_same_outcome_many_times_at_once_is_told_once(
    harness: Harness, world: None, dispatch: Send, claim: Send, answer: Send
) -> None:
    task = await dispatch("hz-store")
    await claim(task)

    answers = await asyncio.gather(*(answer(task, "ACCEPTED") for _ in range(10)))

    assert {each["__typename"] for each in answers} == {"OutcomeWasReported"}
    assert await statuses(harness) == ["delivered", "accepted"]


async def test_of_two_different_outcomes_at_once_one_stands(
    harness: Harness, world: None, dispatch: Send, claim: Send, answer: Send
) -> None:
    task = await dispatch("hz-store")
    await claim(task)

    answers = await asyncio.gather(answer(task, "ACCEPTED"), answer(task, "DECLINED"))

    assert sorted(each["__typename"] for each in answers) == [
        "OutcomeNotPossible",
        "OutcomeWasReported",
    ]
    assert len(await statuses(harness)) == 2


async def test_tasks_dispatched_and_closed_at_once_end_closed(
    harness: Harness, world: None, dispatch: Send, inbox: Send
) -> None:
    tasks = [str(uuid4()) for _ in range(8)]
    closing = {"customer_id": str(uuid4()), "channel_code": "hz-store", "status": "withdrawn"}

    await asyncio.gather(
        *(dispatch("hz-store", task_id=task) for task in tasks),
        *(harness.hear(CLOSED, {"task_id": task, **closing}) for task in tasks),
    )

    assert (await inbox(), sorted(await inbox(state="CLOSED"))) == ([], sorted(tasks))

"""Several workers at once on the same customers and the same budget."""

import asyncio
import random
from typing import Any
from uuid import UUID

from sqlalchemy import text

from kit.reactions import Message

WORKERS = 4
SEED = 7


async def test_workers_on_the_same_customers_agree_and_never_wait_in_a_circle(
    marketing: Any,
) -> None:
    id = await marketing.running(
        contactPolicy={"tasksPerCustomer": 3, "perDay": 3},
        budget={"amountMinor": 6_000, "currency": "CNY"},
    )
    customers = [await marketing.customer() for _ in range(12)]
    for customer in customers:
        await marketing.meet(customer)
    tasks = await marketing.tasks()
    channel = [each for task in tasks for each in told_by_channel(marketing, task)]
    loyalty = [told_by_loyalty(marketing, task) for task in tasks]
    random.Random(SEED).shuffle(channel)

    await asyncio.gather(
        *(work(marketing, channel[number::WORKERS]) for number in range(WORKERS)),
        *(work(marketing, channel[number::WORKERS][::-1]) for number in range(WORKERS)),
        work(marketing, loyalty),
        work(marketing, loyalty[::-1]),
    )

    totals = (await marketing.funnel(id))["totals"]
    assert (totals["accepted"], totals["converted"]) == (12, 12)
    assert len(await marketing.recorded("benefit.granted")) == 12
    assert totals["contacts"] == len(await marketing.tasks())
    budget = await marketing.budget(id)
    open_tasks = totals["contacts"] - 12
    assert (budget["committed"], budget["spent"]) == (100 * open_tasks, 12 * 100)
    assert await deadlocks(marketing) == 0


def told_by_loyalty(marketing: Any, task: dict[str, Any]) -> Message:
    content = {"task_id": task["task_id"], "cost_minor": 100}
    return marketing.message("loyalty.benefit.fulfilled", content)  # type: ignore[no-any-return]


def told_by_channel(marketing: Any, task: dict[str, Any]) -> list[Message]:
    customer = UUID(task["customer_id"])
    return [
        *(
            marketing.message("channel.task.progressed", marketing.progress(task, status))
            for status in ("delivered", "presented", "accepted")
        ),
        marketing.message(
            "channel.order.placed", marketing.order(customer, task_id=task["task_id"])
        ),
        *(
            marketing.message("channel.touchpoint.reported", marketing.touchpoint(customer))
            for _ in range(3)
        ),
    ]


async def work(marketing: Any, messages: list[Message]) -> None:
    for start in range(0, len(messages), 8):
        await marketing.hear_messages(messages[start : start + 8])


async def deadlocks(marketing: Any) -> int:
    """PostgreSQL's own count for this database."""
    statement = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    async with marketing.harness.db.reading() as session:
        await session.execute(text("SELECT pg_stat_force_next_flush()"))
        return int((await session.execute(statement)).scalar_one())

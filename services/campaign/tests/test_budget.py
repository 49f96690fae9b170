"""Money: committed, spent, released, and never overspent."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from campaign.budget.commands import (
    Movement,
    budgets_for_commitment,
    commit_money,
    fold_budgets,
    move_money,
)

NOTHING = {"spent": 0, "overrun": 0}


async def test_a_twentieth_stays_in_reserve(marketing: Any) -> None:
    id = await marketing.planned(budget={"amountMinor": 1_001, "currency": "CNY"})

    assert await marketing.budget(id) == {
        "amount": 1_001,
        "reserve": 51,
        "committed": 0,
        **NOTHING,
        "available": 950,
        "warned": False,
    }


async def test_dispatch_stops_when_the_budget_is_used_up(marketing: Any) -> None:
    id = await marketing.running(budget={"amountMinor": 320, "currency": "CNY"})
    customers = [await marketing.customer() for _ in range(4)]

    for customer in customers:
        await marketing.meet(customer)

    assert await marketing.outcomes() == {"offered": 3, "nothing": 1}
    assert await marketing.why(customers[3]) == (
        "budget",
        "The offer costs up to 100, 4 of the budget are left.",
    )
    budget = await marketing.budget(id)
    assert (budget["committed"], budget["available"]) == (300, 4)


async def test_at_four_fifths_there_is_one_warning(marketing: Any) -> None:
    id = await marketing.running(budget={"amountMinor": 527, "currency": "CNY"})
    warned = []

    for _ in range(5):
        await marketing.meet(await marketing.customer())
        warned.append((await marketing.budget(id))["warned"])

    assert warned == [False, False, False, True, True]
    (told,) = await marketing.recorded("budget.warned")
    assert (told["campaign_id"], told["used_minor"], told["usable_minor"]) == (id, 400, 500)


async def test_deciders_at_once_never_overspend(marketing: Any) -> None:
    id = await marketing.running(budget={"amountMinor": 1_100, "currency": "CNY"})
    customers = [await marketing.customer() for _ in range(24)]

    await asyncio.gather(*(marketing.meet(customer) for customer in customers))

    assert await marketing.outcomes() == {"offered": 10, "nothing": 14}
    assert (await marketing.budget(id))["committed"] == 1_000


async def test_commitments_and_returns_at_once_add_up(marketing: Any) -> None:
    id = UUID(await marketing.planned(budget={"amountMinor": 1_100, "currency": "CNY"}))
    db = marketing.harness.db

    async def commit() -> bool:
        async with db.transaction() as session:
            budgets = await budgets_for_commitment(session, [id], 100)
            if budgets[id].room_minor < 100:
                return False
            await commit_money(session, budgets, {id: 100})
        async with db.transaction() as session:
            await move_money(session, [Movement(id, -100, 30, 0)])
        return True

    done = Counter(await asyncio.gather(*(commit() for _ in range(20))))
    async with db.transaction() as session:
        await fold_budgets(session)

    budget = await marketing.budget(id)
    assert (budget["committed"], budget["spent"]) == (0, 30 * done[True])
    assert done[True] >= 10


async def test_the_database_itself_refuses_to_overspend(marketing: Any) -> None:
    id = UUID(await marketing.planned(budget={"amountMinor": 100, "currency": "CNY"}))

    with pytest.raises(IntegrityError, match="budget_is_never_overspent"):
        async with marketing.harness.db.transaction() as session:
            await session.execute(
                text("UPDATE campaign_budget SET committed_minor = 96 WHERE id = :id"), {"id": id}
            )

    assert (await marketing.budget(id))["committed"] == 0


@pytest.mark.parametrize("ending", ["declined", "no_answer", "failed", "expired"])
async def test_a_task_that_came_to_nothing_gives_its_money_back_once(
    marketing: Any, ending: str
) -> None:
    id = await marketing.running()
    await marketing.meet(await marketing.customer())
    (task,) = await marketing.tasks()

    await marketing.report(task, ending)
    await marketing.report(task, ending)

    budget = await marketing.budget(id)
    assert (budget["committed"], budget["spent"]) == (0, 0)


async def test_money_given_back_can_be_promised_again(marketing: Any) -> None:
    await marketing.running(budget={"amountMinor": 110, "currency": "CNY"})
    await marketing.meet(await marketing.customer())
    await marketing.report((await marketing.tasks())[0], "declined")

    await marketing.meet(await marketing.customer())

    assert await marketing.outcomes() == {"offered": 2}


async def test_a_benefit_costs_what_it_cost_and_the_rest_is_free_again(marketing: Any) -> None:
    id = await marketing.running()
    await marketing.meet(await marketing.customer())
    (task,) = await marketing.tasks()

    await marketing.report(task, "accepted")
    await marketing.fulfil(task, 60)
    await marketing.fulfil(task, 60)

    budget = await marketing.budget(id)
    assert (budget["committed"], budget["spent"], budget["overrun"]) == (0, 60, 0)


async def test_what_costs_more_than_was_committed_is_paid_from_the_reserve(marketing: Any) -> None:
    id = await marketing.running()
    await marketing.meet(await marketing.customer())
    (task,) = await marketing.tasks()

    await marketing.report(task, "accepted")
    await marketing.fulfil(task, 130)

    budget = await marketing.budget(id)
    assert (budget["committed"], budget["spent"], budget["overrun"]) == (0, 100, 30)


async def test_a_refused_benefit_frees_its_money(marketing: Any) -> None:
    id = await marketing.running()
    await marketing.meet(await marketing.customer())
    (task,) = await marketing.tasks()

    await marketing.report(task, "accepted")
    await marketing.hear("loyalty.benefit.refused", task_id=task["task_id"])

    budget = await marketing.budget(id)
    assert (budget["committed"], budget["spent"]) == (0, 0)


async def test_what_a_benefit_cost_is_free_again_once_for_each_part_that_is_taken_back(
    marketing: Any,
) -> None:
    id = await marketing.running(budget={"amountMinor": 110, "currency": "CNY"})
    await marketing.meet(await marketing.customer())
    (task,) = await marketing.tasks()
    await marketing.report(task, "accepted")
    await marketing.fulfil(task, 103)

    for part_minor in (40, 20):
        await marketing.take_back(task, part_minor, told=2)
    part = await marketing.budget(id)
    await marketing.meet(await marketing.customer())

    assert (part["committed"], part["spent"], part["overrun"]) == (0, 43, 0)
    assert await marketing.outcomes() == {"offered": 1, "nothing": 1}


async def test_a_benefit_that_is_taken_back_before_it_is_told_of_costs_nothing(
    marketing: Any,
) -> None:
    id = await marketing.running()
    await marketing.meet(await marketing.customer())
    (task,) = await marketing.tasks()
    await marketing.report(task, "accepted")

    await marketing.take_back(task, 60)
    await marketing.fulfil(task, 60)

    budget = await marketing.budget(id)
    assert (budget["committed"], budget["spent"], budget["overrun"]) == (0, 0, 0)


async def test_a_whole_benefit_taken_back_lets_another_task_go_out(marketing: Any) -> None:
    id = await marketing.running(budget={"amountMinor": 110, "currency": "CNY"})
    await marketing.meet(await marketing.customer())
    (task,) = await marketing.tasks()
    await marketing.report(task, "accepted")
    await marketing.fulfil(task, 100)

    await marketing.take_back(task, 100)
    await marketing.meet(await marketing.customer())

    assert await marketing.outcomes() == {"offered": 2}
    funnel = (await marketing.funnel(id))["totals"]
    assert funnel["cost"]["minor"] == 0

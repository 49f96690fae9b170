"""Whoever asked to be forgotten is left alone, and figures and budgets stand."""

from typing import Any
from uuid import UUID

from campaign.erasure.commands import confirm_erasures
from kit.models import uuid7

MARKER = "zebra-crossing"


async def erase(marketing: Any, customer: UUID) -> None:
    await marketing.hear(
        "customer.erasure.requested", request_id=uuid7(), customer_id=customer, alias_ids=[]
    )


async def a_marked_customer(marketing: Any) -> UUID:
    customer: UUID = await marketing.customer(attributes={"nickname": MARKER})
    await marketing.meet(customer, properties={"said": MARKER})
    return customer


async def test_what_was_on_its_way_to_the_erased_is_withdrawn_and_its_money_free(
    marketing: Any,
) -> None:
    id = await marketing.running()
    customer = await a_marked_customer(marketing)
    (task,) = await marketing.tasks()
    await marketing.report(task, "presented", reason=MARKER)

    await erase(marketing, customer)

    (closed,) = await marketing.recorded("task.closed")
    assert (closed["task_id"], closed["status"]) == (task["task_id"], "withdrawn")
    assert (await marketing.budget(id))["committed"] == 0
    await marketing.harness.publish()
    assert MARKER not in await marketing.harness.stored()


async def test_what_the_erased_bought_still_counts_for_the_campaign(marketing: Any) -> None:
    id = await marketing.running()
    customer = await a_marked_customer(marketing)
    (task,) = await marketing.tasks()
    await marketing.report(task, "accepted")
    order = await marketing.buy(customer)

    await erase(marketing, customer)
    await marketing.fulfil(task)

    assert (await marketing.funnel(id))["totals"]["converted"] == 1
    assert (await marketing.budget(id))["spent"] == 100
    await marketing.cancel(customer, order)
    assert (await marketing.funnel(id))["totals"]["converted"] == 0


async def test_nothing_is_decided_for_the_erased_and_nothing_is_kept_of_them(
    marketing: Any,
) -> None:
    await marketing.running()
    customer = await marketing.customer()
    await erase(marketing, customer)

    await marketing.hear(
        "customer.customer.changed",
        **marketing.facts(customer, version=7, attributes={"nickname": MARKER}),
    )
    await marketing.meet(customer, properties={"said": MARKER})

    assert await marketing.tasks() == []
    assert MARKER not in await marketing.harness.stored()


async def test_an_erasure_is_confirmed_once(marketing: Any) -> None:
    customer = await marketing.customer()
    await erase(marketing, customer)

    for _ in range(3):
        await marketing.run(confirm_erasures)

    (confirmed,) = await marketing.recorded("erasure.confirmed")
    assert (confirmed["customer_id"], confirmed["rows"]) == (str(customer), 1)

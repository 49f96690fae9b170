import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from kit.models import utcnow
from kit.testing.harness import Harness

Send = Callable[..., Awaitable[Any]]
REPORTED = "octoreach.channel.touchpoint.reported.v1"
NAMED = "octoreach.channel.customer.named.v1"
CHANGED = "octoreach.customer.customer.changed.v1"
Make = Callable[..., dict[str, Any]]


async def customers_met(harness: Harness) -> list[str]:
    return [each["customer_id"] for each in await harness.events_recorded(REPORTED)]


async def test_somebody_unknown_gets_an_id_at_once_and_is_announced(
    harness: Harness, world: None, report: Send, a_touchpoint: Make
) -> None:
    await report(a_touchpoint("a"), a_touchpoint("b"))

    named = await harness.events_recorded(NAMED)
    assert await customers_met(harness) == [named[0]["customer_id"]] * 2
    assert named == [
        {
            "subject": NAMED,
            "customer_id": named[0]["customer_id"],
            "scheme": "crm",
            "value": "C-1",
            "unit": "hq.zj.hz",
            "partner_code": "acme",
        }
    ]


async def test_somebody_named_twenty_times_at_once_gets_one_id(
    harness: Harness, world: None, report: Send, a_touchpoint: Make
) -> None:
    names = [{"scheme": "crm", "value": f"C-{number}"} for number in range(5)]

    await asyncio.gather(
        *(
            report(*(a_touchpoint(f"{run}-{each['value']}", customer=each) for each in order))
            for run in range(10)
            for order in (names, names[::-1])
        )
    )

    assert len(await harness.events_recorded(NAMED)) == 5
    assert len(set(await customers_met(harness))) == 5


async def test_one_name_written_in_two_ways_is_one_person(
    harness: Harness, world: None, report: Send, a_touchpoint: Make, register_customer: Send
) -> None:
    customer = await register_customer("msisdn:+8613800000001", "email:\u00e1n@example.com")

    await report(
        a_touchpoint("a", customer={"scheme": "msisdn", "value": "0086 138-0000-0001"}),
        a_touchpoint("b", customer={"scheme": "email", "value": " \u00c1n@Example.com "}),
        a_touchpoint("c", customer={"scheme": "email", "value": "a\u0301n@example.com"}),
    )

    assert await customers_met(harness) == [str(customer)] * 3


async def test_the_customer_services_word_wins_over_the_name_we_gave(
    harness: Harness, world: None, report: Send, a_touchpoint: Make, register_customer: Send
) -> None:
    await report(a_touchpoint("a"))
    known = await register_customer("crm:C-1")

    await report(a_touchpoint("b"))

    assert (await customers_met(harness))[1] == str(known)
    assert len(await harness.events_recorded(NAMED)) == 1


async def test_an_identifier_follows_its_customer_whatever_the_order_of_the_news(
    harness: Harness, world: None, report: Send, a_touchpoint: Make, register_customer: Send
) -> None:
    now = utcnow()
    first, second = uuid4(), uuid4()
    gone = {"customer_id": first, "version": 3, "subject": CHANGED, "at": now}
    moved = {"customer_id": second, "version": 1, "at": now + timedelta(seconds=1)}
    had = {"customer_id": first, "version": 2, "at": now - timedelta(seconds=1)}

    await register_customer("crm:C-1", **moved)
    await register_customer("crm:C-1", **had)
    await register_customer("crm:C-2", **gone)
    await register_customer("crm:C-1", **had)
    await report(a_touchpoint("a"), a_touchpoint("b", customer={"scheme": "crm", "value": "C-2"}))

    assert await customers_met(harness) == [str(second), str(first)]


async def test_news_delivered_twice_and_late_changes_nothing(
    harness: Harness, world: None, report: Send, a_touchpoint: Make, register_customer: Send
) -> None:
    customer, event_id = uuid4(), uuid4()
    await register_customer("crm:C-9", customer_id=customer, version=2, subject=CHANGED)

    await register_customer("crm:C-1", customer_id=customer, version=1, event_id=event_id)
    await register_customer("crm:C-1", customer_id=customer, version=1, event_id=event_id)
    await report(a_touchpoint("a", customer={"scheme": "crm", "value": "C-9"}))

    assert await customers_met(harness) == [str(customer)]
    assert await harness.events_recorded(NAMED) == []


async def test_a_customer_may_be_meant_by_our_id(
    harness: Harness, world: None, report: Send, a_touchpoint: Make, register_customer: Send
) -> None:
    customer = await register_customer("crm:C-1")

    receipt = await report(a_touchpoint(customer={"id": str(customer)}))

    assert receipt["accepted"] == 1
    assert await customers_met(harness) == [str(customer)]

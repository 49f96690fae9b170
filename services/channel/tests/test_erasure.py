from typing import Any
from uuid import UUID, uuid4

from channel.erasure.commands import confirm_erasures
from kit.testing.harness import Harness

REQUESTED = "octoreach.customer.erasure.requested.v1"
CONFIRMED = "octoreach.channel.erasure.confirmed.v1"
CHANGED = "octoreach.customer.customer.changed.v1"
MARKER = "zebra-crossing"


async def erase(
    harness: Harness, customer: UUID, *aliases: UUID, request: UUID | None = None
) -> Any:
    content = {
        "request_id": request or uuid4(),
        "customer_id": customer,
        "alias_ids": list(aliases),
    }
    await harness.hear(REQUESTED, content)
    return content["request_id"]


async def confirmed(harness: Harness) -> list[dict[str, Any]]:
    for _ in range(2):
        await harness.turn(confirm_erasures)
    return await harness.events_recorded(CONFIRMED)


async def somebody(
    register_customer: Any, report: Any, a_touchpoint: Any, place: Any, an_order: Any
) -> UUID:
    customer: UUID = await register_customer(f"crm:{MARKER}")
    named = {"scheme": "crm", "value": MARKER}
    await report(a_touchpoint(customer=named, properties={"said": MARKER}))
    await report(a_touchpoint("t-2", customer={"scheme": "email", "value": f"{MARKER}@x.example"}))
    assert (await place(an_order(customer=named))).status_code == 201
    return customer


async def test_who_is_erased_is_nowhere_to_be_found_and_their_orders_stand(
    world: None, harness: Harness, register_customer: Any, report: Any, a_touchpoint: Any,
    place: Any, an_order: Any, dispatch: Any,
) -> None:  # fmt: skip
    customer = await somebody(register_customer, report, a_touchpoint, place, an_order)
    await dispatch(customer_id=str(customer), text=MARKER)
    named = next(each for each in await harness.events_recorded() if "named" in each["subject"])
    await harness.publish()

    request = await erase(harness, customer, UUID(named["customer_id"]))

    told = await confirmed(harness)
    stored = await harness.stored()
    assert MARKER not in stored
    assert stored.count("public.sales_order ") == 1
    assert "public.first_answer " not in stored
    assert f"{customer}" in stored
    assert [(each["request_id"], each["customer_id"], each["rows"]) for each in told] == [
        (str(request), str(customer), 8)
    ]


async def test_what_is_heard_of_the_erased_later_leaves_nothing(
    world: None, harness: Harness, register_customer: Any, report: Any, a_touchpoint: Any,
    dispatch: Any,
) -> None:  # fmt: skip
    customer = await register_customer(f"crm:{MARKER}")
    await erase(harness, customer)

    await register_customer(f"crm:{MARKER}", customer_id=customer, version=9, subject=CHANGED)
    task = await dispatch(customer_id=str(customer), text=MARKER)
    late = await report(a_touchpoint(customer={"id": str(customer)}, properties={"a": MARKER}))

    assert late["rejected"][0]["message"] == "is not the id of a customer"
    stored = await harness.stored()
    assert MARKER not in stored
    assert task not in stored


async def test_who_comes_back_under_the_same_number_is_somebody_new(
    world: None, harness: Harness, register_customer: Any, report: Any, a_touchpoint: Any
) -> None:
    customer = await register_customer("crm:C-1")
    await erase(harness, customer)
    await harness.publish()

    assert (await report(a_touchpoint()))["accepted"] == 1

    [named, reported] = await harness.events_recorded()
    assert named["customer_id"] == reported["customer_id"] != str(customer)


async def test_an_erasure_is_confirmed_once_nothing_personal_waits_to_be_published(
    world: None, harness: Harness, register_customer: Any, report: Any, a_touchpoint: Any
) -> None:
    customer = await register_customer("crm:C-1")
    await report(a_touchpoint())
    await erase(harness, customer)

    too_early = await confirmed(harness)
    await harness.publish()
    once = await confirmed(harness)
    again = await confirmed(harness)

    assert (too_early, len(once), again) == ([], 1, once)


async def test_an_erasure_asked_for_twice_is_confirmed_twice_and_done_once(
    world: None, harness: Harness, register_customer: Any
) -> None:
    customer = await register_customer("crm:C-1")

    first = await erase(harness, customer)
    second = await erase(harness, customer)

    told = {each["request_id"]: each["rows"] for each in await confirmed(harness)}
    assert told == {str(first): 2, str(second): 0}

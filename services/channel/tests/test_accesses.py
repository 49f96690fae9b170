"""Who saw here what is personal of a customer is told to whoever keeps the audit."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from kit.testing.harness import Harness

Send = Callable[..., Awaitable[Any]]
NOTED = "octoreach.channel.accesses.noted.v1"
STORY = "touchpoints { edges { node { kind properties } } }"


@pytest.fixture
async def somebody(world: None, report: Send, a_touchpoint: Any, register_customer: Send) -> UUID:
    """A customer of whom a channel has told what they did, and where."""
    customer: UUID = await register_customer("crm:C-1")
    await report(a_touchpoint(kind="visited", properties={"place": "Pier 4", "minutes": 12}))
    return customer


def reference(customer: UUID) -> dict[str, Any]:
    return {"__typename": "Customer", "id": str(customer)}


async def noted(harness: Harness) -> list[dict[str, Any]]:
    return [look for told in await harness.events_recorded(NOTED) for look in told["looks"]]


async def test_what_channels_tell_of_a_customer_is_masked_for_who_sees_no_names(
    harness: Harness, somebody: UUID
) -> None:
    shown = {}
    for role, claims in (
        ("front_line", {}), ("marketer", {}), ("operator", {"scope": "privacy:handle"}),
        ("customer", {"customer": str(somebody)}),
    ):  # fmt: skip
        token = harness.token(role, unit="hq", **claims)
        found = await harness.entity(reference(somebody), STORY, as_=token)
        shown[role] = found["touchpoints"]["edges"][0]["node"]["properties"]

    whole, masked = {"place": "Pier 4", "minutes": 12}, {"place": "***", "minutes": "***"}
    assert shown == {
        "front_line": whole, "marketer": masked, "operator": masked, "customer": whole
    }  # fmt: skip


async def test_who_saw_what_of_whom_is_told_before_they_see_it(
    harness: Harness, somebody: UUID, front_line: str
) -> None:
    both = f"{STORY} orders {{ edges {{ cursor }} }}"
    own = harness.token("customer", unit=None, customer=str(somebody))

    await harness.entity(reference(somebody), "id", as_=front_line)
    await harness.entity(reference(somebody), both, as_=own)
    unseen = await noted(harness)
    await harness.entity(reference(somebody), both, as_=front_line)

    assert unseen == []
    [look] = await noted(harness)
    assert (look["person_id"], look["role"], look["fields"], look["whole"]) == (
        str(somebody),
        "front_line",
        ["orders", "touchpoints"],
        True,
    )


async def test_without_a_note_there_is_no_answer(
    harness: Harness, world: None, place: Send, an_order: Any, front_line: str
) -> None:
    order = (await place(an_order())).json()["id"]
    async with harness.db.transaction() as session:
        await session.execute(
            text(f"ALTER TABLE outbox ADD CONSTRAINT full_disk CHECK (subject <> '{NOTED}')")
        )

    answer = await harness.http.post(
        "/graphql",
        json={"query": f'{{ order(id: "{order}") {{ reference }} }}'},
        headers={"authorization": f"Bearer {front_line}"},
    )

    assert answer.status_code == 500
    assert await noted(harness) == []


INBOX = "{ work { edges { node { customerId title } } } }"


async def test_an_inbox_that_is_asked_for_again_and_again_is_noted_once_for_each_caller(
    harness: Harness, world: None, dispatch: Send, front_line: str
) -> None:
    customers = {str(uuid4()), str(uuid4())}
    for each in customers:
        await dispatch("hz-store", customer_id=each)
    other = harness.token("front_line", unit="hq.zj.hz", subject="guo", scope="tasks:work")

    for _ in range(3):
        await harness.graph(INBOX, as_=front_line)
        await harness.get("/v1/tasks", as_=front_line)
    once = await noted(harness)
    await harness.get("/v1/tasks", as_=other)
    both = await noted(harness)

    assert {look["person_id"] for look in once} == customers
    assert [(look["by"], look["fields"]) for look in once] == [("fang", ["tasks"])] * 2
    assert [look["by"] for look in both[2:]] == ["guo"] * 2

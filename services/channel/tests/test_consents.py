"""Who says no is not reached: not by what waits, not by what comes in, not by what is claimed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from kit.testing.harness import Harness

Send = Callable[..., Awaitable[Any]]
CHANGED = "octoreach.customer.customer.changed.v1"
PROGRESSED = "octoreach.channel.task.progressed.v1"
CLAIM = """
mutation ($task: UUID!) { claimTask(taskId: $task) {
  __typename
  ... on TaskWasClaimed { work { state } }
  ... on WorkIsOver { state endedAs }
} }
"""
REPORT = """
mutation ($task: UUID!, $outcome: WorkOutcome!) {
  reportOutcome(taskId: $task, outcome: $outcome) { __typename }
}
"""
WORK = "query { work { edges { node { taskId } } } }"
OVER = {"__typename": "WorkIsOver", "state": "CLOSED", "endedAs": "withdrawn"}


def said(granted: bool, kind: str | None = None) -> dict[str, Any]:
    return {"purpose": "marketing", "channel_kind": kind, "granted": granted}


@pytest.fixture
async def customer(world: None, register_customer: Send) -> UUID:
    return UUID(str(await register_customer("crm:C-1", consents=[said(True)])))


@pytest.fixture
def change(register_customer: Send, customer: UUID) -> Send:
    async def send(version: int = 2, **facts: Any) -> None:
        await register_customer(
            "crm:C-1", customer_id=customer, version=version, subject=CHANGED, **facts
        )

    return send


@pytest.fixture
def claim(mutate: Send, front_line: str) -> Send:
    async def send(task: str) -> Any:
        return await mutate(CLAIM, as_=front_line, task=task)

    return send


@pytest.fixture
def inbox(harness: Harness, front_line: str) -> Send:
    async def read() -> list[str]:
        found = await harness.graph(WORK, as_=front_line)
        return [edge["node"]["taskId"] for edge in found["work"]["edges"]]

    return read


async def statuses(harness: Harness) -> list[str]:
    return [each["status"] for each in await harness.events_recorded(PROGRESSED)]


@pytest.mark.parametrize(
    "facts",
    [
        {"consents": [said(False)]},
        {"consents": [said(True), said(False, "own_store")]},
        {"consents": [said(True)], "special_lists": ["do_not_contact"]},
        {"consents": [said(True)], "special_lists": ["vip_protected"]},
    ],
)
async def test_a_task_that_waits_leaves_the_inbox_when_its_customer_says_no(
    harness: Harness, customer: UUID, dispatch: Send, change: Send, inbox: Send, claim: Send, facts
) -> None:
    task = await dispatch("hz-store", customer_id=str(customer))

    await change(**facts)

    assert await inbox() == []
    assert await claim(task) == OVER
    assert await statuses(harness) == ["delivered", "withdrawn"]


@pytest.mark.parametrize(
    "facts",
    [
        {"consents": []},
        {"consents": [said(False, "sms"), said(True)]},
        {"consents": [said(False), said(True, "own_store")]},
        {"consents": [{**said(False), "purpose": "research"}]},
    ],
)
async def test_a_no_to_something_else_leaves_it_there(
    harness: Harness, customer: UUID, dispatch: Send, change: Send, inbox: Send, facts
) -> None:
    task = await dispatch("hz-store", customer_id=str(customer))

    await change(**facts)

    assert await inbox() == [task]
    assert await statuses(harness) == ["delivered"]


async def test_a_task_dispatched_before_and_heard_of_after_is_never_delivered(
    harness: Harness, customer: UUID, dispatch: Send, change: Send, inbox: Send, claim: Send
) -> None:
    await change(consents=[said(False)])

    task = await dispatch("hz-store", customer_id=str(customer))

    assert await inbox() == []
    assert await claim(task) == OVER
    assert await statuses(harness) == ["withdrawn"]


async def test_who_has_claimed_it_may_not_go_on_unless_they_are_talking_already(
    harness: Harness,
    customer: UUID,
    dispatch: Send,
    change: Send,
    claim: Send,
    mutate: Send,
    front_line: str,
) -> None:
    fresh, shown = [await dispatch("hz-store", customer_id=str(customer)) for _ in range(2)]
    await claim(fresh)
    await claim(shown)
    await mutate(REPORT, as_=front_line, task=shown, outcome="PRESENTED")

    await change(consents=[said(False)])

    first = await mutate(REPORT, as_=front_line, task=fresh, outcome="PRESENTED")
    assert first == {"__typename": "WorkIsOver"}
    assert await claim(shown) == OVER
    second = await mutate(REPORT, as_=front_line, task=shown, outcome="ACCEPTED")
    assert second == {"__typename": "OutcomeWasReported"}
    told = [each["status"] for each in await harness.events_recorded(PROGRESSED)]
    assert told == ["delivered", "delivered", "presented", "withdrawn", "accepted"]


async def test_late_news_opens_nothing_and_closes_nothing(
    customer: UUID, dispatch: Send, change: Send, inbox: Send
) -> None:
    await change(version=5, consents=[said(False)])
    await change(version=4, consents=[said(True)])
    await dispatch("hz-store", customer_id=str(customer))
    assert await inbox() == []

    await change(version=7, consents=[said(True)])
    await change(version=6, consents=[said(False)])
    task = await dispatch("hz-store", customer_id=str(customer))

    assert await inbox() == [task]


async def test_partners_apps_are_told_as_well(
    harness: Harness, customer: UUID, dispatch: Send, change: Send, acme: str
) -> None:
    task = await dispatch("acme-app", customer_id=str(customer))

    await change(consents=[said(False, "app")])

    assert (await harness.get("/v1/tasks", as_=acme)).json()["tasks"] == []
    refused = await harness.post(f"/v1/tasks/{task}/claim", {}, as_=acme)
    assert (refused.status_code, refused.json()["ended_as"]) == (409, "withdrawn")


async def test_nobody_holds_a_claim_once_the_no_is_known_however_many_try(
    harness: Harness, customer: UUID, dispatch: Send, change: Send, claim: Send, inbox: Send
) -> None:
    tasks = [await dispatch("hz-store", customer_id=str(customer)) for _ in range(6)]

    await asyncio.gather(
        *(claim(task) for task in tasks),
        change(consents=[said(False)]),
        *(dispatch("hz-store", customer_id=str(customer)) for _ in range(3)),
    )

    assert await inbox() == []
    claimed = await harness.graph(
        "query ($as: WorkState!) { work(state: $as) { edges { node { taskId } } } }",
        as_=harness.token("operator", subject="olga"),
        **{"as": "CLAIMED"},
    )
    assert claimed["work"]["edges"] == []


async def test_a_customer_of_whom_nothing_was_heard_is_reached(
    world: None, dispatch: Send, inbox: Send
) -> None:
    task = await dispatch("hz-store", customer_id=str(uuid4()))

    assert await inbox() == [task]


async def test_what_comes_over_in_a_merge_leaves_the_inbox_if_the_survivor_has_said_no(
    harness: Harness, customer: UUID, dispatch: Send, change: Send, inbox: Send, claim: Send
) -> None:
    absorbed = str(uuid4())
    task = await dispatch("hz-store", customer_id=absorbed)
    await change(consents=[said(False)])

    merge = {"merge_id": str(uuid4()), "customer_id": str(customer), "absorbed_id": absorbed}
    await harness.hear("octoreach.customer.customer.merged.v1", merge)

    assert await inbox() == []
    assert await claim(task) == OVER

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from services.channel.tests.inboxes import CLOSED, PROGRESSED, Send, statuses

from channel.work.commands import give_back_and_expire
from kit.models import utcnow
from kit.testing.harness import GraphFailed, Harness

Make = Callable[..., dict[str, Any]]
DISPATCHED = "octoreach.campaign.task.dispatched.v1"


async def run_schedule(harness: Harness) -> None:
    async with harness.db.transaction() as session:
        await give_back_and_expire(session)


async def test_a_dispatched_task_is_in_its_inbox_and_said_to_be_delivered(
    harness: Harness, world: None, dispatch: Send, inbox: Send
) -> None:
    campaign, customer = str(uuid4()), str(uuid4())

    task = await dispatch("hz-store", campaign_id=campaign, customer_id=customer)

    assert await inbox() == [task]
    told = (await harness.events_recorded(PROGRESSED))[0]
    del told["occurred_at"]
    assert told == {
        "subject": PROGRESSED,
        "task_id": task,
        "campaign_id": campaign,
        "customer_id": customer,
        "status": "delivered",
        "channel_code": "hz-store",
        "reason": None,
        "by": None,
    }


async def test_a_task_dispatched_twice_is_delivered_once(
    harness: Harness, world: None, dispatch: Send, inbox: Send
) -> None:
    task = await dispatch("hz-store")

    await dispatch("hz-store", task_id=task)

    assert await inbox() == [task]
    assert await statuses(harness) == ["delivered"]


async def test_a_claim_repeated_by_the_same_person_is_the_same_claim(
    world: None, dispatch: Send, claim: Send
) -> None:
    task = await dispatch("hz-store")

    answers = await asyncio.gather(*(claim(task) for _ in range(5)))

    assert (
        answers
        == [{"__typename": "TaskWasClaimed", "work": {"state": "CLAIMED", "claimedBy": "fang"}}] * 5
    )


async def test_a_lease_that_runs_out_leaves_the_task_to_the_next(
    harness: Harness, world: None, dispatch: Send, claim: Send, answer: Send, inbox: Send
) -> None:
    task = await dispatch("hz-store")
    other = harness.token("front_line", unit="hq.zj.hz", subject="other", seconds=86_400)
    await claim(task)

    with time_machine.travel(utcnow() + timedelta(minutes=16)):
        open_again = await inbox(as_=other)
        taken = await claim(task, as_=other)
        late = await answer(task, "ACCEPTED")

    assert open_again == [task]
    assert taken["work"]["claimedBy"] == "other"
    assert late["__typename"] == "ClaimedByAnother"
    assert await statuses(harness) == ["delivered"]


async def test_the_schedule_gives_back_what_was_claimed_and_expires_what_nobody_took(
    harness: Harness, world: None, dispatch: Send, claim: Send, inbox: Send, front_line: str
) -> None:
    kept = await dispatch("hz-store")
    late = await dispatch("hz-store", deadline=(utcnow() + timedelta(minutes=5)).isoformat())
    await claim(kept)
    await claim(late)

    with time_machine.travel(utcnow() + timedelta(minutes=16)):
        await run_schedule(harness)
        await run_schedule(harness)
        refused = await claim(late)

    assert (await inbox(), await inbox(state="CLOSED")) == ([kept], [late])
    assert refused["__typename"] == "WorkIsOver"
    assert (refused["state"], refused["endedAs"]) == ("CLOSED", "expired")
    assert await statuses(harness) == ["delivered", "delivered", "expired"]
    history = await harness.entity(
        {"__typename": "Task", "id": kept},
        "work { state history { what by reason } }",
        as_=front_line,
    )
    assert history["work"] == {
        "state": "OPEN",
        "history": [
            {"what": "delivered", "by": None, "reason": None},
            {"what": "claimed", "by": "fang", "reason": None},
            {"what": "given back", "by": None, "reason": "the lease ran out"},
        ],
    }


async def test_outcomes_are_reported_in_order_and_told(
    harness: Harness, world: None, dispatch: Send, claim: Send, answer: Send
) -> None:
    task = await dispatch("hz-store")
    await claim(task)

    presented = await answer(task, "PRESENTED")
    declined = await answer(task, "DECLINED", reason="too dear")

    assert presented["work"] == {"state": "CLAIMED", "status": "presented", "claimedBy": "fang"}
    assert declined["work"] == {"state": "ANSWERED", "status": "declined", "claimedBy": "fang"}
    told = await harness.events_recorded(PROGRESSED)
    assert [(each["status"], each["by"], each["reason"]) for each in told] == [
        ("delivered", None, None),
        ("presented", "fang", None),
        ("declined", "fang", "too dear"),
    ]


@pytest.mark.parametrize(
    ("before", "outcome", "refusal"),
    [
        ([], "ACCEPTED", ("NotClaimed", "Claim the task first.")),
        (
            ["CLAIM", "ACCEPTED"],
            "PRESENTED",
            ("OutcomeNotPossible", "The task is accepted already; presented can't follow."),
        ),
        (
            ["CLAIM", "NO_ANSWER"],
            "ACCEPTED",
            ("OutcomeNotPossible", "The task is no_answer already; accepted can't follow."),
        ),
    ],
)
async def test_an_outcome_out_of_order_is_refused_and_changes_nothing(
    harness: Harness,
    world: None,
    dispatch: Send,
    claim: Send,
    answer: Send,
    before: list[str],
    outcome: str,
    refusal: tuple[str, str],
) -> None:
    task = await dispatch("hz-store")
    for each in before:
        await (claim(task) if each == "CLAIM" else answer(task, each))
    told = await statuses(harness)

    refused = await answer(task, outcome)

    assert (refused["__typename"], refused["message"]) == refusal
    assert await statuses(harness) == told


async def test_a_closed_task_leaves_the_inbox(
    harness: Harness, world: None, dispatch: Send, claim: Send, answer: Send, inbox: Send
) -> None:
    task = await dispatch("hz-store")
    await claim(task)
    closing = {
        "task_id": task,
        "customer_id": str(uuid4()),
        "channel_code": "hz-store",
        "status": "withdrawn",
    }

    event_id = await harness.hear(CLOSED, closing)
    await harness.hear(CLOSED, closing, event_id=event_id)
    refused = await answer(task, "ACCEPTED")

    assert (await inbox(), await inbox(state="CLOSED")) == ([], [task])
    assert refused["message"] == "The task is closed: withdrawn; there is nothing left to do."
    assert await statuses(harness) == ["delivered"]


async def test_a_task_closed_before_it_was_heard_of_is_never_open(
    harness: Harness, world: None, dispatch: Send, inbox: Send
) -> None:
    task = str(uuid4())
    await harness.hear(
        CLOSED,
        {
            "task_id": task,
            "customer_id": str(uuid4()),
            "channel_code": "hz-store",
            "status": "expired",
        },
    )
    unheard = await inbox(state="CLOSED")

    await dispatch("hz-store", task_id=task)

    assert unheard == []
    assert (await inbox(), await inbox(state="CLOSED")) == ([], [task])
    assert await statuses(harness) == []


async def test_work_elsewhere_is_neither_seen_nor_touched(
    harness: Harness, world: None, dispatch: Send, claim: Send, inbox: Send
) -> None:
    task = await dispatch("hz-store")
    elsewhere = harness.token("front_line", unit="hq.zj.nb", subject="ning")

    assert await inbox(as_=elsewhere) == []
    assert (await claim(task, as_=elsewhere))["__typename"] == "NotFound"
    assert await harness.entity(
        {"__typename": "Task", "id": task}, "work { state }", as_=elsewhere
    ) == {"work": None}
    with pytest.raises(GraphFailed) as failed:
        await claim(task, as_=harness.token("marketer"))
    assert failed.value.codes == ["FORBIDDEN"]


async def test_a_partners_app_works_its_own_tasks_alone(
    harness: Harness, world: None, dispatch: Send, a_partner: Send, acme: str
) -> None:
    task = await dispatch("acme-app")
    foreign = await dispatch("hz-store")

    listed = (await harness.get("/v1/tasks", as_=acme)).json()
    claimed = await harness.post(f"/v1/tasks/{task}/claim", {}, as_=acme)
    outcomes = [
        await harness.post(f"/v1/tasks/{task}/outcome", {"outcome": each}, as_=acme)
        for each in ("presented", "accepted", "accepted", "declined")
    ]
    stolen = await harness.post(f"/v1/tasks/{foreign}/claim", {}, as_=acme)

    assert [(each["id"], each["products"]) for each in listed["tasks"]] == [
        (task, ["streaming-plus"])
    ]
    assert (claimed.status_code, claimed.json()["state"]) == (200, "claimed")
    assert [each.status_code for each in outcomes] == [200, 200, 200, 409]
    assert outcomes[3].json()["title"] == "OutcomeNotPossible"
    assert (stolen.status_code, stolen.json()["title"]) == (404, "NotFound")
    assert await statuses(harness) == ["delivered", "delivered", "presented", "accepted"]


async def test_a_task_names_the_touchpoint_event_as_its_reporter_did(
    harness: Harness, world: None, dispatch: Send, report: Send, a_touchpoint: Make, acme: str
) -> None:
    await report(a_touchpoint("visit-1"))
    told = (await harness.events_recorded("octoreach.channel.touchpoint.reported.v1"))[0]
    led = await dispatch("acme-app", touchpoint_id=told["touchpoint_id"])
    other = await dispatch("acme-app")

    listed = (await harness.get("/v1/tasks", as_=acme)).json()["tasks"]
    claimed = (await harness.post(f"/v1/tasks/{led}/claim", {}, as_=acme)).json()

    assert {each["id"]: each["touchpoint_event"] for each in listed} == {
        led: "visit-1",
        other: None,
    }
    assert claimed["touchpoint_event"] == "visit-1"


async def test_tasks_come_in_pages_the_nearest_deadline_first(
    harness: Harness, world: None, dispatch: Send, acme: str
) -> None:
    now = utcnow()
    tasks = [
        await dispatch("acme-app", deadline=(now + timedelta(hours=hours)).isoformat())
        for hours in (3, 1, 2)
    ]

    first = (await harness.get("/v1/tasks", as_=acme, first=2)).json()
    rest = (await harness.get("/v1/tasks", as_=acme, first=2, after=first["next"])).json()

    assert [each["id"] for each in first["tasks"]] == [tasks[1], tasks[2]]
    assert [each["id"] for each in rest["tasks"]] == [tasks[0]]
    assert rest["next"] is None


async def test_who_waits_for_a_task_gets_it_when_it_comes(
    harness: Harness, world: None, dispatch: Send, acme: str
) -> None:
    waiting = asyncio.create_task(harness.get("/v1/tasks", as_=acme, wait=10))
    await asyncio.sleep(0.1)

    task = await dispatch("acme-app")

    assert [each["id"] for each in (await waiting).json()["tasks"]] == [task]

"""Complaints have an owner and a deadline, and end with a resolution."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from customer.complaints.commands import escalate_complaints
from customer.complaints.errors import ComplaintIsClosed, ComplaintIsOpen
from customer.complaints.models import Complaint, ComplaintRule, ComplaintState
from kit.models import utcnow
from kit.testing.harness import GraphFailed, Harness

EVENTS = "octoreach.customer.complaint."
COMPLAINT = "id state owner deadline resolution timesReopened history { what by note }"
ANSWER = """{
  __typename
  ... on %s { complaint { %s } }
  ... on Refusal { message }
  ... on InvalidInput { field }
}"""
OPEN = f"""mutation ($id: UUID!, $complaint: ComplaintInput!) {{
  answer: openComplaint(customerId: $id, complaint: $complaint)
  {ANSWER % ("ComplaintWasOpened", COMPLAINT)} }}"""
STEPS = {
    name: f"""mutation ($id: UUID!, $said: String!) {{ answer: {name}(id: $id, {word}: $said)
      {ANSWER % ("ComplaintWasChanged", COMPLAINT)} }}"""
    for name, word in (
        ("assignComplaint", "owner"),
        ("closeComplaint", "resolution"),
        ("reopenComplaint", "reason"),
    )
}
LIST = """
query ($state: ComplaintState, $owner: String, $overdue: Boolean! = false) {
  complaints(state: $state, owner: $owner, overdue: $overdue) { edges { node { id } } } }
"""


async def open_one(
    harness: Harness, as_: str, id_: str, key: str = "k", **more: Any
) -> dict[str, Any]:
    told = {"category": "contact", "words": "You call at night.", "idempotencyKey": key, **more}
    return (await harness.graph(OPEN, as_=as_, id=id_, complaint=told))["answer"]


async def step(harness: Harness, as_: str, name: str, id_: str, said: str) -> dict[str, Any]:
    return (await harness.graph(STEPS[name], as_=as_, id=id_, said=said))["answer"]


async def told(harness: Harness) -> list[str]:
    events = await harness.events_recorded()
    return [
        each["subject"].removeprefix(EVENTS).removesuffix(".v1")
        for each in events
        if each["subject"].startswith(EVENTS)
    ]


async def listed(harness: Harness, as_: str, **asked: Any) -> list[str]:
    found = await harness.graph(LIST, as_=as_, **asked)
    return [edge["node"]["id"] for edge in found["complaints"]["edges"]]


async def escalate(harness: Harness) -> None:
    async with harness.db.transaction() as session:
        await escalate_complaints(session)


async def test_a_complaint_gets_its_owner_and_deadline_from_its_category(
    harness: Harness, a_customer, customer_of, front_line: str
) -> None:
    known, task = await a_customer(), str(uuid4())
    before = utcnow()

    answer = await open_one(harness, front_line, known, taskId=task, channelCode="call")

    complaint = answer["complaint"]
    assert (complaint["state"], complaint["owner"]) == ("OPEN", "customer-care")
    deadline = datetime.fromisoformat(complaint["deadline"])
    assert before + timedelta(hours=24) <= deadline <= utcnow() + timedelta(hours=24)
    assert complaint["history"] == [{"what": "opened", "by": "ada", "note": ""}]
    (event,) = await harness.events_recorded(f"{EVENTS}opened.v1")
    assert (event["complaint_id"], event["task_id"], event["channel_code"]) == (
        complaint["id"],
        task,
        "call",
    )
    assert "words" not in event
    timeline = await customer_of(known, "timeline { edges { node { kind title } } }")
    assert [edge["node"] for edge in timeline["timeline"]["edges"]] == [
        {"kind": "complaint_opened", "title": "Complaint about contact opened"}
    ]


async def test_a_complaint_sent_twice_is_one(harness: Harness, a_customer, front_line: str) -> None:
    known = await a_customer()

    answers = await asyncio.gather(*(open_one(harness, front_line, known) for _ in range(5)))
    other = await open_one(harness, front_line, known, words="Something else.")

    assert len({each["complaint"]["id"] for each in answers}) == 1
    assert other["__typename"] == "IdempotencyKeyReused"
    assert other["message"].startswith("The idempotency key k was used before")
    assert await told(harness) == ["opened"]


async def test_it_is_closed_with_a_resolution_and_opened_again_with_a_reason(
    harness: Harness, a_customer, front_line: str
) -> None:
    id_ = (await open_one(harness, front_line, await a_customer()))["complaint"]["id"]

    blank = await step(harness, front_line, "closeComplaint", id_, "  ")
    early = await step(harness, front_line, "reopenComplaint", id_, "Not yet")
    closed = await step(harness, front_line, "closeComplaint", id_, "Calls only by day.")
    again = await step(harness, front_line, "closeComplaint", id_, "Calls only by day.")
    otherwise = await step(harness, front_line, "closeComplaint", id_, "Nothing.")
    moved = await step(harness, front_line, "assignComplaint", id_, "bob")
    reopened = await step(harness, front_line, "reopenComplaint", id_, "Called at 23:00.")

    assert (blank["__typename"], blank["field"]) == ("InvalidInput", "resolution")
    assert early["__typename"] == "ComplaintIsOpen"
    assert closed["complaint"]["resolution"] == "Calls only by day."
    assert again == closed
    assert otherwise["__typename"] == moved["__typename"] == "ComplaintIsClosed"
    assert (reopened["complaint"]["state"], reopened["complaint"]["timesReopened"]) == ("OPEN", 1)
    assert reopened["complaint"]["resolution"] is None
    assert await told(harness) == ["opened", "closed", "reopened"]


async def test_it_is_given_to_somebody_else_once(
    harness: Harness, a_customer, front_line: str
) -> None:
    id_ = (await open_one(harness, front_line, await a_customer()))["complaint"]["id"]

    for _ in range(2):
        answer = await step(harness, front_line, "assignComplaint", id_, "bob")

    assert answer["complaint"]["owner"] == "bob"
    assert answer["complaint"]["history"][1:] == [
        {"what": "assigned", "by": "ada", "note": "to bob"}
    ]
    assert await listed(harness, front_line, owner="bob") == [id_]
    assert await listed(harness, front_line, owner="ada") == []


async def test_it_is_escalated_when_the_deadline_nears_and_when_it_passes_once_each(
    harness: Harness, a_customer, front_line: str
) -> None:
    id_ = (await open_one(harness, front_line, await a_customer()))["complaint"]["id"]
    other = await open_one(harness, front_line, await a_customer("crm:C-2"), key="other")
    await step(harness, front_line, "closeComplaint", other["complaint"]["id"], "Done.")
    now = utcnow()

    for hours in (1, 17, 17, 25, 25):
        with time_machine.travel(now + timedelta(hours=hours), tick=False):
            await asyncio.gather(*(escalate(harness) for _ in range(3)))

    events = await harness.events_recorded(f"{EVENTS}escalated.v1")
    assert [(each["complaint_id"], each["level"]) for each in events] == [
        (id_, "deadline_near"),
        (id_, "overdue"),
    ]


async def test_what_is_overdue_is_found(harness: Harness, a_customer, front_line: str) -> None:
    id_ = (await open_one(harness, front_line, await a_customer()))["complaint"]["id"]

    async with harness.db.transaction() as session:
        complaint = await session.get(Complaint, id_)
        complaint.deadline = complaint.warn_at = utcnow() - timedelta(hours=1)
        session.add(complaint)

    assert await listed(harness, front_line, overdue=True) == [id_]
    await step(harness, front_line, "closeComplaint", id_, "Done.")
    assert await listed(harness, front_line, overdue=True) == []
    assert await listed(harness, front_line, state="CLOSED") == [id_]


async def test_customers_open_and_reopen_their_own_and_see_no_others(
    harness: Harness, a_customer, front_line: str
) -> None:
    one, other = await a_customer("crm:C-1"), await a_customer("crm:C-2")
    themself = harness.token("customer", unit=None, customer=one)
    foreign = (await open_one(harness, front_line, other))["complaint"]["id"]

    own = (await open_one(harness, themself, one))["complaint"]["id"]
    await step(harness, front_line, "closeComplaint", own, "Done.")
    reopened = await step(harness, themself, "reopenComplaint", own, "Not done.")
    refused = await step(harness, themself, "reopenComplaint", foreign, "Hm.")
    chosen = await open_one(harness, themself, one, key="2", owner="my-friend")

    assert reopened["complaint"]["state"] == "OPEN"
    assert refused["__typename"] == "NotFound"
    assert (chosen["__typename"], chosen["field"]) == ("InvalidInput", "owner")
    assert await listed(harness, themself) == [own]
    with pytest.raises(GraphFailed) as failed:
        await step(harness, themself, "closeComplaint", own, "Fine.")
    assert failed.value.codes == ["FORBIDDEN"]


async def test_units_do_not_see_each_others(harness: Harness, a_customer, front_line: str) -> None:
    id_ = (await open_one(harness, front_line, await a_customer()))["complaint"]["id"]
    elsewhere = harness.token("front_line", unit="hq.gd")

    refused = await step(harness, elsewhere, "closeComplaint", id_, "Done.")

    assert refused["__typename"] == "NotFound"
    assert await listed(harness, elsewhere) == []
    assert await told(harness) == ["opened"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"category": "weather"}, "category"),
        ({"words": " "}, "words"),
        ({"words": "x" * 4_001}, "words"),
        ({"channelCode": "x" * 65}, "channelCode"),
        ({"key": ""}, "idempotencyKey"),
    ],
)
async def test_what_is_no_complaint_is_refused_and_not_kept(
    harness: Harness, a_customer, front_line: str, wrong: dict, field: str
) -> None:
    refusal = await open_one(harness, front_line, await a_customer(), **wrong)

    assert (refusal["__typename"], refusal["field"]) == ("InvalidInput", field)
    assert await listed(harness, front_line) == []
    assert await told(harness) == []


SET_RULE = """
mutation ($rule: ComplaintRuleInput!) { setComplaintRule(rule: $rule) {
  __typename ... on InvalidInput { field }
} }
"""
RULE = {
    "category": "outage",
    "name": "Outages",
    "hoursToResolve": 4,
    "warningHours": 1,
    "owner": "network",
}


async def test_a_rule_holds_for_what_is_opened_from_then_on(
    harness: Harness, a_customer, front_line: str, marketer: str
) -> None:
    for hours in (8, 4):
        await harness.graph(SET_RULE, as_=marketer, rule=RULE | {"hoursToResolve": hours})

    answer = await open_one(harness, front_line, await a_customer(), category="outage")

    assert answer["complaint"]["owner"] == "network"
    deadline = datetime.fromisoformat(answer["complaint"]["deadline"])
    assert deadline <= utcnow() + timedelta(hours=4)
    for field, value in (("warningHours", 4), ("category", "Out age"), ("category", "")):
        wrong = await harness.graph(SET_RULE, as_=marketer, rule=RULE | {field: value})
        assert wrong["setComplaintRule"] == {"__typename": "InvalidInput", "field": field}


async def test_rules_hold_for_all_units_and_are_set_by_that_of_all(harness: Harness) -> None:
    province = harness.token("marketer", unit="hq.zj")

    with pytest.raises(GraphFailed) as failed:
        await harness.graph(SET_RULE, as_=province, rule=RULE)

    assert failed.value.codes == ["FORBIDDEN"]
    rules = await harness.graph("{ complaintRules { category } }", as_=province)
    assert "outage" not in [each["category"] for each in rules["complaintRules"]]


ACTS = st.lists(st.sampled_from(["close", "reopen", "assign", "escalate", "wait"]), max_size=12)


@given(ACTS)
def test_whatever_is_done_to_it_it_is_closed_just_when_it_has_a_resolution(acts: list[str]) -> None:
    rule = ComplaintRule(category="x", hours_to_resolve=10, warning_hours=2)
    now = utcnow()
    complaint = Complaint(customer_id=uuid4(), unit="hq", category="x", words="w", owner="o")
    complaint.due(rule, now)

    for act in acts:
        was_open = complaint.state == ComplaintState.OPEN
        try:
            if act == "close":
                complaint.close("done", now)
            elif act == "reopen":
                complaint.reopen()
                complaint.due(rule, now)
            elif act == "assign":
                complaint.give_to("p")
            elif act == "escalate":
                assert complaint.escalate(now) is None or was_open
            else:
                now += timedelta(hours=5)
        except ComplaintIsClosed:
            assert not was_open
        except ComplaintIsOpen:
            assert was_open

        closed = complaint.state == ComplaintState.CLOSED
        assert closed == (complaint.resolution is not None) == (complaint.closed_at is not None)
        assert complaint.warn_at <= complaint.deadline

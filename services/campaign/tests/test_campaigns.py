"""Planning and steering: who may do what to a campaign in which state."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from campaign.campaigns.commands import keep_to_the_calendar
from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed

STEPS = """query ($id: UUID!) { campaign(id: $id) {
  state steps { fromState toState by reason } approvals { kind by round } } }"""


async def test_a_campaign_goes_from_plan_to_lesson_and_every_step_is_kept(marketing: Any) -> None:
    id = await marketing.running()

    await marketing.step("pauseCampaign", id, reason="Let us look.")
    await marketing.step("resumeCampaign", id)
    await marketing.step("completeCampaign", id)
    await marketing.step("evaluateCampaign", id, lesson="Films sell on Fridays.")

    seen = (await marketing.harness.graph(STEPS, as_=marketing.analyst, id=id))["campaign"]
    assert [(each["fromState"], each["toState"], each["by"]) for each in seen["steps"]] == [
        ("DRAFT", "SUBMITTED", "mia"),
        ("SUBMITTED", "APPROVED", "abe"),
        ("APPROVED", "RUNNING", "mia"),
        ("RUNNING", "PAUSED", "mia"),
        ("PAUSED", "RUNNING", "mia"),
        ("RUNNING", "COMPLETED", "mia"),
        ("COMPLETED", "EVALUATED", "mia"),
    ]
    assert seen["steps"][3]["reason"] == "Let us look."
    assert seen["approvals"] == [
        {"kind": "BUSINESS", "by": "abe", "round": 1},
        {"kind": "COMPLIANCE", "by": "abe", "round": 1},
    ]
    told = await marketing.recorded("campaign.advanced")
    assert [each["to_state"] for each in told] == [
        each["toState"].lower() for each in seen["steps"]
    ]


async def test_nobody_approves_what_they_submitted(marketing: Any) -> None:
    id = await marketing.planned()
    both = marketing.harness.token(
        "marketer", "approver", subject="bo", scope="approve:business approve:compliance"
    )
    await marketing.step("submitCampaign", id, as_=both)

    answer = await marketing.approve(id, as_=both)

    assert answer == {
        "__typename": "OwnCampaign",
        "message": "You submitted this campaign; somebody else has to approve it.",
        "submittedBy": "bo",
    }
    assert await marketing.state(id) == "SUBMITTED"


async def test_an_approval_takes_its_scope(marketing: Any) -> None:
    id = await marketing.planned()
    await marketing.step("submitCampaign", id)
    token = marketing.harness.token("approver", subject="abe", scope="approve:business")

    with pytest.raises(GraphFailed) as failed:
        await marketing.approve(id, "COMPLIANCE", as_=token)

    assert failed.value.codes == ["FORBIDDEN"]
    assert (await marketing.approve(id, "BUSINESS", as_=token))["__typename"] == (
        "CampaignWasApproved"
    )
    assert await marketing.state(id) == "SUBMITTED"


async def test_a_large_budget_needs_finance_too(marketing: Any) -> None:
    id = await marketing.planned(budget={"amountMinor": 10_000_000, "currency": "CNY"})
    await marketing.have_approved(id)

    before = await marketing.state(id)
    await marketing.approve(id, "FINANCE")

    assert (before, await marketing.state(id)) == ("SUBMITTED", "APPROVED")


async def test_an_approval_given_twice_at_once_counts_once(marketing: Any) -> None:
    id = await marketing.planned()
    await marketing.step("submitCampaign", id)

    answers = await asyncio.gather(*(marketing.approve(id) for _ in range(5)))

    assert Counter(each["__typename"] for each in answers) == {
        "CampaignWasApproved": 1,
        "CampaignAlreadyApproved": 4,
    }


async def test_a_campaign_sent_back_is_planned_anew_and_needs_every_approval_again(
    marketing: Any,
) -> None:
    id = await marketing.planned()
    await marketing.step("submitCampaign", id)
    await marketing.approve(id)

    await marketing.step("sendBackCampaign", id, reason="Too broad.")
    again = await marketing.plan_campaign(hypothesis="Fewer, better.")
    await marketing.step("submitCampaign", id)
    await marketing.approve(id, "COMPLIANCE")

    assert again["campaign"] == {"id": id, "code": "films", "state": "SENT_BACK"}
    assert await marketing.state(id) == "SUBMITTED"
    await marketing.approve(id)
    assert await marketing.state(id) == "APPROVED"


async def test_what_is_submitted_stands_plan_and_offer(marketing: Any) -> None:
    id = await marketing.planned()
    await marketing.step("submitCampaign", id)

    plan = await marketing.plan_campaign(hypothesis="Something else.")
    offer = await marketing.offer(costMinor=1)
    same = await marketing.offer()

    assert (plan["__typename"], plan["state"]) == ("CampaignStepNotPossible", "submitted")
    assert (offer["__typename"], offer["offerCode"]) == ("OfferIsFrozen", "streaming-deal")
    assert (same["__typename"], same["offer"]["frozen"]) == ("OfferWasDefined", True)


async def test_a_step_taken_many_times_at_once_is_taken_once(marketing: Any) -> None:
    id = await marketing.approved()

    answers = await asyncio.gather(*(marketing.step("startCampaign", id) for _ in range(8)))

    assert Counter(each["__typename"] for each in answers) == {
        "CampaignWasAdvanced": 1,
        "CampaignStepNotPossible": 7,
    }
    told = await marketing.recorded("campaign.advanced")
    assert [each["to_state"] for each in told].count("running") == 1


async def test_an_early_start_waits_for_its_time_and_the_end_completes_it(marketing: Any) -> None:
    tomorrow = utcnow() + timedelta(days=1)
    id = await marketing.approved(
        startsAt=tomorrow.isoformat(), endsAt=(tomorrow + timedelta(hours=1)).isoformat()
    )

    await marketing.step("startCampaign", id)
    states = []
    for hours in (0, 24.5, 1):
        await let_pass(marketing, hours)
        await marketing.run(keep_to_the_calendar)
        states.append(await marketing.state(id))

    assert states == ["SCHEDULED", "RUNNING", "COMPLETED"]
    told = await marketing.recorded("campaign.advanced")
    assert [each["by"] for each in told[-2:]] == ["platform", "platform"]


async def let_pass(marketing: Any, hours: float) -> None:
    """Time passes: what was planned for later is planned for sooner."""
    async with marketing.harness.db.transaction() as session:
        await session.execute(
            text(
                "UPDATE campaign SET starts_at = starts_at - CAST(:time AS interval), "
                "ends_at = ends_at - CAST(:time AS interval)"
            ),
            {"time": timedelta(hours=hours)},
        )


async def test_a_campaign_outside_the_callers_unit_is_not_there(marketing: Any) -> None:
    id = await marketing.planned(unit="hq.js")
    stranger = marketing.harness.token("marketer", unit="hq.zj")

    answer = await marketing.step("submitCampaign", id, as_=stranger)
    seen = await marketing.harness.graph(
        "query ($id: UUID!) { campaign(id: $id) { code } campaigns { edges { node { code } } } }",
        as_=stranger,
        id=id,
    )
    with pytest.raises(GraphFailed) as failed:
        await marketing.plan_campaign("theirs", as_=stranger, unit="hq.js")

    assert answer == {"__typename": "NotFound", "message": f"There is no campaign {id}."}
    assert seen == {"campaign": None, "campaigns": {"edges": []}}
    assert failed.value.codes == ["FORBIDDEN"]
    assert await marketing.state(id) == "DRAFT"


@pytest.mark.parametrize("role", ["front_line", "analyst", "approver", "operator"])
async def test_only_marketers_plan(marketing: Any, role: str) -> None:
    with pytest.raises(GraphFailed) as failed:
        await marketing.plan_campaign(as_=marketing.harness.token(role))

    assert failed.value.codes == ["FORBIDDEN"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "no spaces"}, "code"),
        ({"unit": "hq.ZJ"}, "unit"),
        ({"name": ""}, "name"),
        ({"offers": []}, "offers"),
        ({"offers": [{"code": "streaming-deal"}] * 2}, "offers"),
        ({"offers": [{"code": "streaming-deal", "weight": 0}]}, "offers.weight"),
        ({"controlShare": 0.6}, "controlShare"),
        ({"timeToAnswerHours": 0}, "timeToAnswerHours"),
        ({"trigger": None}, "trigger"),
        ({"trigger": {"touchpointKinds": []}}, "trigger.touchpointKinds"),
        ({"budget": {"amountMinor": -1, "currency": "CNY"}}, "budget.amountMinor"),
        ({"budget": {"amountMinor": 1, "currency": "USD"}}, "budget.currency"),
        ({"contactPolicy": {"perDay": 0}}, "contactPolicy.perDay"),
        ({"contactPolicy": {"quietFrom": "25:00"}}, "contactPolicy.quietFrom"),
        ({"arms": [{"code": "control"}]}, "arms"),
        ({"arms": [{"code": "a", "offers": ["other"]}]}, "arms.offers"),
        (
            {"startsAt": "2030-01-02T00:00:00Z", "endsAt": "2030-01-01T00:00:00Z"},
            "endsAt",
        ),
        (
            {"audience": {"compare": {"fact": "age", "operator": "IS_KNOWN"}}},
            "audience.compare.fact",
        ),
        (
            {
                "audience": {
                    "compare": {"fact": "property.x", "operator": "EQUALS", "value": {"text": "a"}}
                }
            },
            "audience.compare.fact",
        ),
    ],
)
async def test_a_plan_that_makes_no_sense_is_refused_and_stores_nothing(
    marketing: Any, changes: dict[str, Any], field: str
) -> None:
    await marketing.catalogue()

    answer = await marketing.plan_campaign(**changes)

    assert (answer["__typename"], answer["field"]) == ("InvalidInput", field)
    seen = await marketing.harness.graph(
        "{ campaigns { edges { node { code } } } }", as_=marketing.marketer
    )
    assert seen == {"campaigns": {"edges": []}}


async def test_a_plan_names_offers_that_exist(marketing: Any) -> None:
    await marketing.product()

    answer = await marketing.plan_campaign()

    assert answer == {
        "__typename": "NotFound",
        "message": "There is no offer streaming-deal.",
        "kind": "offer",
        "key": "streaming-deal",
    }


ACTIONS = ("submit", "business", "compliance", "sendBack", "start", "pause", "resume", "complete")
ALLOWED = {
    ("draft", "submit"): "submitted",
    ("sent_back", "submit"): "submitted",
    ("submitted", "sendBack"): "sent_back",
    ("approved", "sendBack"): "sent_back",
    ("approved", "start"): "running",
    ("running", "pause"): "paused",
    ("paused", "resume"): "running",
    ("running", "complete"): "completed",
    ("paused", "complete"): "completed",
}


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=st.lists(st.sampled_from(ACTIONS), max_size=14))
async def test_any_history_of_steps_leads_where_the_lifecycle_says(
    marketing: Any, history: list[str]
) -> None:
    await marketing.catalogue()
    planned = await marketing.plan_campaign(f"c-{uuid7()}")
    id, state, given = planned["campaign"]["id"], "draft", set()

    for action in history:
        if action in ("business", "compliance"):
            await marketing.approve(id, action.upper())
            if state == "submitted":
                given.add(action)
                state = "approved" if len(given) == 2 else state
        else:
            more = {"reason": "why"} if action not in ("submit", "start") else {}
            await marketing.step(f"{action}Campaign", id, **more)
            state = ALLOWED.get((state, action), state)
            if state == "sent_back":
                given = set()

    assert (await marketing.state(id)).lower() == state

"""Of several campaigns the best one offers, within its units and its time."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from kit.models import utcnow
from kit.testing.harness import GraphFailed


async def test_deciders_at_once_give_a_customer_one_task_of_a_campaign(
    marketing: Any,
) -> None:
    await marketing.running()
    customers = [await marketing.customer() for _ in range(3)]

    await asyncio.gather(
        *(
            marketing.hear_all(
                *(
                    ("channel.touchpoint.reported", marketing.touchpoint(customer))
                    for customer in (customers if turn % 2 else reversed(customers))
                )
            )
            for turn in range(6)
        )
    )

    assert await marketing.outcomes() == {"offered": 3, "nothing": 15}
    assert len(await marketing.tasks()) == 3


async def test_of_two_campaigns_the_offer_worth_more_wins_and_the_other_says_why(
    marketing: Any,
) -> None:
    await marketing.running("films")
    await marketing.offer("fibre-deal", expectedValueMinor=5_000)
    id = (await marketing.plan_campaign("fibre", offers=[{"code": "fibre-deal"}]))["campaign"]["id"]
    await marketing.have_approved(id)
    await marketing.step("startCampaign", id)
    customer = await marketing.customer()

    await marketing.meet(customer)

    (decision,) = await marketing.decisions(customer)
    told = [
        (each["offer"]["code"], each["outcome"], each["reason"]) for each in decision["candidates"]
    ]
    assert told == [
        ("fibre-deal", "offered", "Worth 1000, the most of all, by app."),
        ("streaming-deal", "outranked", "fibre-deal was worth more."),
    ]


async def test_what_is_accepted_more_often_ranks_higher_once_it_was_learnt(
    marketing: Any,
) -> None:
    from campaign.decisions.learning import learn_propensities
    from campaign.figures.commands import fold_figures

    await marketing.channel("app", "app")
    await marketing.product()
    await marketing.offer("a-deal", benefit=None)
    await marketing.offer("b-deal", benefit=None)
    for code in ("a", "b"):
        planned = await marketing.plan_campaign(
            code,
            offers=[{"code": f"{code}-deal"}],
            trigger={"touchpointKinds": [f"about_{code}", "ran_low"]},
        )
        await marketing.have_approved(planned["campaign"]["id"])
        await marketing.step("startCampaign", planned["campaign"]["id"])
    for _ in range(3):
        await marketing.meet(await marketing.customer(), kind="about_b")
        await marketing.report((await marketing.tasks())[-1], "accepted")
    before, after = await marketing.customer(), await marketing.customer()

    await marketing.meet(before)
    await marketing.run(fold_figures)
    await marketing.run(learn_propensities)
    await marketing.meet(after)

    offers = [task["offer_code"] for task in (await marketing.tasks())[-2:]]
    assert offers == ["a-deal", "b-deal"]


async def test_a_paused_campaign_offers_nothing_until_it_resumes(marketing: Any) -> None:
    id = await marketing.running()
    first, second = await marketing.customer(), await marketing.customer()

    await marketing.step("pauseCampaign", id, reason="Too many complaints.")
    await marketing.meet(first)
    await marketing.step("resumeCampaign", id, reason="Solved.")
    await marketing.meet(second)

    assert [task["customer_id"] for task in await marketing.tasks()] == [str(second)]


async def test_a_pilot_runs_in_its_units_until_it_rolls_out(marketing: Any) -> None:
    id = await marketing.approved()
    here, there = await marketing.customer(), await marketing.customer(unit="hq.js")

    await marketing.step("startCampaign", id, pilotUnits=["hq.zj"])
    await marketing.meet(here)
    await marketing.meet(there)
    piloting = await marketing.why(there)
    await marketing.step("startCampaign", id)
    await marketing.meet(there)

    assert piloting == ("audience", "The pilot runs in hq.zj only.")
    assert [task["customer_id"] for task in await marketing.tasks()] == [str(here), str(there)]


async def test_recommendations_commit_nothing(marketing: Any) -> None:
    id = await marketing.running()
    await marketing.channel("store", "own_store")
    customer = await marketing.customer()
    query = """query ($customer: UUID!) { recommendations(customerId: $customer, channelCode: "store") {
      campaignCode offer { code } score title } }"""

    data = await marketing.harness.graph(
        query, as_=marketing.harness.token("front_line", unit="hq.zj"), customer=customer
    )

    assert data["recommendations"] == [
        {
            "campaignCode": "films",
            "offer": {"code": "streaming-deal"},
            "score": 200.0,
            "title": "Streaming-Deal",
        }
    ]
    assert (await marketing.budget(id))["committed"] == 0
    assert await marketing.decisions(customer) == []


async def test_a_campaign_past_its_end_decides_nothing_even_before_it_is_completed(
    marketing: Any,
) -> None:
    end = utcnow() + timedelta(hours=1)
    id = await marketing.running(endsAt=end.isoformat())
    customer = await marketing.customer()

    with time_machine.travel(end, tick=False):
        await marketing.meet(customer)

    assert await marketing.why(customer) == ("trigger", "The campaign is out of its time.")
    assert await marketing.state(id) == "RUNNING"


async def test_a_touchpoint_that_fails_does_not_hold_up_the_others(marketing: Any) -> None:
    await marketing.running()
    customers = [await marketing.customer() for _ in range(3)]
    subject = "channel.touchpoint.reported"
    unstorable = marketing.touchpoint(customers[1], channel_code="a\0b")
    messages = [
        marketing.message(subject, marketing.touchpoint(customers[0])),
        marketing.message(subject, unstorable),
        marketing.message(subject, marketing.touchpoint(customers[2])),
    ]

    outcomes = await marketing.harness.running.hearing.hear(messages)

    assert [outcome.failure is None for outcome in outcomes] == [True, False, True]
    assert [task["customer_id"] for task in await marketing.tasks()] == [
        str(customers[0]),
        str(customers[2]),
    ]


async def test_whoever_is_held_out_of_everything_is_offered_nothing(
    marketing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from campaign.decisions.sampling import is_held_out_of_all
    from campaign.settings import settings

    monkeypatch.setenv("GLOBAL_HOLDOUT_SHARE", "0.2")
    settings.cache_clear()
    key = next(key for key in map(str, range(1_000)) if is_held_out_of_all(key, 0.2))
    await marketing.running()
    customer = await marketing.customer(sampling_key=key)

    await marketing.meet(customer)
    monkeypatch.undo()
    settings.cache_clear()

    assert await marketing.why(customer) == (
        "global_holdout",
        "The customer is in the group that no campaign contacts.",
    )


async def test_a_decision_is_seen_in_its_unit_and_not_beside(marketing: Any) -> None:
    await marketing.running()
    await marketing.meet(await marketing.customer())
    (made,) = await marketing.recorded("decision.made")
    query = "query ($id: UUID!) { decision(id: $id) { outcome channel { code } taskId } }"
    ask = marketing.harness.graph

    here = await ask(
        query, as_=marketing.harness.token("front_line", unit="hq.zj"), id=made["decision_id"]
    )
    beside = await ask(
        query, as_=marketing.harness.token("analyst", unit="hq.js"), id=made["decision_id"]
    )
    with pytest.raises(GraphFailed) as failed:
        await ask(query, as_=marketing.harness.token("partner"), id=made["decision_id"])

    assert here == {
        "decision": {"outcome": "OFFERED", "channel": {"code": "app"}, "taskId": made["task_id"]}
    }
    assert beside == {"decision": None}
    assert failed.value.codes == ["FORBIDDEN"]

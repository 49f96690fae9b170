"""How content customers are, and what their answers add up to."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from kit.testing.harness import GraphFailed, Harness

GIVEN = "octoreach.customer.feedback.given.v1"
GIVE = """
mutation ($id: UUID!, $feedback: FeedbackInput!) { giveFeedback(customerId: $id, feedback: $feedback) {
  __typename
  ... on FeedbackWasGiven { feedback { id kind score comment channelCode recordedBy } }
  ... on AlreadyAnswered { score }
  ... on InvalidInput { field }
} }
"""
OF = """
query ($id: UUID!) { feedback(customerId: $id) { edges { node { kind score } } } }
"""
FIGURES = """
query ($unit: String!, $by: FeedbackDimension, $channel: String, $campaign: UUID) {
  feedbackFigures(unit: $unit, since: "2026-05-01T00:00:00Z", until: "2026-07-01T00:00:00Z",
    by: $by, channelCode: $channel, campaignId: $campaign) {
    key csatAnswers csatAverage npsAnswers promoters detractors nps
} }
"""
MAY = "2026-05-10T12:00:00Z"


async def give(
    harness: Harness, as_: str, id_: str, kind: str = "CSAT", score: int = 4, **more: Any
) -> dict[str, Any]:
    feedback = {"kind": kind, "score": score, **more}
    return (await harness.graph(GIVE, as_=as_, id=id_, feedback=feedback))["giveFeedback"]


async def answers_of(harness: Harness, as_: str, id_: str) -> list[dict[str, Any]]:
    found = await harness.graph(OF, as_=as_, id=id_)
    return [edge["node"] for edge in found["feedback"]["edges"]]


async def figures(harness: Harness, as_: str, **asked: Any) -> list[dict[str, Any]]:
    found = await harness.graph(FIGURES, as_=as_, **{"unit": "hq", **asked})
    return list(found["feedbackFigures"])


async def test_an_answer_is_kept_announced_and_told_on_the_timeline(
    harness: Harness, a_customer, customer_of, front_line: str
) -> None:
    known, touchpoint = await a_customer(), str(uuid4())

    answer = await give(
        harness,
        front_line,
        known,
        comment="Quick.\nKind.",
        channelCode="hz",
        touchpointId=touchpoint,
    )

    given = answer["feedback"]
    assert {name: given[name] for name in ("kind", "score", "comment", "recordedBy")} == {
        "kind": "CSAT",
        "score": 4,
        "comment": "Quick.\nKind.",
        "recordedBy": "ada",
    }
    (told,) = await harness.events_recorded(GIVEN)
    assert (told["feedback_id"], told["score"], told["touchpoint_id"]) == (
        given["id"],
        4,
        touchpoint,
    )
    assert "comment" not in told
    timeline = await customer_of(known, "timeline { edges { node { kind title } } }")
    assert [edge["node"] for edge in timeline["timeline"]["edges"]] == [
        {"kind": "feedback", "title": "Answered CSAT with 4"}
    ]


async def test_the_same_answer_again_is_the_same_and_another_one_is_refused(
    harness: Harness, a_customer, front_line: str
) -> None:
    known, touchpoint = await a_customer(), str(uuid4())

    answers = await asyncio.gather(
        *(give(harness, front_line, known, touchpointId=touchpoint) for _ in range(6))
    )
    other = await give(harness, front_line, known, score=1, touchpointId=touchpoint)
    nps = await give(harness, front_line, known, kind="NPS", score=10, touchpointId=touchpoint)

    assert len({each["feedback"]["id"] for each in answers}) == 1
    assert other == {"__typename": "AlreadyAnswered", "score": 4}
    assert nps["__typename"] == "FeedbackWasGiven"
    assert len(await harness.events_recorded(GIVEN)) == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"score": 0}, "score"),
        ({"score": 6}, "score"),
        ({"kind": "NPS", "score": -1}, "score"),
        ({"kind": "NPS", "score": 11}, "score"),
        ({"comment": "x" * 2_001}, "comment"),
        ({"comment": "a\0b"}, "comment"),
        ({"givenAt": "2999-01-01T00:00:00Z"}, "givenAt"),
    ],
)
async def test_what_is_no_answer_is_refused_and_not_kept(
    harness: Harness, a_customer, front_line: str, wrong: dict, field: str
) -> None:
    known = await a_customer()

    refusal = await give(harness, front_line, known, **wrong)

    assert refusal == {"__typename": "InvalidInput", "field": field}
    assert await answers_of(harness, front_line, known) == []
    assert await harness.events_recorded(GIVEN) == []


async def test_customers_answer_for_themselves_and_read_their_own(
    harness: Harness, a_customer
) -> None:
    one, other = await a_customer("crm:C-1"), await a_customer("crm:C-2")
    themself = harness.token("customer", unit=None, customer=one)

    own = await give(harness, themself, one)
    foreign = await give(harness, themself, other)

    assert own["__typename"] == "FeedbackWasGiven"
    assert foreign == {"__typename": "NotFound"}
    assert await answers_of(harness, themself, one) == [{"kind": "CSAT", "score": 4}]
    with pytest.raises(GraphFailed) as failed:
        await answers_of(harness, themself, other)
    assert failed.value.codes == ["REFUSED"]


async def test_figures_add_up_by_whatever_one_asks_for(
    harness: Harness, a_customer, front_line: str, marketer: str
) -> None:
    here = await a_customer("crm:C-1", unit="hq.zj.hz")
    there = await a_customer("crm:C-2", unit="hq.zj.nb")
    campaign = str(uuid4())
    for id_, kind, score, channel, at in (
        (here, "CSAT", 5, "app", MAY),
        (here, "CSAT", 2, "sms", MAY),
        (here, "NPS", 10, "app", MAY),
        (here, "NPS", 9, "app", "2026-06-30T23:59:59Z"),
        (here, "NPS", 7, "app", MAY),
        (there, "NPS", 0, "app", MAY),
        (there, "CSAT", 1, "app", "2026-07-01T00:00:00Z"),
    ):
        told = {"channelCode": channel, "givenAt": at, "campaignId": campaign}
        await give(harness, front_line, id_, kind, score, **told)

    everything = {
        "key": None,
        "csatAnswers": 2,
        "csatAverage": 3.5,
        "npsAnswers": 4,
        "promoters": 2,
        "detractors": 1,
        "nps": 25.0,
    }
    assert await figures(harness, marketer) == [everything]
    assert await figures(harness, marketer, campaign=campaign) == [everything]
    by_unit = await figures(harness, marketer, by="UNIT")
    assert [(each["key"], each["nps"]) for each in by_unit] == [
        ("hq.zj.hz", 66.67),
        ("hq.zj.nb", -100),
    ]
    by_channel = await figures(harness, marketer, by="CHANNEL")
    assert [(each["key"], each["csatAverage"]) for each in by_channel] == [("app", 5), ("sms", 2)]
    by_month = await figures(harness, marketer, by="MONTH", unit="hq.zj.hz", channel="app")
    assert [(each["key"], each["npsAnswers"]) for each in by_month] == [
        ("2026-05", 2),
        ("2026-06", 1),
    ]
    (by_campaign,) = await figures(harness, marketer, by="CAMPAIGN")
    assert by_campaign == {**everything, "key": campaign}
    nothing = await figures(harness, marketer, unit="hq.gd")
    assert (nothing[0]["csatAverage"], nothing[0]["nps"]) == (None, None)


async def test_figures_are_for_ones_own_units(harness: Harness) -> None:
    analyst = harness.token("analyst", unit="hq.zj")

    with pytest.raises(GraphFailed) as failed:
        await figures(harness, analyst, unit="hq")

    assert failed.value.codes == ["FORBIDDEN"]

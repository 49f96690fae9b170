"""Referrals that count no longer, that campaigns reward, and that a person looks at."""

import asyncio
from datetime import timedelta

import pytest
from services.loyalty.tests.achievements import Achievements, steps
from services.loyalty.tests.boards import Leaderboards

from kit.models import utcnow, uuid7


async def test_a_cancelled_order_takes_back_what_both_sides_got_whatever_is_heard_first(
    members, referrals
):
    await referrals.rewards()
    ann = await members.register()
    bob, cid = [await referrals.brought(ann) for _ in range(2)]
    order, other = await members.order(bob, 10_00), await members.order(cid, 10_00)

    await referrals.tell("qualified")
    both = [await members.balance(each) for each in (ann, bob, cid)]
    await members.cancel(bob, order)
    await referrals.tell()
    await members.cancel(cid, other)
    await referrals.tell("disqualified", "qualified")

    assert both == [100, 30, 30]
    assert [await members.balance(each) for each in (ann, bob, cid)] == [0, 0, 0]
    assert [each["reason"] for each in await members.announced("referral.disqualified")] == [
        "order_cancelled"
    ] * 2
    assert await members.is_sound()


@pytest.mark.parametrize("survivor", ["referrer", "referred"])
@pytest.mark.parametrize("told", ["before", "after"])
async def test_who_brought_themselves_loses_what_both_got_when_that_comes_out(
    members, referrals, campaigns, survivor, told
):
    await referrals.rewards()
    ann = await members.register()
    await campaigns.grant(ann, "referral", points=100)
    bob = await referrals.brought(ann)
    await members.order(bob, 10_00)
    if told == "before":
        await referrals.tell()

    pair = (ann, bob) if survivor == "referrer" else (bob, ann)
    await referrals.merge(*pair)
    await referrals.tell()

    assert await members.points(pair[0]) == {"balance": 10, "debt": 0}
    assert [each["reason"] for each in await members.announced("referral.disqualified")] == [
        "same_customer"
    ]
    assert (await campaigns.outcome(pair[0]))[0] == ("REVERSED" if told == "before" else "WAITING")
    assert await members.is_sound()


@pytest.mark.parametrize("told", ["before", "after"])
async def test_a_referral_that_counts_no_longer_is_no_deed_whatever_is_heard_first(
    members, referrals, told
):
    achievements, boards = Achievements(members), Leaderboards(members)
    await achievements.define("friend", measure="REFERRALS", levels=steps(1, 2))
    await achievements.define("buyer", levels=steps(1))
    await boards.define("bringers", measure="REFERRALS")
    await boards.define("buyers")
    ann = await members.register()
    bob, cid = [await referrals.brought(ann) for _ in range(2)]
    for each in (bob, cid):
        await members.order(each, 10_00)
    if told == "before":
        await referrals.tell()
        assert await achievements.level(ann, "friend") == (2, 2)
        assert await boards.ranking("bringers") == [(str(ann), 2)]

    await referrals.merge(ann, bob)
    await referrals.tell("disqualified", "qualified")

    assert await achievements.level(ann, "friend") == (1, 1)
    assert await achievements.level(ann, "buyer") == (1, 1)
    assert await achievements.reward(ann) == 10
    assert await boards.ranking("bringers") == [(str(ann), 1)]
    assert sorted(await boards.ranking()) == sorted([(str(ann), 1), (str(cid), 1)])
    assert [each[:2] for each in await achievements.told()].count(("lost", 2)) == (told == "before")
    assert await members.is_sound()


async def test_a_campaign_rewards_both_once_somebody_brought_has_ordered(
    members, referrals, campaigns
):
    ann, task = await members.register(), uuid7()
    for _ in range(2):
        await campaigns.grant(ann, "referral", task, points=100)
    waiting = await campaigns.outcome(ann)
    bob, cid = [await referrals.brought(ann) for _ in range(2)]

    for each in (bob, cid):
        await members.order(each, 10_00)
    await referrals.tell()

    assert waiting == ("WAITING", "", 0)
    assert await campaigns.outcome(ann) == ("FULFILLED", "", 200)
    assert await campaigns.told() == [("fulfilled", "referral", 200)]
    assert await members.balance(ann) == 100
    assert sorted([await members.balance(bob), await members.balance(cid)]) == [10, 110]


async def test_each_referral_serves_one_benefit_whatever_is_heard_first_or_at_once(
    members, referrals, campaigns
):
    ann = await members.register()
    newcomers = [await referrals.brought(ann) for _ in range(3)]
    now = utcnow() + timedelta(seconds=30)
    for each in newcomers:
        await members.order(each, 10_00, at=now)

    await asyncio.gather(
        *(campaigns.grant(ann, "referral", points=100) for _ in range(4)), referrals.tell()
    )
    await referrals.tell()

    assert sorted(each["outcome"] for each in await campaigns.benefits(ann)) == [
        "FULFILLED",
        "FULFILLED",
        "FULFILLED",
        "WAITING",
    ]
    assert await members.balance(ann) == 300
    assert [await members.balance(each) for each in newcomers] == [110] * 3
    assert await members.is_sound()


async def test_a_campaign_has_its_money_back_when_the_order_of_the_referral_is_cancelled(
    members, referrals, campaigns
):
    ann = await members.register()
    await campaigns.grant(ann, "referral", points=100)
    bob = await referrals.brought(ann)
    order = await members.order(bob, 10_00)
    await referrals.tell()

    await members.cancel(bob, order)
    await referrals.tell()

    assert await campaigns.told() == [("fulfilled", "referral", 200), ("reversed", "referral", 200)]
    assert [await members.balance(each) for each in (ann, bob)] == [0, 0]
    assert await members.is_sound()


LIMIT = """mutation { setFraudRule(input: { code: "farm", name: "Newcomers of one device",
  kind: VELOCITY, actKinds: [REFERRAL], per: DEVICE, threshold: 1, windowSeconds: 86400,
  action: HOLD }) { __typename ... on Refusal { message } } }"""
REVIEWS = "{ reviews(state: WAITING) { edges { node { id } } } }"
DECIDE = """mutation ($id: UUID!) { answer: %sReview(id: $id, note: "looked at it") {
  __typename ... on Refusal { message } } }"""


@pytest.mark.parametrize(("verdict", "gets"), [("release", 200), ("reject", 100)])
async def test_many_newcomers_from_one_device_wait_for_a_person(
    members, referrals, campaigns, verdict, gets
):
    limit = await members.harness.graph(LIMIT, as_=members.operator)
    ann = await members.register()
    for _ in range(2):
        await campaigns.grant(ann, "referral", points=100)
    for _ in range(2):
        await members.order(await referrals.brought(ann, device="phone-7"), 10_00)
    await referrals.tell()
    held = [each["outcome"] for each in await campaigns.benefits(ann)]

    reviewer = members.harness.token("approver", subject="rae")
    (review,) = (await members.harness.graph(REVIEWS, as_=reviewer))["reviews"]["edges"]
    decided = await members.harness.graph(DECIDE % verdict, as_=reviewer, id=review["node"]["id"])
    for told in await members.announced("review.decided"):
        content = {key: value for key, value in told.items() if key != "subject"}
        for _ in range(2):
            await members.harness.hear("octoreach.loyalty.review.decided.v1", content)

    assert limit["setFraudRule"]["__typename"] == "FraudRuleWasSet"
    assert decided["answer"]["__typename"] == "ReviewWasDecided"
    assert sorted(held) == ["FULFILLED", "WAITING"]
    assert await members.balance(ann) == gets
    assert await members.is_sound()

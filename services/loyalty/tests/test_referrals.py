import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from services.loyalty.tests.test_achievements import Achievements, steps
from services.loyalty.tests.test_leaderboards import Leaderboards

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed

EVENT = "octoreach.loyalty.referral.{}.v1"
TOUCHPOINT = "octoreach.channel.touchpoint.reported.v1"
MERGED = "octoreach.customer.customer.merged.v1"
SET = """mutation ($input: SetReferralProgrammeInput!) { setReferralProgramme(input: $input) {
  __typename ... on ReferralProgrammeWasSet { programme { version withinDays } }
  ... on Refusal { message } ... on InvalidInput { field } } }"""
NAME = """mutation ($customer: UUID!, $code: String!, $device: String) {
  nameReferralCode(customerId: $customer, code: $code, device: $device) {
    __typename ... on ReferralWasRecorded { referral { state referrerId } }
    ... on ReferralRefused { reason } ... on NotFound { key } } }"""
OPEN = """mutation ($customer: UUID!) { openReferralCode(customerId: $customer) {
  __typename ... on ReferralCodeWasOpened { referralCode { code link } }
  ... on NotFound { key } } }"""
RULE = """mutation ($input: DraftEarningRuleInput!) { draftEarningRule(input: $input) { __typename } }"""
ACTIVATE = "mutation ($code: String!) { activateEarningRule(code: $code) { __typename } }"
DAY = timedelta(days=1)


class Referrals:
    def __init__(self, members):
        self.members = members
        self.harness = members.harness
        self.finance = self.harness.token("approver", subject="fay", scope="approve:finance")

    async def set(self, as_=None, *, instead_of=1, **terms):
        wanted = {"insteadOf": instead_of, "withinDays": 30, **terms}
        answer = await self.harness.graph(SET, as_=as_ or self.finance, input=wanted)
        return answer["setReferralProgramme"]

    async def rewards(self):
        """50 points for who brought somebody, 20 for whom they brought."""
        for code, event, points in (("bring", "REFERRAL", 50), ("come", "REFERRED", 20)):
            terms = {"code": code, "name": code, "event": event, "kind": "FIXED", "points": points}
            marketer = self.harness.token("marketer", subject="mia")
            await self.harness.graph(RULE, as_=marketer, input=terms)
            await self.harness.graph(ACTIVATE, as_=self.finance, code=code)

    async def code(self, customer, as_=None):
        answer = await self.harness.graph(OPEN, as_=as_ or self.members.operator, customer=customer)
        return answer["openReferralCode"]["referralCode"]["code"]

    async def name(self, customer, code, as_=None, device=None):
        answer = await self.harness.graph(
            NAME, as_=as_ or self.members.operator, customer=customer, code=code, device=device
        )
        return answer["nameReferralCode"]

    async def brought(self, referrer, device=None):
        """A newcomer who names the referrer's code."""
        newcomer = await self.members.register()
        named = await self.name(newcomer, await self.code(referrer), device=device)
        assert named["__typename"] == "ReferralWasRecorded"
        return newcomer

    async def tell(self, *names):
        """What the bus would bring back to the service that told it, each twice."""
        for name in names or ("qualified", "disqualified"):
            for told in await self.members.announced(f"referral.{name}"):
                content = {key: value for key, value in told.items() if key != "subject"}
                for _ in range(2):
                    await self.harness.hear(EVENT.format(name), content)

    async def states(self, referrer):
        found = await self.harness.entity(
            {"__typename": "Customer", "id": str(referrer)},
            "referrals(first: 50) { edges { node { state } } }",
            as_=self.members.operator,
        )
        return [edge["node"]["state"] for edge in found["referrals"]["edges"]]

    async def merge(self, survivor, absorbed):
        merge = {"merge_id": uuid7(), "customer_id": survivor, "absorbed_id": absorbed}
        await self.harness.hear(MERGED, {**merge, "at": utcnow()})


@pytest.fixture
def referrals(members):
    return Referrals(members)


async def test_a_customer_has_one_code_and_its_link_however_often_and_at_once_it_is_opened(
    members, referrals
):
    await referrals.set(link="https://example.org/join?by=")
    customer = await members.register()
    entity = {"__typename": "Customer", "id": str(customer)}
    shown = "referralCode { code link }"
    before = await members.harness.entity(entity, shown, as_=members.operator)

    codes = await asyncio.gather(*(referrals.code(customer) for _ in range(6)))

    (code,) = set(codes)
    assert before == {"referralCode": None}
    assert await members.harness.entity(entity, shown, as_=members.operator) == {
        "referralCode": {"code": code, "link": f"https://example.org/join?by={code}"}
    }


async def test_a_newcomer_names_a_code_as_people_write_it(members, referrals):
    ann, bob = await members.register(), await members.register()
    code = await referrals.code(ann)
    themselves = members.harness.token("customer", customer=str(bob))

    named = await referrals.name(bob, f" {code[:4].lower()}-{code[4:]} ", themselves)

    assert named == {
        "__typename": "ReferralWasRecorded",
        "referral": {"state": "WAITING", "referrerId": str(ann)},
    }


async def test_codes_of_nobody_of_oneself_and_for_others_are_refused(members, referrals):
    ann, bob = await members.register(), await members.register()
    code = await referrals.code(ann)
    bobs = members.harness.token("customer", customer=str(bob))

    nobodys = await referrals.name(bob, "NOBODYS1")
    own = await referrals.name(ann, code)
    anothers = await referrals.name(ann, code, bobs)

    assert (nobodys["reason"], own["reason"]) == ("unknown_code", "self_referral")
    assert anothers["__typename"] == "NotFound"
    assert await referrals.states(ann) == []


async def test_a_code_named_at_a_touchpoint_counts_once_and_nonsense_is_passed_over(
    members, referrals
):
    ann, bob, cid = [await members.register() for _ in range(3)]
    code = await referrals.code(ann)

    for customer, named in ((bob, code), (bob, code), (ann, code), (cid, "NOBODYS1"), (cid, " ")):
        await members.harness.hear(
            TOUCHPOINT,
            {
                "touchpoint_id": uuid7(), "customer_id": customer, "kind": "registered",
                "unit": "hq.zj", "channel_code": "app", "partner_code": None,
                "occurred_at": utcnow(), "properties": {"referral_code": named},
            },
        )  # fmt: skip

    assert await referrals.states(ann) == ["WAITING"]


async def test_an_order_that_is_too_small_or_too_late_does_not_qualify(members, referrals):
    await referrals.set(lowestOrderMinor=50_00, withinDays=10)
    ann = await members.register()
    small, foreign, late, enough = [await referrals.brought(ann) for _ in range(4)]

    await members.order(small, 49_99)
    await members.order(foreign, 90_00, currency="EUR")
    await members.order(late, 90_00, at=utcnow() + 11 * DAY)
    await members.order(enough, 50_00)
    await members.order(small, 50_00)

    qualified = await members.announced("referral.qualified")
    assert [each["referred_id"] for each in qualified] == [str(enough), str(small)]
    assert sorted(await referrals.states(ann)) == ["QUALIFIED", "QUALIFIED", "WAITING", "WAITING"]


async def test_of_one_referrer_no_more_count_in_a_month_than_the_terms_say(members, referrals):
    await referrals.set(mostPerMonth=2, withinDays=90)
    ann = await members.register()
    newcomers = [await referrals.brought(ann) for _ in range(5)]
    next_month = (datetime.now(UTC).replace(day=1) + 32 * DAY).replace(day=1)

    await asyncio.gather(*(members.order(each, 10_00) for each in newcomers))
    now = await referrals.states(ann)
    waiting = [
        each
        for each in newcomers
        if str(each)
        not in {t["referred_id"] for t in await members.announced("referral.qualified")}
    ]
    await members.order(waiting[0], 10_00, at=next_month)

    assert sorted(now) == ["QUALIFIED"] * 2 + ["WAITING"] * 3
    assert sorted(await referrals.states(ann)) == ["QUALIFIED"] * 3 + ["WAITING"] * 2


async def test_a_referral_keeps_the_terms_of_its_day_and_lapses_by_them(members, referrals):
    ann = await members.register()
    early = await referrals.brought(ann)
    second = await referrals.set(lowestOrderMinor=90_00)
    late = await referrals.brought(ann)

    for each in (early, late):
        await members.order(each, 50_00)
    await members.sql("UPDATE referral SET created_at = created_at - interval '31 days'")

    assert second["programme"] == {"version": 2, "withinDays": 30}
    assert await referrals.states(ann) == ["LAPSED", "QUALIFIED"]


async def test_terms_are_set_by_finance_and_by_who_has_seen_those_in_force(members, referrals):
    first = await referrals.set(withinDays=60)
    again = await referrals.set(withinDays=60)
    blind = await referrals.set(withinDays=61)
    wrong = [
        (await referrals.set(instead_of=2, **terms))["field"]
        for terms in (
            {"withinDays": 0},
            {"mostPerMonth": 0},
            {"lowestOrderMinor": -1},
            {"link": "http://example.org"},
        )
    ]
    with pytest.raises(GraphFailed) as marketer:
        await referrals.set(members.harness.token("marketer"))
    shown = await members.harness.graph(
        "{ referralProgramme(first: 5) { edges { node { version withinDays } } } }",
        as_=members.operator,
    )

    assert first["programme"] == again["programme"] == {"version": 2, "withinDays": 60}
    assert blind["__typename"] == "Conflict"
    assert wrong == ["withinDays", "mostPerMonth", "lowestOrderMinor", "link"]
    assert marketer.value.codes == ["FORBIDDEN"]
    assert [edge["node"] for edge in shown["referralProgramme"]["edges"]] == [
        {"version": 2, "withinDays": 60},
        {"version": 1, "withinDays": 365},
    ]


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


async def test_who_is_merged_before_their_referral_is_heard_of_gets_its_points_as_who_they_are(
    members, referrals
):
    await referrals.rewards()
    ann, old = await members.register(), await members.register()
    bob = await referrals.brought(old)
    await members.order(bob, 10_00)

    await referrals.merge(ann, old)
    await referrals.tell()

    assert await members.points(ann) == {"balance": 50, "debt": 0}
    assert await members.points(bob) == {"balance": 30, "debt": 0}
    assert await members.is_sound()


async def test_a_code_goes_on_working_after_its_owner_is_merged(members, referrals):
    ann, old = await members.register(), await members.register()
    codes = [await referrals.code(each) for each in (ann, old)]

    await referrals.merge(ann, old)
    named = [await referrals.name(await members.register(), code) for code in codes]

    assert [each["referral"]["referrerId"] for each in named] == [str(ann)] * 2
    assert await referrals.code(ann) == codes[0]


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

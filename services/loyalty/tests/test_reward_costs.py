import csv
import io
from datetime import timedelta

import pytest

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed
from loyalty.reports.months import begin_of, month_of, named, number_of

MONTH = month_of(utcnow())
LAST = named(number_of(MONTH) - 1)
FAILED = "octoreach.channel.fulfilment.failed.v1"
MADE = "octoreach.campaign.allotment.made.v1"
DECIDED = "octoreach.loyalty.review.decided.v1"
PRIZES = {
    "money": {"kind": "MONEY", "amount": 300},
    "points": {"kind": "POINTS", "amount": 50},
    "mugs": {"kind": "REWARD", "item": "mug"},
}
COSTS = """query ($since: String!, $until: String!, $by: [ReportPart!]!, $campaign: UUID) {
  rewardCosts(since: $since, until: $until, by: $by, campaignId: $campaign) {
    month kind tierCode campaignId unit given { minor currency } returned { minor } cost { minor }
} }"""
MOVED = """query ($since: String!, $until: String!) {
  pointsMovements(since: $since, until: $until, by: [CAMPAIGN]) {
    currency campaignId earned reversed
} }"""
WANT = """mutation ($input: R%sRewardInput!) { r%sReward(input: $input) {
  ... on RewardWasR%s { redemption { id } } } }"""
RELEASE = "mutation ($id: UUID!) { releaseRedemption(id: $id) { __typename } }"
DRAFT = "mutation ($input: Draft{0}Input!) {{ draft{0}(input: $input) {{ __typename }} }}"
OPEN = "mutation ($code: String!) {{ open{0}(code: $code) {{ __typename }} }}"
GRAB = """mutation ($input: GrabRedPacketInput!) { grabRedPacket(input: $input) {
  ... on RedPacketPartWasTaken { amount isHeld } } }"""
DRAW = """mutation ($input: DrawLotteryInput!) { drawLottery(input: $input) {
  ... on LotteryWasDrawn { draw { prizeCode } } } }"""
HOLDING = """INSERT INTO fraud_rule (id, created_at, code, version, name, kind, act_kinds, measure,
  per, threshold, window_seconds, action, set_by)
VALUES (:id, now(), 'hold', 1, 'any', 'velocity', '{red_packet}', 'acts', 'customer', 0, 60,
  'hold', 'olga')"""


class Report:
    """What is handed out, and what it has cost by the report."""

    def __init__(self, members):
        self.members, self.harness = members, members.harness

    async def rows(self, *by, as_=None, since=MONTH, until=MONTH, campaign=None):
        asked = {"since": since, "until": until, "by": by, "campaign": campaign}
        found = await self.harness.graph(COSTS, as_=as_ or self.members.operator, **asked)
        assert {row["given"]["currency"] for row in found["rewardCosts"]} <= {"CNY"}
        return found["rewardCosts"]

    async def told(self, **asked):
        """By kind: what was given, what came back, and what that leaves."""
        return {
            row["kind"]: tuple(row[name]["minor"] for name in ("given", "returned", "cost"))
            for row in await self.rows(**asked)
        }

    async def moved(self):
        """By currency, and whether a campaign gave it: what was earned, and what was taken back."""
        asked = {"since": MONTH, "until": MONTH}
        found = await self.harness.graph(MOVED, as_=self.members.operator, **asked)
        return {
            (row["currency"], row["campaignId"] is not None): (row["earned"], row["reversed"])
            for row in found["pointsMovements"]
        }

    async def want(self, how, customer, **more):
        past = {"edeem": "edeemed", "eserve": "eserved"}[how]
        asked = {"customerId": customer, "rewardCode": "mug", "idempotencyKey": str(uuid7())}
        answer = await self.harness.graph(
            WANT % (how, how, past), as_=self.members.operator, input=asked | more
        )
        return answer[f"r{how}Reward"]["redemption"]["id"]

    async def fail(self, customer, source_kind, source_id, **more):
        end = {
            "fulfilment_id": uuid7(),
            "attempt": 1,
            "customer_id": customer,
            "source_kind": source_kind,
            "source_id": source_id,
            "reference": "",
            "reason": "broken",
            "by": "fang",
            "at": utcnow(),
        }
        await self.harness.hear(FAILED, end | more)

    async def open(self, what, **terms):
        token = self.harness.token
        asked = {"name": "Spring", "unit": "hq.zj", "endsAt": utcnow() + timedelta(hours=1)}
        await self.harness.graph(
            DRAFT.format(what), as_=token("marketer", subject="ann"), input=asked | terms
        )
        bob = token("approver", subject="bob", scope="approve:finance")
        await self.harness.graph(OPEN.format(what), as_=bob, code=terms["code"])

    async def take(self, mutation, customer, code, **more):
        asked = {"code": code, "idempotencyKey": code, **more}
        own = self.harness.token("customer", unit=None, customer=str(customer))
        (answer,) = (await self.harness.graph(mutation, as_=own, input=asked)).values()
        return answer


@pytest.fixture
def report(members):
    return Report(members)


async def test_redeemed_rewards_cost_what_they_did_until_they_come_back(shop, members, report):
    await shop.sell(stock=10, mostAtOnce=3)
    customer = await shop.member_with(1_000)
    await report.want("edeem", customer, quantity=3)
    failed, kept = await report.want("edeem", customer), await report.want("eserve", customer)
    before = await report.told()
    await members.sql("UPDATE reward SET cost_minor = 9_900")

    for _ in range(2):
        await report.fail(customer, "redemption", failed)
        await report.harness.graph(RELEASE, as_=members.operator, id=kept)

    assert before == {"GIFT": (12_500, 0, 12_500)}
    assert await report.told() == {"GIFT": (12_500, 5_000, 7_500)}


async def test_what_comes_back_later_counts_in_the_month_in_which_it_does(shop, members, report):
    await shop.sell()
    customer = await shop.member_with(1_000)
    kept = await report.want("eserve", customer)
    await report.want("edeem", customer)
    await members.sql(
        "UPDATE reward_given SET given_at = :at", at=begin_of(MONTH) - timedelta(seconds=1)
    )

    await report.harness.graph(RELEASE, as_=members.operator, id=kept)

    assert await report.told(since=LAST, until=LAST) == {"GIFT": (5_000, 0, 5_000)}
    assert await report.told() == {"GIFT": (0, 2_500, -2_500)}
    assert [row["month"] for row in await report.rows(since=LAST)] == [LAST, MONTH]


async def test_what_campaigns_give_costs_what_they_are_told_it_does(
    members, campaigns, shop, report
):
    await shop.sell(stock=9)
    await campaigns.privilege()
    await campaigns.endorsement()
    cash = {"kind": "CASH_BACK", "amountMinor": 70, "currency": "CNY"}
    named = [("GIFT", "mug"), ("PRIVILEGE", "lounge")]
    parts = [{"kind": kind, "reference": code} for kind, code in named]
    await campaigns.bundle("lunch", cash, *parts)
    customer, tasks = await members.register(), [uuid7() for _ in range(6)]
    wanted = [
        ("gift", {"reference": "mug"}),
        ("privilege", {"reference": "lounge"}),
        ("endorsement", {"reference": "neighbours"}),
        ("cash_back", {"amount_minor": 300}),
        ("bundle", {"reference": "lunch"}),
        ("points", {"points": 500}),
    ]
    for task, (kind, more) in zip(tasks, wanted, strict=True):
        await campaigns.grant(customer, kind, task, **more)
    await shop.member_with(100)
    (campaign,) = {row["campaignId"] for row in await report.rows("CAMPAIGN")}
    before = await report.told(campaign=campaign)

    for task in tasks:
        order = await members.order(customer, 50_00, task_id=task)
        await members.cancel(customer, order)
    between = await report.told(campaign=campaign)
    for each in await members.announced("fulfilment.recalled"):
        told = {name: each[name] for name in ("fulfilment_id", "attempt")}
        await report.fail(customer, "benefit", each["source_id"], reason="recalled", **told)

    assert before == {
        "CASH_BACK": (370, 0, 370),
        "ENDORSEMENT": (30, 0, 30),
        "GIFT": (5_000, 0, 5_000),
        "PRIVILEGE": (1_000, 0, 1_000),
    }
    assert between == before | {
        "CASH_BACK": (370, 370, 0),
        "PRIVILEGE": (1_000, 1_000, 0),
    }
    after = await report.told(campaign=campaign)
    assert after == between | {"GIFT": (5_000, 5_000, 0)}
    answers = [each for each in await campaigns.told() if each[1] != "points"]
    given, returned, _ = (sum(column) for column in zip(*after.values(), strict=True))
    assert given == sum(minor for what, _, minor in answers if what == "fulfilled")
    assert returned == sum(minor for what, _, minor in answers if what == "reversed")


async def test_vouchers_cost_what_they_take_off_unless_the_order_is_cancelled(
    members, campaigns, shop, vouchers, report
):
    await vouchers.a_type("ten", amountMinor=1_000)
    await shop.sell("ticket", kind="VOUCHER", voucherType="ten", costMinor=900)
    customer, order = await members.register(), uuid7()
    await campaigns.grant(customer, "gift", reference="ticket")
    unused = await report.told()
    (won,) = [each["code"] for each in await vouchers.of(customer)]
    (row,) = [await vouchers.redeem(customer, won, order=order)]
    (campaign,) = {each["campaignId"] for each in await report.rows("CAMPAIGN")}
    used = await report.told()

    for _ in range(2):
        await members.cancel(customer, order)

    assert row["redemption"]["discount"]["minor"] == 1_000
    assert (unused, campaign is None) == ({}, False)
    assert used == {"VOUCHER": (1_000, 0, 1_000)}
    assert await report.told() == {"VOUCHER": (1_000, 1_000, 0)}


async def test_red_packets_cost_the_parts_that_were_taken_and_not_rejected(members, report):
    crowd, payer = [await members.register() for _ in range(3)], uuid7()
    terms = {"amount": 3_000, "parts": 3, "smallest": 1_000, "split": "EVEN"}
    await report.open("RedPacket", code="paid", campaignCode="spring", **terms)
    (asked,) = await members.announced("allotment.requested")
    await report.harness.hear(MADE, asked | {"campaign_id": payer})
    await report.open("RedPacket", code="points", currency="points", **terms)
    await report.take(GRAB, crowd[0], "points")
    await report.take(GRAB, crowd[0], "paid")
    await members.sql(HOLDING, id=uuid7())
    held = await report.take(GRAB, crowd[1], "paid")
    before = await report.told(campaign=payer)

    (review,) = await members.announced("review.opened")
    await report.harness.hear(DECIDED, {**review, "verdict": "rejected"})

    assert (held["isHeld"], before) == (True, {"RED_PACKET": (2_000, 0, 2_000)})
    assert await report.told(campaign=payer) == {"RED_PACKET": (2_000, 1_000, 1_000)}
    assert await report.told() == await report.told(campaign=payer)
    assert await report.told(campaign=uuid7()) == {}


async def test_prizes_cost_the_money_and_the_rewards_that_were_won(
    members, campaigns, shop, report
):
    await shop.sell()
    for code, prize in PRIZES.items():
        only = {"code": code, "name": code, "odds": 1_000_000, **prize}
        blank = {"code": "blank", "name": "Next time", "kind": "BLANK", "odds": 0}
        await report.open("Lottery", code=code, price=0, prizes=[only, blank])
    customer = await members.register()

    for code in PRIZES:
        assert await report.take(DRAW, customer, code, clientSeed="c0ffee" * 4)
    await campaigns.grant(customer, "lottery", reference="mugs")

    by_campaign = {
        (row["kind"], row["campaignId"] is None): row["cost"]["minor"]
        for row in await report.rows("CAMPAIGN")
    }
    assert by_campaign == {
        ("PRIZE", True): 300,
        ("GIFT", True): 2_500,
        ("GIFT", False): 2_500,
    }


async def test_points_and_money_count_for_their_campaign_however_it_gave_them(
    members, campaigns, report
):
    everything = {"code": "all", "name": "all", "odds": 1_000_000, **PRIZES["points"]}
    blank = {"code": "blank", "name": "Next time", "kind": "BLANK", "odds": 0}
    await report.open("Lottery", code="wheel", price=0, prizes=[everything, blank])
    cut = {"amount": 300, "parts": 3, "split": "EVEN"}
    await report.open("RedPacket", code="free", currency="points", **cut)
    points = {"kind": "POINTS", "points": 1_000}
    cash = {"kind": "CASH_BACK", "amountMinor": 70, "currency": "CNY"}
    await campaigns.bundle("lunch", points, cash)
    customer, task = await members.register(), uuid7()
    await campaigns.grant(customer, "bundle", task, reference="lunch")
    await campaigns.grant(customer, "lottery", reference="wheel")
    await campaigns.grant(customer, "red_packet", reference="free")
    await report.take(DRAW, customer, "wheel", clientSeed="c0ffee" * 4)

    given = await report.moved()
    order = await members.order(customer, 50_00, task_id=task)
    await members.cancel(customer, order)

    assert given == {
        ("points", True): (1_150, 0),
        ("points", False): (50, 0),
        ("cash_back", True): (70, 0),
    }
    assert await report.moved() == {
        ("points", True): (1_150, 1_000),
        ("points", False): (100, 50),
        ("cash_back", True): (70, 70),
    }


async def test_costs_are_of_the_members_one_may_see_and_for_those_who_may_read_them(
    members, shop, report
):
    await shop.sell()
    near = await shop.member_with(1_000, unit="hq.zj.hz")
    far = await shop.member_with(1_000, unit="hq.gd")
    for customer in (near, near, far):
        await report.want("edeem", customer)
    token, read = members.harness.token, members.harness.get
    span = {"since": MONTH, "until": MONTH}
    province = token("analyst", unit="hq.zj")

    sheet = await read("/v1/reports/costs", as_=members.operator, by_unit=True, **span)
    plain = await read("/v1/reports/costs", as_=province, form="json", **span)
    refused = await read("/v1/reports/costs", as_=token("marketer"), **span)
    wrong = await read("/v1/reports/costs", as_=province, since="2020-01", until=MONTH)
    with pytest.raises(GraphFailed) as failed:
        await report.rows(as_=token("marketer"))

    rows = list(csv.DictReader(io.StringIO(sheet.text, newline="")))
    assert {row["unit"]: int(row["cost_minor"]) for row in rows} == {
        "hq.zj.hz": 5_000,
        "hq.gd": 2_500,
    }
    assert plain.json() == [
        {
            "month": MONTH,
            "kind": "gift",
            "currency": "CNY",
            "tier_code": None,
            "campaign_id": None,
            "unit": None,
            "given_minor": 5_000,
            "returned_minor": 0,
            "cost_minor": 5_000,
        }
    ]
    assert await report.told(as_=province) == {"GIFT": (5_000, 0, 5_000)}
    assert await report.told(as_=token("analyst", unit="hq.z")) == {}
    assert (refused.status_code, wrong.status_code) == (403, 422)
    assert failed.value.codes == ["FORBIDDEN"]


async def test_what_is_handed_out_costs_for_the_tier_the_member_had_then(shop, members, report):
    await shop.sell(price=10)
    customer = await shop.member_with(90)
    await report.want("edeem", customer)
    await members.order(customer, 20_00)
    await report.want("edeem", customer)

    rows = await report.rows("TIER")

    assert {row["tierCode"]: row["cost"]["minor"] for row in rows} == {"none": 2_500, "star": 2_500}

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from kit.models import utcnow, uuid7
from kit.reactions import Message
from kit.testing.harness import GraphFailed
from loyalty.earning.commands.birthdays import earn_for_birthdays

TOUCHPOINT = "octoreach.channel.touchpoint.reported.v1"
CONVERSION = "octoreach.campaign.conversion.attributed.v1"
PLACED = "octoreach.channel.order.placed.v1"

DRAFT = """mutation ($input: DraftEarningRuleInput!) { draftEarningRule(input: $input) {
  __typename
  ... on EarningRuleWasDrafted { rule { code version state words condition draftedBy } }
  ... on InvalidInput { field message }
} }"""
ACTIVATE = """mutation ($code: String!) { activateEarningRule(code: $code) {
  __typename
  ... on EarningRuleWasActivated { rule { version state activatedBy validFrom } }
  ... on Refusal { message }
} }"""
RETIRE = """mutation ($code: String!) { retireEarningRule(code: $code) {
  __typename
  ... on EarningRuleWasRetired { rule { version state } }
  ... on Refusal { message }
} }"""
CAP = """mutation ($event: EarningEvent!, $points: Long) {
  setEarningCap(event: $event, pointsPerDay: $points) {
    __typename
    ... on EarningCapWasSet { pointsPerDay }
    ... on InvalidInput { field }
} }"""
VERSIONS = """query ($code: String!) { earningRules(code: $code) { edges { node {
  version state } } } }"""
EARNINGS = """earnings(first: 20) { edges { node { event points cancelledAt
  lines { ruleCode ruleVersion points explanation partnerCode partnerPoints } } } }"""


class Rules:
    """Who writes rules, who lets them give, and what they say they gave."""

    def __init__(self, members) -> None:
        self.members = members
        self.ann = members.harness.token("marketer", subject="ann")
        self.bob = members.harness.token("approver", subject="bob", scope="approve:finance")

    async def draft(self, code="bonus", *, as_=None, **terms: Any) -> dict[str, Any]:
        wanted = {"code": code, "name": "Bonus", "event": "ORDER", "kind": "FIXED", "points": 5}
        data = await self.members.harness.graph(
            DRAFT, as_=as_ or self.ann, input={**wanted, **terms}
        )
        return data["draftEarningRule"]

    async def activate(self, code="bonus", as_=None) -> dict[str, Any]:
        data = await self.members.harness.graph(ACTIVATE, as_=as_ or self.bob, code=code)
        return data["activateEarningRule"]

    async def retire(self, code="bonus") -> dict[str, Any]:
        data = await self.members.harness.graph(RETIRE, as_=self.ann, code=code)
        return data["retireEarningRule"]

    async def give(self, code="bonus", **terms: Any) -> None:
        drafted = await self.draft(code, **terms)
        assert drafted["__typename"] == "EarningRuleWasDrafted", drafted
        assert (await self.activate(code))["__typename"] == "EarningRuleWasActivated"

    async def cap(self, event: str, points: int | None) -> dict[str, Any]:
        data = await self.members.harness.graph(CAP, as_=self.bob, event=event, points=points)
        return data["setEarningCap"]

    async def versions(self, code: str) -> list[tuple[int, str]]:
        data = await self.members.harness.graph(VERSIONS, as_=self.ann, code=code)
        return [tuple(edge["node"].values()) for edge in data["earningRules"]["edges"]]

    async def explained(self, customer, as_=None) -> list[dict[str, Any]]:
        found = await self.members.harness.entity(
            {"__typename": "Customer", "id": str(customer)},
            EARNINGS,
            as_=as_ or self.members.operator,
        )
        return found["earnings"] and [edge["node"] for edge in found["earnings"]["edges"]]

    async def touch(self, customer, kind="took_part", *, at=None, touchpoint=None, **properties):
        content = {
            "touchpoint_id": touchpoint or uuid7(),
            "customer_id": customer,
            "kind": kind,
            "channel_code": "app",
            "partner_code": None,
            "unit": "hq.zj",
            "occurred_at": at or utcnow(),
            "properties": properties,
        }
        await self.members.harness.hear(TOUCHPOINT, content)

    async def convert(self, customer, campaign, order, arm="treatment", amount_minor=100_00):
        content = {
            "conversion_id": uuid7(),
            "campaign_id": campaign,
            "arm": arm,
            "order_id": order,
            "customer_id": customer,
            "amount_minor": amount_minor,
            "currency": "CNY",
        }
        await self.members.harness.hear(CONVERSION, content)


@pytest.fixture
def rules(members) -> Rules:
    return Rules(members)


async def test_a_draft_gives_nothing_until_somebody_else_activates_it(rules, members):
    customer = await members.register()

    drafted = await rules.draft()
    await members.order(customer, 10_00)
    before = await members.balance(customer)
    activated = await rules.activate()
    await members.order(customer, 10_00)

    assert drafted["rule"] == {
        "code": "bonus", "version": 1, "state": "DRAFT", "words": "5 points for an order",
        "condition": None, "draftedBy": "ann",
    }  # fmt: skip
    assert before == 10
    assert (activated["rule"]["state"], activated["rule"]["activatedBy"]) == ("ACTIVE", "bob")
    assert await members.balance(customer) == 25


WORDS = [
    ({"kind": "PROPORTIONAL", "points": 1, "perMinor": 100}, "1 point for each 1.00 of an order"),
    (
        {"kind": "PROPORTIONAL", "perMinor": 100, "products": ["a", "b"], "partnerPercent": 50},
        "5 points for each 1.00 of a, b; 50% paid by the partner there",
    ),
    (
        {"event": "TOUCHPOINT", "touchpointKinds": ["took_part"], "timesPerDay": 2},
        "5 points for a touchpoint (took_part); at most 2 times a day",
    ),
    (
        {"event": "BIRTHDAY", "pointsPerDay": 1000, "pointsInAll": 5000},
        "5 points for a birthday; at most 1,000 points a day; at most 5,000 points in all",
    ),
]


async def test_an_approver_reads_what_a_rule_gives_for_what_and_within_which_bounds(rules):
    drafts = [await rules.draft(**terms) for terms, _ in WORDS]

    assert [each["rule"]["words"] for each in drafts] == [words for _, words in WORDS]


async def test_nobody_activates_their_own_rule(rules, members):
    both = members.harness.token("marketer", "approver", subject="eve", scope="approve:finance")
    await rules.draft(as_=both)

    refused = await rules.activate(as_=both)

    assert refused["__typename"] == "OwnEarningRule"
    assert await rules.versions("bonus") == [(1, "DRAFT")]


@pytest.mark.parametrize(
    ("mutation", "variables", "token"),
    [
        (DRAFT, {"input": {"code": "x", "name": "x", "event": "ORDER", "kind": "FIXED",
                           "points": 1}}, ("front_line",)),
        (ACTIVATE, {"code": "bonus"}, ("marketer",)),
        (RETIRE, {"code": "bonus"}, ("partner",)),
        (CAP, {"event": "ORDER", "points": 1}, ("marketer",)),
    ],
)  # fmt: skip
async def test_rules_are_changed_only_by_whose_work_it_is(members, mutation, variables, token):
    with pytest.raises(GraphFailed) as refused:
        await members.harness.graph(mutation, as_=members.harness.token(*token), **variables)

    assert refused.value.codes == ["FORBIDDEN"]


async def test_an_approver_needs_the_scope_for_finance(rules, members):
    await rules.draft()
    compliance = members.harness.token("approver", subject="joe", scope="approve:compliance")

    with pytest.raises(GraphFailed) as refused:
        await rules.activate(as_=compliance)

    assert refused.value.codes == ["FORBIDDEN"]


async def test_a_new_version_gives_from_its_activation_on_and_the_past_keeps_what_it_earned(
    rules, members
):
    customer = await members.register()
    await rules.give(points=5)
    before = utcnow()
    await members.order(customer, 1_00)

    await rules.give(points=50)
    changed = await members.balance(customer)
    await members.order(customer, 1_00, at=before)
    late = await members.balance(customer)
    await members.order(customer, 1_00)

    assert (changed, late, await members.balance(customer)) == (6, 12, 63)
    assert await rules.versions("bonus") == [(2, "ACTIVE"), (1, "RETIRED")]


async def test_a_retired_rule_gives_for_what_happened_before_alone(rules, members):
    customer = await members.register()
    await rules.give()
    before = utcnow()

    retired = await rules.retire()
    again = await rules.retire()
    await members.order(customer, 0)
    after = await members.balance(customer)
    await members.order(customer, 0, at=before)

    assert retired["rule"] == {"version": 1, "state": "RETIRED"}
    assert again["__typename"] == "NotFound"
    assert (after, await members.balance(customer)) == (0, 5)


async def test_drafting_again_writes_the_same_draft_anew(rules):
    await rules.draft(points=1)

    again = await rules.draft(points=2)

    assert again["rule"]["version"] == 1
    assert await rules.versions("bonus") == [(1, "DRAFT")]


async def test_drafts_and_activations_at_once_leave_one_draft_or_one_active_version(rules):
    await asyncio.gather(*(rules.draft(points=n) for n in range(1, 6)))
    drafts = await rules.versions("bonus")

    answers = await asyncio.gather(*(rules.activate() for _ in range(5)))

    assert drafts == [(1, "DRAFT")]
    assert sorted(each["__typename"] for each in answers) == [
        "EarningRuleWasActivated", *["NotFound"] * 4
    ]  # fmt: skip
    assert await rules.versions("bonus") == [(1, "ACTIVE")]


@pytest.mark.parametrize(
    ("field", "terms"),
    [
        ("code", {"code": "No Spaces"}),
        ("name", {"name": " "}),
        ("points", {"points": 0}),
        ("points", {"points": 10**12 + 1}),
        ("perMinor", {"perMinor": 100}),
        ("perMinor", {"kind": "PROPORTIONAL"}),
        ("kind", {"event": "BIRTHDAY", "kind": "PROPORTIONAL", "perMinor": 100}),
        ("touchpointKinds", {"touchpointKinds": ["visited"]}),
        ("campaignId", {"event": "CONVERSION"}),
        ("currency", {"currency": "yuan"}),
        ("stepsBy", {"kind": "PROGRESSIVE", "perMinor": 100}),
        ("steps[0].tier", {"kind": "PROGRESSIVE", "perMinor": 1, "stepsBy": "TIER",
                           "steps": [{"percent": 1, "fromBalance": 1}]}),
        ("steps", {"kind": "PROGRESSIVE", "perMinor": 1, "stepsBy": "BALANCE",
                   "steps": [{"percent": 1, "fromBalance": 1}, {"percent": 2, "fromBalance": 1}]}),
        ("priority", {"priority": 1_001}),
        ("partnerPercent", {"partnerPercent": 101}),
        ("pointsPerDay", {"pointsPerDay": 0}),
        ("validUntil", {"validFrom": "2026-02-01T00:00:00Z", "validUntil": "2026-01-01T00:00:00Z"}),
        ("condition.compare.fact", {"condition": {"compare": {
            "fact": "member.shoe_size", "operator": "EQUALS", "value": {"number": 42}}}}),
    ],
)  # fmt: skip
async def test_a_rule_that_makes_no_sense_is_refused_with_the_place(rules, field, terms):
    refused = await rules.draft(**{"code": "bonus", **terms})

    assert (refused["__typename"], refused["field"]) == ("InvalidInput", field)
    assert await rules.versions("bonus") == []


def compare(fact, operator="EQUALS", **value):
    return {"compare": {"fact": fact, "operator": operator, "value": value}}


@pytest.mark.parametrize(
    ("condition", "extra"),
    [
        (compare("event.amount_minor", "AT_LEAST", number=10_000), 5),
        (compare("event.amount_minor", "MORE_THAN", number=10_000), 0),
        (compare("event.products", "CONTAINS", text="plan"), 5),
        (compare("event.channel_code", text="store"), 5),
        (compare("event.partner_code", "IS_KNOWN"), 0),
        (compare("member.tags", "CONTAINS", text="student"), 5),
        (compare("attribute.age", "LESS_THAN", number=30), 5),
        (compare("attribute.age", "LESS_THAN", number=20), 0),
        (compare("member.tier", text="none"), 5),
        (compare("member.balance", "AT_LEAST", number=1), 0),
        (compare("time.weekday", text="sunday"), 5),
        (compare("time.hour", number=1), 5),
        (compare("time.date", text="2026-03-01"), 5),
    ],
)
async def test_a_condition_decides_over_event_member_and_time(rules, members, condition, extra):
    if condition["compare"]["operator"] == "IS_KNOWN":
        del condition["compare"]["value"]
    customer = await members.register(tags=["student"], attributes={"age": 21})
    await members.sql("UPDATE earning_rule SET valid_from = '1970-01-01'")
    await rules.give(condition=condition)
    await members.sql("UPDATE earning_rule SET valid_from = '1970-01-01'")

    await members.order(customer, 100_00, at=datetime(2026, 2, 28, 17, 30, tzinfo=UTC))

    assert await members.balance(customer) == 100 + extra


async def test_of_exclusive_rules_the_first_gives_and_additive_ones_give_beside_it(rules, members):
    customer = await members.register()
    exclusive = {"stacking": "EXCLUSIVE", "kind": "PROPORTIONAL", "perMinor": 100}
    await rules.give("double", name="Double", points=2, priority=10, **exclusive)
    await rules.give("triple", name="Triple", points=3, priority=5, **exclusive)
    await rules.give("hello", name="Hello", points=7)

    await members.order(customer, 10_00)

    assert await rules.explained(customer) == [
        {
            "event": "ORDER",
            "points": 27,
            "cancelledAt": None,
            "lines": [
                line("double", 20, "Double: 20 for 10.00 at 2 for each 1.00"),
                line("hello", 7, "Hello: 7"),
            ],
        }
    ]


def line(code, points, explanation, version=1, partner=None, share=0):
    return {
        "ruleCode": code, "ruleVersion": version, "points": points, "explanation": explanation,
        "partnerCode": partner, "partnerPoints": share,
    }  # fmt: skip


async def test_a_rule_for_a_currency_can_go_before_the_one_for_any(rules, members):
    customer = await members.register()
    await rules.give(
        "yen", points=2, kind="PROPORTIONAL", perMinor=1, currency="JPY", stacking="EXCLUSIVE",
        priority=1,
    )  # fmt: skip

    await members.order(customer, 30, currency="JPY")
    await members.order(customer, 30_00, currency="CNY")

    assert await members.balance(customer) == 90


async def test_a_rule_for_products_counts_their_lines_alone(rules, members):
    customer = await members.register()
    await rules.give(kind="PROPORTIONAL", points=3, perMinor=100, products=["phone"])
    lines = [
        {"product_code": "phone", "quantity": 1, "amount_minor": 20_00},
        {"product_code": "case", "quantity": 2, "amount_minor": 10_00},
    ]

    await members.order(customer, 30_00, lines=lines)

    assert await members.balance(customer) == 30 + 60


async def test_a_rate_rises_with_the_tier_order_by_order(rules, members):
    customer = await members.register()
    steps = [{"tier": "star", "percent": 150}, {"tier": "gold", "percent": 200}]
    await rules.give(
        "base", name="Base", kind="PROGRESSIVE", points=1, perMinor=100, stepsBy="TIER",
        steps=steps, stacking="EXCLUSIVE", priority=1, qualifies=True,
    )  # fmt: skip

    messages = [placed(customer, amount) for amount in (100_00, 3_00, 1_000_00, 10_00)]
    outcomes = await members.harness.running.hearing.hear(messages)

    assert [each.failure for each in outcomes] == [None] * 4
    assert await members.balance(customer) == 100 + 4 + 1_500 + 20
    assert (await rules.explained(customer))[0]["lines"] == [
        line("base", 20, "Base: 20 for 10.00 at 1 for each 1.00, 200% of it")
    ]


async def test_a_rate_rises_with_the_balance(rules, members):
    customer = await members.register()
    steps = [{"fromBalance": 100, "percent": 200}, {"fromBalance": 0, "percent": 50}]
    await rules.give(
        kind="PROGRESSIVE", points=1, perMinor=100, stepsBy="BALANCE", steps=steps,
        stacking="EXCLUSIVE", priority=1,
    )  # fmt: skip

    for _ in range(3):
        await members.order(customer, 200_00)

    assert await members.balance(customer) == 100 + 400 + 400


def placed(customer, amount_minor, partner=None) -> Message:
    now = utcnow().isoformat()
    content = {
        "order_id": uuid7(), "customer_id": customer, "channel_code": "store",
        "partner_code": partner, "unit": "hq.zj", "amount_minor": amount_minor, "currency": "CNY",
        "lines": [], "placed_at": now,
    }  # fmt: skip
    return Message(uuid7(), PLACED, now, "", orjson.dumps(content, default=str))


async def test_a_cap_a_day_is_exact_however_many_orders_come_at_once(rules, members):
    customer = await members.register()
    await rules.give("five", points=5, pointsPerDay=12)

    await asyncio.gather(
        *(members.order(customer, 0) for _ in range(6)),
        members.harness.running.hearing.hear([placed(customer, 0) for _ in range(6)]),
    )

    assert await members.balance(customer) == 12
    given = [each["points"] for each in await rules.explained(customer)]
    assert sorted(given) == [0] * 9 + [2, 5, 5]
    assert await members.is_sound()


async def test_a_cap_counts_each_day_of_the_members_clock_by_itself(rules, members):
    customer = await members.register()
    await members.sql("UPDATE earning_rule SET valid_until = now()")
    await rules.give(points=5, timesPerDay=1)
    await members.sql("UPDATE earning_rule SET valid_from = '2020-01-01' WHERE code = 'bonus'")
    midnight = datetime(2026, 3, 1, 16, tzinfo=UTC)

    for at in (midnight - timedelta(minutes=1), midnight, midnight + timedelta(minutes=1)):
        await members.order(customer, 0, at=at)

    assert await members.balance(customer) == 10


async def test_a_cap_in_all_holds_over_days_and_versions(rules, members):
    customer = await members.register()
    await rules.give(points=5, timesInAll=2)
    await members.order(customer, 0)
    await rules.give(points=7, timesInAll=2)

    for _ in range(3):
        await members.order(customer, 0)

    assert await members.balance(customer) == 12


async def test_a_cap_over_all_rules_of_an_event_cuts_the_last(rules, members):
    customer = await members.register()
    await rules.give(points=5)
    set_ = await rules.cap("ORDER", 12)

    await members.order(customer, 10_00)
    await members.order(customer, 10_00)
    capped = await members.balance(customer)
    await rules.cap("ORDER", None)
    await members.order(customer, 10_00)

    assert set_ == {"__typename": "EarningCapWasSet", "pointsPerDay": 12}
    assert (capped, await members.balance(customer)) == (12, 27)
    assert (await rules.cap("ORDER", 0))["field"] == "pointsPerDay"


async def test_what_is_taken_back_makes_room_under_the_cap(rules, members):
    customer = await members.register()
    await rules.give(points=5, timesInAll=1)
    order = await members.order(customer, 0)
    await members.order(customer, 0)
    full = await members.balance(customer)
    await members.cancel(customer, order)

    await members.order(customer, 0)

    assert (full, await members.balance(customer)) == (5, 5)


async def test_taking_part_gives_once_per_touchpoint_of_the_kind(rules, members):
    customer = await members.register()
    await rules.give(event="TOUCHPOINT", touchpointKinds=["took_part"], points=10)
    touchpoint = uuid7()

    await asyncio.gather(*(rules.touch(customer, touchpoint=touchpoint) for _ in range(5)))
    await rules.touch(customer, kind="visited")

    assert await members.balance(customer) == 10
    assert [each["reason"] for each in await members.announced("points.earned")] == ["took_part"]


async def test_a_touchpoint_that_no_rule_is_for_leaves_no_trace(rules, members):
    customer = uuid7()

    await rules.touch(customer)

    assert await members.harness.events_recorded() == []
    assert await members.points(customer) is None


async def test_a_condition_can_ask_for_the_properties_of_a_touchpoint(rules, members):
    customer = await members.register()
    await rules.give(
        event="TOUCHPOINT", points=10, condition=compare("property.score", "AT_LEAST", number=9)
    )

    await rules.touch(customer, kind="feedback", score=8)
    await rules.touch(customer, kind="feedback", score=9)

    assert await members.balance(customer) == 10


async def test_feedback_gives_once_whatever_it_says_unless_a_condition_asks(rules, members):
    customer = await members.register()
    await rules.give(event="FEEDBACK", points=3)
    await rules.give(
        "happy", event="FEEDBACK", points=4, condition=compare("property.score", number=10)
    )
    content = {
        "feedback_id": uuid7(), "customer_id": customer, "unit": "hq.zj", "kind": "nps",
        "score": 10, "channel_code": None, "given_at": utcnow(),
    }  # fmt: skip

    for _ in range(2):
        await members.harness.hear("octoreach.customer.feedback.given.v1", content)

    assert await members.balance(customer) == 7


async def test_a_campaign_bonus_goes_to_the_treated_and_back_with_the_order(rules, members):
    customer, campaign = await members.register(), uuid7()
    await rules.give(
        event="CONVERSION", campaignId=str(campaign), kind="PROPORTIONAL", points=1, perMinor=50
    )
    first, second = await members.order(customer, 0), await members.order(customer, 0)

    await rules.convert(customer, campaign, first)
    await rules.convert(customer, campaign, second, arm="control")
    await rules.convert(customer, uuid7(), second)
    given = await members.balance(customer)
    await members.cancel(customer, first)
    await rules.convert(customer, campaign, first)

    assert given == 200
    assert await members.points(customer) == {"balance": 0, "debt": 0}
    assert await members.is_sound()


@pytest.mark.parametrize(
    ("birthday", "today", "points"),
    [
        ("1990-03-05", "2027-03-05", 88),
        ("1990-03-05", "2027-03-07", 88),
        ("1990-03-05", "2027-03-08", 0),
        ("1990-03-05", "2027-03-04", 0),
        ("1992-02-29", "2027-02-28", 88),
        ("1992-02-29", "2028-02-28", 0),
        ("1992-02-29", "2028-02-29", 88),
        ("soon", "2027-03-05", 0),
    ],
)
async def test_a_birthday_gives_once_a_year_on_the_day(rules, members, birthday, today, points):
    customer = await members.register(attributes={"birthday": birthday})
    await rules.give(event="BIRTHDAY", points=88)

    for _ in range(2):
        async with members.harness.db.transaction() as session:
            now = datetime.fromisoformat(f"{today}T03:00:00+00:00")
            await earn_for_birthdays(session, now)

    assert await members.balance(customer) == points


async def test_a_partner_pays_their_share_and_gets_it_back_with_the_order(rules, members):
    customer = await members.register()
    await rules.give(
        "base", name="Base", kind="PROPORTIONAL", points=1, perMinor=100, partnerPercent=30,
        stacking="EXCLUSIVE", priority=1,
    )  # fmt: skip
    order = await members.order(customer, 111_00, partner_code="corner")
    await members.order(customer, 100_00)

    given = await figures(members)
    explained = (await rules.explained(customer))[1]["lines"]
    entries = await members.points(customer, "postings { edges { node { entries { account } } } }")
    await members.cancel(customer, order)

    month = f"{utcnow():%Y-%m}"
    assert given == [
        {"partnerCode": "corner", "month": month, "postings": 1, "points": 33,
         "amount": {"minor": 33, "currency": "CNY"}, "isSettled": False}
    ]  # fmt: skip
    assert explained == [
        line("base", 111, "Base: 111 for 111.00 at 1 for each 1.00", 1, "corner", 33)
    ]
    accounts = [edge["node"]["entries"][-1]["account"] for edge in entries["postings"]["edges"]]
    assert sorted(accounts) == ["liability", "liability", "partner_funding"]
    assert [(each["points"], each["postings"]) for each in await figures(members)] == [(0, 2)]
    assert await members.points(customer) == {"balance": 100, "debt": 0}
    assert await members.is_sound()


FIGURES = """query ($month: String!, $partner: String) {
  partnerPoints(month: $month, partnerCode: $partner) {
    partnerCode month postings points amount { minor currency } isSettled } }"""


async def figures(members, as_=None, month=None, partner=None):
    data = await members.harness.graph(
        FIGURES, as_=as_ or members.operator, month=month or f"{utcnow():%Y-%m}", partner=partner
    )
    return data["partnerPoints"]


async def test_a_partner_sees_their_own_figures_and_a_province_its_own(rules, members):
    customer = await members.register()
    await rules.give(points=5, partnerPercent=100)
    await members.order(customer, 0, partner_code="corner", unit="hq.zj.hz")
    await members.order(customer, 0, partner_code="kiosk", unit="hq.js")
    token = members.harness.token
    corner = token("partner", partner="corner", unit=None, scope="settlements:read")

    own = await figures(members, as_=corner)
    province = await figures(members, as_=token("analyst", unit="hq.js"))
    with pytest.raises(GraphFailed) as refused:
        await figures(members, as_=corner, partner="kiosk")

    assert [each["partnerCode"] for each in own] == ["corner"]
    assert [each["partnerCode"] for each in province] == ["kiosk"]
    assert refused.value.codes == ["FORBIDDEN"]


async def test_a_month_is_settled_once_when_it_is_over(rules, members):
    from loyalty.settlements.commands import settle_partner_points

    customer = await members.register()
    await rules.give(points=5, partnerPercent=100, partnerCode="corner")
    await members.order(customer, 0)
    await members.order(customer, 0)
    month = f"{utcnow():%Y-%m}"
    over = (utcnow().replace(day=28) + timedelta(days=4)).replace(day=2)

    async def settle(now):
        async with members.harness.db.transaction() as session:
            return await settle_partner_points(session, now)

    early = await settle(utcnow())
    await asyncio.gather(*(settle(over) for _ in range(3)))

    assert early == 0
    (told,) = await members.announced("partner_points.settled")
    assert (told["partner_code"], told["month"], told["postings"]) == ("corner", month, 2)
    assert (told["points"], told["amount_minor"], told["currency"]) == (10, 10, "CNY")
    assert (await figures(members))[0]["isSettled"] is True


BEHIND = """query ($id: UUID!) { earningBehind(postingId: $id) { points lines { ruleCode } } }"""


async def test_each_posting_can_be_explained_to_its_member_and_to_nobody_elses(rules, members):
    customer = await members.register()
    await members.order(customer, 10_00)
    found = await members.points(customer, "postings { edges { node { id } } }")
    posting = found["postings"]["edges"][0]["node"]["id"]
    token = members.harness.token

    async def behind(as_):
        return (await members.harness.graph(BEHIND, as_=as_, id=posting))["earningBehind"]

    mine = token("customer", unit=None, customer=str(customer))
    other = token("customer", unit=None, customer=str(uuid7()))

    assert await behind(mine) == {"points": 10, "lines": [{"ruleCode": "spend"}]}
    assert await behind(other) is None
    assert await behind(token("front_line", unit="hq.js")) is None
    assert await rules.explained(customer, as_=other) is None


async def test_facts_that_come_late_do_not_replace_newer_ones(rules, members):
    customer = uuid7()
    await rules.give(condition=compare("member.tags", "CONTAINS", text="new"))
    await members.register(customer, version=2, tags=["new"])
    await members.register(customer, version=1, tags=["old"])

    await members.order(customer, 0)

    assert await members.balance(customer) == 5

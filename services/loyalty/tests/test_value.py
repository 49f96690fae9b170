import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed
from loyalty.value.commands import Deed, add_to_value, take_from_value
from loyalty.value.models import HALF_LIFE_DAYS, WORTH_MINOR, Component
from loyalty.value.queries import worth_of

TOUCHPOINT = "octoreach.channel.touchpoint.reported.v1"
FEEDBACK = "octoreach.customer.feedback.given.v1"
QUALIFIED = "octoreach.loyalty.referral.qualified.v1"
VALUE = """memberValue { value { minor currency } ordersPerMonth
  parts { component amount halfLifeDays worth { minor } } }"""
REFER = """mutation ($referrer: UUID!, $referred: UUID!) {
  recordReferral(referrerId: $referrer, referredId: $referred) {
    __typename
    ... on ReferralWasRecorded { referral { qualifiedAt } }
    ... on ReferralRefused { reason }
    ... on NotFound { key }
} }"""
DAY = timedelta(days=1)


class Values:
    def __init__(self, members) -> None:
        self.members = members

    async def look(self, customer, as_=None) -> Any:
        found = await self.members.harness.entity(
            {"__typename": "Customer", "id": str(customer)},
            VALUE,
            as_=as_ or self.members.operator,
        )
        return found["memberValue"]

    async def parts(self, customer) -> dict[str, float]:
        found = (await self.look(customer))["parts"]
        return {
            each["component"]: float(f"{each['amount']:.4g}") for each in found if each["amount"]
        }

    async def refer(self, referrer, referred, as_=None) -> dict[str, Any]:
        data = await self.members.harness.graph(
            REFER, as_=as_ or self.members.operator, referrer=referrer, referred=referred
        )
        return data["recordReferral"]

    async def touch(self, customer, kind="visited", at=None) -> None:
        content = {
            "touchpoint_id": uuid7(), "customer_id": customer, "kind": kind, "unit": "hq.zj",
            "channel_code": "app", "partner_code": None, "occurred_at": at or utcnow(),
            "properties": {},
        }  # fmt: skip
        await self.members.harness.hear(TOUCHPOINT, content)

    async def tell_referrals(self) -> None:
        """What the bus would bring back to the service that told it."""
        for told in await self.members.announced("referral.qualified"):
            content = {name: value for name, value in told.items() if name != "subject"}
            await self.members.harness.hear(QUALIFIED, content)


@pytest.fixture
def values(members) -> Values:
    return Values(members)


async def test_what_was_spent_fades_by_half_in_each_half_life(values, members):
    customer = await members.register()
    now = utcnow()

    await members.order(customer, 100_00, at=now)
    await members.order(customer, 100_00, at=now - 180 * DAY)
    await members.order(customer, 100_00, at=now - 360 * DAY)

    assert await values.parts(customer) == {"SPENT": 17_500, "ORDERS": 1.75}
    seen = await values.look(customer)
    assert seen["value"] == {"minor": pytest.approx(17_500 + 875, abs=2), "currency": "CNY"}
    assert seen["ordersPerMonth"] == pytest.approx(1.75 * 0.6931 / 180 * 30, rel=1e-3)


async def test_a_members_value_is_what_one_reckons_by_hand(values, members):
    referrer, friend = await members.register(), await members.register()
    await values.refer(referrer, friend)
    now = utcnow()

    await members.order(referrer, 800_00, at=now - 360 * DAY)
    await members.order(referrer, 50_00, at=now)
    await members.order(friend, 400_00, at=now - 365 * DAY)
    await values.touch(referrer, "visited", at=now - 180 * DAY)
    await values.touch(referrer, "checked_in", at=now)

    parts = {each["component"]: each for each in (await values.look(referrer))["parts"]}
    by_hand = {
        "SPENT": (800_00 / 4 + 50_00, 250_00),
        "ORDERS": (1 / 4 + 1, 6_25),
        "REFERRED_SPENT": (400_00 / 2, 40_00),
        "REFERRALS": (1 / 2, 25_00),
        "PARTICIPATION": (1 / 4 + 1, 1_25),
    }
    for component, (amount, worth) in by_hand.items():
        assert parts[component]["amount"] == pytest.approx(amount, rel=1e-4)
        assert parts[component]["worth"]["minor"] == pytest.approx(worth, abs=2)
    assert (await values.look(referrer))["value"]["minor"] == pytest.approx(322_50, abs=5)


async def test_a_cancelled_order_counts_no_longer_and_a_repeated_one_once(values, members):
    customer, order = await members.register(), uuid7()
    await members.order(customer, 50_00, at=utcnow() - 90 * DAY)
    before = await values.parts(customer)

    for _ in range(2):
        await members.order(customer, 100_00, order=order, at=utcnow() - 400 * DAY)
    for _ in range(2):
        await members.cancel(customer, order)

    assert await values.parts(customer) == before


async def test_orders_in_another_currency_count_as_orders_alone(values, members):
    customer = await members.register()

    await members.order(customer, 100, currency="JPY")

    assert await values.parts(customer) == {"ORDERS": 1}


async def test_taking_part_and_feedback_count_and_what_just_happens_does_not(values, members):
    customer = await members.register()
    await values.touch(customer, "visited")
    await values.touch(customer, "ran_low")
    await members.harness.hear(
        FEEDBACK,
        {
            "feedback_id": uuid7(), "customer_id": customer, "unit": "hq.zj", "kind": "nps",
            "score": 3, "channel_code": None, "given_at": utcnow() - 90 * DAY,
        },
    )  # fmt: skip

    assert await values.parts(customer) == {"PARTICIPATION": 1.5}


async def test_orders_of_a_member_at_once_all_count(values, members):
    customer = await members.register()

    await asyncio.gather(*(members.order(customer, 10_00) for _ in range(10)))

    assert await values.parts(customer) == {"SPENT": 10_000, "ORDERS": 10}


async def test_who_was_brought_adds_to_the_value_of_who_brought_them(values, members):
    ann, bob = await members.register(), await members.register()
    told = await values.refer(ann, bob)
    again = await values.refer(ann, bob)

    first = await members.order(bob, 100_00)
    await members.order(bob, 50_00)
    both = await values.parts(ann)
    await members.cancel(bob, first)
    one = await values.parts(ann)
    await members.order(bob, 10_00)

    assert told == again == {"__typename": "ReferralWasRecorded", "referral": {"qualifiedAt": None}}
    assert both == {"REFERRED_SPENT": 15_000, "REFERRALS": 1}
    assert one == {"REFERRED_SPENT": 5_000}
    assert await values.parts(ann) == {"REFERRED_SPENT": 6_000, "REFERRALS": 1}
    assert len(await members.announced("referral.qualified")) == 2


async def test_referrals_that_can_not_be_are_refused_and_change_nothing(values, members):
    ann, bob, joe = [await members.register() for _ in range(3)]
    buyer = await members.register()
    await members.order(buyer, 1_00)
    await values.refer(ann, bob)
    await values.refer(bob, joe)

    reasons = [
        (await values.refer(*pair)).get("reason")
        for pair in ((ann, ann), (joe, bob), (bob, ann), (joe, ann), (ann, buyer))
    ]

    assert reasons == [
        "self_referral", "already_referred", "circle", "circle", "customer_already",
    ]  # fmt: skip
    assert (await values.refer(ann, uuid7()))["__typename"] == "NotFound"
    elsewhere = members.harness.token("front_line", unit="hq.js")
    assert (await values.refer(ann, joe, as_=elsewhere))["__typename"] == "NotFound"


async def test_a_circle_closed_from_both_sides_at_once_stays_open(values, members):
    ann, bob = await members.register(), await members.register()

    answers = await asyncio.gather(values.refer(ann, bob), values.refer(bob, ann))

    assert sorted(each["__typename"] for each in answers) == [
        "ReferralRefused", "ReferralWasRecorded",
    ]  # fmt: skip


async def test_both_sides_earn_by_their_rules_and_give_back_with_the_order(values, members):
    ann, bob = await members.register(), await members.register()
    for code, event, points in (("bring", "referral", 50), ("come", "referred", 20)):
        await members.sql(
            "INSERT INTO earning_rule (id, created_at, code, version, state, name, event, kind, "
            "points, touchpoint_kinds, products, steps, stacking, priority, partner_percent, "
            "qualifies, valid_from, drafted_by) VALUES (gen_random_uuid(), now(), :code, 1, "
            "'active', :code, :event, 'fixed', :points, '{}', '{}', '[]', 'additive', 0, 0, false, "
            "'2020-01-01', '')",
            code=code, event=event, points=points,
        )  # fmt: skip
    await values.refer(ann, bob)
    order = await members.order(bob, 10_00)

    for _ in range(2):
        await values.tell_referrals()
    given = (await members.balance(ann), await members.balance(bob))
    await members.cancel(bob, order)

    assert given == (50, 30)
    assert (await members.balance(ann), await members.balance(bob)) == (0, 0)
    assert await members.is_sound()


async def test_value_is_for_those_who_work_with_it(values, members):
    customer = await members.register()

    with pytest.raises(GraphFailed) as refused:
        await values.look(customer, as_=members.harness.token("customer", customer=str(customer)))

    assert refused.value.codes == ["FORBIDDEN"]
    assert await values.look(customer, as_=members.harness.token("analyst", unit="hq.js")) is None


deeds = st.lists(
    st.tuples(
        st.sampled_from(list(Component)),
        st.integers(0, 10**6),
        st.integers(0, 3_000),
        st.booleans(),
    ),
    max_size=12,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=deeds, order=st.randoms(use_true_random=False))
async def test_value_is_what_adding_up_all_that_stands_gives_in_any_order(members, history, order):
    customer, now = uuid7(), utcnow()
    did = [(component, amount, now - DAY * days) for component, amount, days, _ in history]
    undone = [deed for deed, (*_, gone) in zip(did, history, strict=True) if gone]
    shuffled = did.copy()
    order.shuffle(shuffled)

    async with members.harness.db.transaction() as session:
        for deed in shuffled:
            await add_to_value(session, [Deed(customer, *deed)])
        await take_from_value(session, [Deed(customer, *deed) for deed in undone])
        worth = (await worth_of(session, [customer], now))[customer]

    for part in worth.parts:
        expected = sum(
            amount * 2 ** (-((now - at) / DAY) / HALF_LIFE_DAYS[component])
            for (component, amount, at), (*_, gone) in zip(did, history, strict=True)
            if component is part.component and not gone
        )
        assert part.amount == pytest.approx(expected, rel=1e-6, abs=1e-3)
        assert part.worth_minor == pytest.approx(expected * WORTH_MINOR[part.component], abs=1)

"""Screening: what rules count, whom they stop, and that nobody slips past by being quick."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from kit.models import utcnow, uuid7
from loyalty.fraud.commands import screen
from loyalty.fraud.commands.marks import forget_old_acts
from loyalty.fraud.models import Act, ActKind, Hold

INSERT = """INSERT INTO fraud_rule (id, created_at, code, version, name, kind, act_kinds, measure, per,
  threshold, window_seconds, action, set_by)
VALUES (:id, now(), :code, 1, :code, :kind, :acts, :measure, :per, :threshold, :window, :action,
  'olga')"""
NOW = utcnow()
TOUCHED = "octoreach.channel.touchpoint.reported.v1"


@pytest.fixture
def limit(members: Any) -> Any:
    async def act(kind: str = "velocity", **terms: Any) -> None:
        told = {
            "code": f"{kind}-{uuid7().hex[-6:]}", "acts": ["earning"], "measure": "acts",
            "per": "customer", "threshold": 2, "window": 3_600, "action": "hold",
        } | terms  # fmt: skip
        await members.sql(INSERT, id=uuid7(), kind=kind, **told)

    return act


@pytest.fixture
def ask(members: Any) -> Any:
    """Whether each act is stopped, and how: each asked on its own."""

    async def one(act: Act) -> Hold | None:
        async with members.harness.db.transaction() as session:
            return (await screen(session, [act]))[act.key]

    async def each(*acts: Act) -> list[str | None]:
        found = [await one(act) for act in acts]
        return [None if hold is None else hold.action.value for hold in found]

    return each


def earning(customer: UUID, minutes: float = 0, **more: Any) -> Act:
    at = NOW + timedelta(minutes=minutes)
    return Act(ActKind.EARNING, customer, str(uuid7()), at=at, **more)


async def test_without_a_rule_everything_goes_through(members, ask):
    customer = await members.register()

    assert await ask(*(earning(customer) for _ in range(5))) == [None] * 5
    assert await members.announced("review.opened") == []


async def test_one_more_than_allowed_in_any_span_of_the_window_is_held_and_asks_for_a_person(
    members, ask, limit
):
    customer, other = await members.register(), await members.register()
    await limit(threshold=2, window=3_600, code="two-an-hour")
    acts = [earning(customer, minutes) for minutes in (-120, -50, -40, -20)]

    answers = await ask(*acts, earning(other))

    assert answers == [None, None, None, "hold", None]
    (opened,) = await members.announced("review.opened")
    assert (opened["act_kind"], opened["key"], opened["customer_id"], opened["rules"]) == (
        "earning", acts[3].key, str(customer), ["two-an-hour"]
    )  # fmt: skip


async def test_what_comes_late_counts_with_what_happened_after_it(members, ask, limit):
    customer = await members.register()
    await limit(threshold=2, window=3_600)

    answers = await ask(*(earning(customer, minutes) for minutes in (-10, -30, -65, -95, -200)))

    assert answers == [None, None, "hold", None, None]


async def test_what_is_said_to_happen_later_counts_as_now(members, ask, limit):
    customer = await members.register()
    await limit(threshold=1, window=3_600)

    assert await ask(earning(customer, 60 * 24 * 365), earning(customer)) == [None, "hold"]


async def test_points_are_added_up_where_a_rule_is_for_points(members, ask, limit):
    customer = await members.register()
    await limit(measure="points", threshold=100)

    answers = await ask(*(earning(customer, points=points) for points in (60, 40, 1)))

    assert answers == [None, None, "hold"]


async def test_the_same_act_asked_again_is_counted_once_and_answered_the_same(members, ask, limit):
    customer = await members.register()
    await limit(threshold=1)
    first, second = earning(customer), earning(customer)

    assert await ask(first, first, second, second, first) == [None, None, "hold", "hold", None]
    assert len(await members.announced("review.opened")) == 1


async def test_however_many_at_once_exactly_as_many_pass_as_are_allowed(members, ask, limit):
    crowd = [await members.register() for _ in range(4)]
    await limit(threshold=3, per="device", action="refuse")
    acts = [earning(crowd[number % 4], device="phone-1") for number in range(16)]

    answers = await asyncio.gather(*(ask(act) for act in acts))

    assert sorted(str(answer) for (answer,) in answers) == ["None"] * 3 + ["refuse"] * 13
    assert await members.announced("review.opened") == []


async def test_batches_that_share_devices_in_any_order_neither_pass_nor_block_each_other(
    members, limit
):
    crowd = [await members.register() for _ in range(6)]
    await limit(threshold=5, per="device", action="refuse")
    await limit(threshold=100, per="customer")

    async def batch(number: int) -> list[Hold | None]:
        acts = [earning(each, device=f"phone-{(number + place) % 3}")
                for place, each in enumerate(crowd[::-1] if number % 2 else crowd)]  # fmt: skip
        async with members.harness.db.transaction() as session:
            return list((await screen(session, acts)).values())

    answers = await asyncio.gather(*(batch(number) for number in range(6)))

    passed = [hold for some in answers for hold in some if hold is None]
    assert len(passed) == 3 * 5


async def test_an_act_without_a_device_counts_for_the_one_its_customer_was_last_met_with(
    members, ask, limit
):
    one, other = await members.register(), await members.register()
    await limit(threshold=2, per="device")

    answers = await ask(
        earning(one, -3, device="Phone-1 "), earning(one, -2), earning(other, -1, device="phone-1")
    )

    assert answers == [None, None, "hold"]


async def test_the_same_content_again_is_a_duplicate_of_a_customer_or_of_anybody(
    members, ask, limit
):
    one, other = await members.register(), await members.register()
    await limit("duplicate", threshold=1, action="flag", acts=["earning"])
    await limit("duplicate", threshold=1, per="anybody", acts=["redemption"])

    def redemption(customer: UUID) -> Act:
        return Act(ActKind.REDEMPTION, customer, str(uuid7()), content="receipt 7")

    earned = await ask(*(earning(each, content="receipt 7") for each in (one, other, one)))
    redeemed = await ask(redemption(one), redemption(other))

    assert (earned, redeemed) == ([None, None, None], [None, "hold"])
    assert [each["action"] for each in await members.announced("review.opened")] == ["flag", "hold"]


async def test_a_device_that_more_than_some_share_is_a_ring(members, ask, limit):
    crowd = [await members.register() for _ in range(4)]
    await limit("ring", per="device", threshold=2, window=86_400)

    answers = await ask(*(earning(each, device="kiosk") for each in crowd), earning(crowd[0]))

    assert answers == [None, None, "hold", "hold", "hold"]


async def test_whoever_deals_with_themselves_is_stopped(members, ask, limit):
    seller = await members.register(attributes={"works_for": "shop", "works_as": "sam"})
    friend = await members.register()
    await limit("self_dealing", threshold=0)
    await limit("self_dealing", threshold=0, per="account", acts=["transfer"], action="refuse")

    def transfer(account: str | None) -> Act:
        return Act(ActKind.TRANSFER, seller, str(uuid7()), account=account, counterpart=friend)

    bought = await ask(
        earning(seller, partner_code="shop"),
        earning(seller, partner_code="other"),
        earning(seller, caused_by="sam"),
        earning(friend, partner_code="shop", account="card 1"),
    )
    gave = await ask(transfer(None), transfer("card 2"), transfer("card 1"))

    assert bought == ["hold", None, "hold", None]
    assert gave == [None, None, "refuse"]


async def test_the_strictest_of_several_rules_decides_and_all_are_told(members, ask, limit):
    customer = await members.register()
    await limit(threshold=0, action="flag", code="a")
    await limit(threshold=0, action="hold", code="b")

    assert await ask(earning(customer)) == ["hold"]
    (opened,) = await members.announced("review.opened")
    assert (opened["rules"], opened["action"]) == (["a", "b"], "hold")


async def test_a_device_is_kept_as_a_mark_that_says_nothing(members, ask):
    customer = await members.register()

    await ask(earning(customer, device="IMEI 123456789", account="6222 0000 1111"))

    stored = await members.harness.stored()
    assert "123456789" not in stored
    assert "6222 0000 1111" not in stored


def touchpoint(customer: UUID, at: Any, **properties: Any) -> dict[str, Any]:
    return {
        "touchpoint_id": uuid7(), "customer_id": customer, "kind": "visited",
        "channel_code": "app", "partner_code": None, "unit": "hq.zj", "occurred_at": at,
        "properties": properties,
    }  # fmt: skip


async def test_customers_are_known_by_what_touchpoints_tell_of_them_until_it_is_old(
    members, ask, limit
):
    one, other = await members.register(), await members.register()
    await limit("ring", per="address", threshold=1, window=86_400)
    for customer in (one, other):
        told = touchpoint(customer, NOW, address="West Lake 1", device=7)
        await members.harness.hear(TOUCHED, told)

    fresh = await ask(earning(one))
    async with members.harness.db.transaction() as session:
        await forget_old_acts(session, NOW + timedelta(days=93))
    old = await ask(earning(one))

    assert (fresh, old) == (["hold"], [None])
    async with members.harness.db.transaction() as session:
        left = [await session.scalar(text(f"SELECT count(*) FROM {table}"))
                for table in ("customer_mark", "mark", "screened_act")]  # fmt: skip
    assert left == [0, 0, 1]


async def test_customers_are_known_by_the_devices_they_order_with(members, ask, limit):
    one, other = await members.register(), await members.register()
    await limit("ring", per="device", threshold=1, window=86_400)
    for customer in (one, other):
        told = {"customer_id": customer, "order_id": uuid7(), "device": "phone-7", "at": NOW}
        for _ in range(2):
            await members.harness.hear("octoreach.channel.customer.recognised.v1", told)

    assert await ask(earning(one)) == ["hold"]

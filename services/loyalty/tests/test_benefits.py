import asyncio

import pytest

from kit.models import uuid7

ANSWERS = ("benefit.fulfilled", "benefit.refused")


async def answers(members):
    return [
        {
            name: each[name]
            for name in ("task_id", "kind", "points", "cost_minor", "currency", "reason")
        }
        | {"answer": each["subject"].split(".")[3]}
        for each in await members.announced(*ANSWERS)
    ]


async def payouts(members):
    return [
        tuple(each[name] for name in ("customer_id", "kind", "amount_minor", "currency"))
        for each in await members.announced("fulfilment.requested")
    ]


async def test_granted_points_are_posted_and_cost_what_they_are_worth(members):
    customer = await members.register()

    task = await members.grant(customer, kind="points", points=200, amount_minor=0, currency="CNY")

    assert await members.balance(customer) == 200
    assert await answers(members) == [
        {
            "answer": "fulfilled",
            "task_id": str(task),
            "kind": "points",
            "points": 200,
            "cost_minor": 200,
            "currency": "CNY",
            "reason": "",
        }
    ]
    assert [
        (each["points"], each["reason"], each["source_id"])
        for each in await members.announced("points.earned")
    ] == [(200, "benefit", str(task))]


async def test_a_benefit_granted_twenty_times_at_once_is_given_once(members):
    customer, task = await members.register(), uuid7()

    await asyncio.gather(
        *(members.grant(customer, task, kind="points", points=200) for _ in range(20))
    )

    assert await members.balance(customer) == 200
    assert len(await answers(members)) == 1
    assert await members.is_sound()


async def test_cash_back_is_asked_to_be_paid_out_once(members):
    customer, task = await members.register(), uuid7()

    for _ in range(2):
        await members.grant(
            customer, task, kind="cash_back", points=0, amount_minor=15_00, currency="CNY"
        )

    assert await payouts(members) == [(str(customer), "cash_back", 15_00, "CNY")]
    assert [(each["answer"], each["cost_minor"]) for each in await answers(members)] == [
        ("fulfilled", 15_00)
    ]
    assert await members.balance(customer) == 0


@pytest.mark.parametrize("kind", ["gift", "bundle", "privilege", "endorsement"])
async def test_a_thing_is_fulfilled_at_the_cost_the_campaign_named(members, kind):
    customer = await members.register()

    await members.grant(customer, kind=kind, points=0, amount_minor=8_00, currency="CNY")

    assert [
        (each["answer"], each["kind"], each["points"], each["cost_minor"])
        for each in await answers(members)
    ] == [("fulfilled", kind, 0, 8_00)]
    assert await payouts(members) == []
    assert (await members.ledger())["postings"] == 0


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"kind": "lottery"}, "there is no prize pool to draw from"),
        ({"kind": "red_packet"}, "there is no red packet to take a part of"),
        ({"kind": "referral"}, "there is no referred customer with a qualifying order"),
        ({"kind": "unicorn"}, "'unicorn' is no kind of benefit"),
        ({"kind": "points"}, "points are between 1 and 1000000000000, not 0"),
        ({"kind": "points", "points": -5}, "points are between 1 and 1000000000000, not -5"),
        (
            {"kind": "points", "points": 10**15},
            "points are between 1 and 1000000000000, not 1000000000000000",
        ),
        ({"kind": "cash_back"}, "there is no amount of money to pay out"),
        ({"kind": "cash_back", "amount_minor": -1}, "there is no amount of money to pay out"),
        ({"kind": "gift", "amount_minor": -1}, "what it costs is negative"),
    ],
)
async def test_what_can_not_be_given_is_refused_with_a_reason_at_no_cost(members, asked, reason):
    customer = await members.register()

    task = await members.grant(customer, **{"currency": "CNY", **asked})

    assert await answers(members) == [
        {
            "answer": "refused",
            "task_id": str(task),
            "kind": asked["kind"],
            "points": 0,
            "cost_minor": 0,
            "currency": "CNY",
            "reason": reason,
        }
    ]
    assert (await members.ledger())["postings"] == 0
    assert await payouts(members) == []


async def test_a_refused_task_stays_refused(members):
    customer, task = await members.register(), uuid7()
    await members.grant(customer, task, kind="points", points=0)

    await members.grant(customer, task, kind="points", points=10)

    assert [each["answer"] for each in await answers(members)] == ["refused"]
    assert await members.balance(customer) == 0


async def test_a_benefit_for_somebody_unknown_opens_their_account(members):
    customer = uuid7()

    await members.grant(customer, kind="points", points=5)
    await members.register(customer)

    assert await members.balance(customer) == 5
    assert len(await members.announced("account.opened")) == 1


async def test_granted_points_recover_a_debt_first(members, spend):
    customer = await members.register()
    order = await members.order(customer, 100_00)
    await spend(customer, 100)
    await members.cancel(customer, order)

    await members.grant(customer, kind="points", points=130)

    assert await members.points(customer) == {"balance": 30, "debt": 0}

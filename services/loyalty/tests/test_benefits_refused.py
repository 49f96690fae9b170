"""What can't be given is refused with a reason, once, at no cost."""

import asyncio

from services.loyalty.tests.granting import (
    REFUSED,
    a_lottery,
    a_lunch,
    a_red_packet,
    answers,
    payouts,
)

from kit.models import uuid7


async def test_nothing_is_given_that_costs_more_than_was_committed(
    members, campaigns, shop, vouchers
):
    await a_lunch(campaigns, shop, vouchers, stock=5)
    await campaigns.endorsement()
    customer = await members.register()

    for kind, cost, asked in (
        ("points", 200, {"points": 200}),
        ("cash_back", 300, {"amount_minor": 300}),
        ("privilege", 500, {"reference": "lounge"}),
        ("endorsement", 30, {"reference": "neighbours"}),
        ("gift", 2_500, {"reference": "mug"}),
        ("bundle", 4_300, {"reference": "lunch"}),
        ("referral", 400, {"points": 200}),
    ):
        await campaigns.grant(customer, kind, committed_minor=cost - 1, **asked)
        assert await campaigns.outcome(customer) == (
            "REFUSED",
            f"it costs {cost} minor units of CNY, and {cost - 1} were committed",
            0,
        )

    assert await members.balance(customer) == 0
    assert await shop.left() == 5
    assert {answer for answer, _, _ in await campaigns.told()} == {"refused"}


async def test_a_campaign_that_pays_in_another_money_gives_nothing(members, campaigns):
    customer = await members.register()

    await campaigns.grant(customer, "points", points=5, currency="EUR")

    assert await campaigns.outcome(customer) == (
        "REFUSED",
        "it costs CNY, and the campaign pays EUR",
        0,
    )


async def test_what_can_not_be_given_is_refused_with_a_reason_at_no_cost(members):
    customer = await members.register()

    tasks = [await members.grant(customer, **{"currency": "CNY", **asked}) for asked, _ in REFUSED]

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
        for task, (asked, reason) in zip(tasks, REFUSED, strict=True)
    ]
    assert (await members.ledger())["postings"] == 0
    assert await payouts(members) == []


async def test_each_kind_granted_many_times_at_once_is_answered_once(
    members, campaigns, shop, vouchers
):
    await a_lunch(campaigns, shop, vouchers, stock=50)
    await campaigns.endorsement()
    await a_red_packet(members, amount=1_000, parts=2, split="EVEN")
    await a_lottery(members)
    customer = await members.register()
    asked = {
        "points": {"points": 200},
        "cash_back": {"amount_minor": 300},
        "gift": {"reference": "mug"},
        "red_packet": {"reference": "spring"},
        "privilege": {"reference": "lounge"},
        "endorsement": {"reference": "neighbours"},
        "lottery": {"reference": "wheel"},
        "bundle": {"reference": "lunch"},
        "referral": {"points": 100},
    }
    tasks = {kind: uuid7() for kind in asked}

    await asyncio.gather(
        *(
            campaigns.grant(customer, kind, tasks[kind], **content)
            for _ in range(4)
            for kind, content in asked.items()
        )
    )

    costs = {kind: cost for _, kind, cost in await campaigns.told()}
    assert len(await campaigns.told()) == 8
    assert costs == {
        "points": 200, "cash_back": 300, "gift": 2_500, "red_packet": 500, "privilege": 500,
        "endorsement": 30, "lottery": 10, "bundle": 4_300,
    }  # fmt: skip
    assert await members.balance(customer) == 200 + 10 + 100
    assert await campaigns.wallet(customer) == (300 + 500 + 200, 0)
    assert await shop.left() == 48
    assert await members.is_sound()


async def test_a_refused_task_stays_refused(members):
    customer, task = await members.register(), uuid7()
    await members.grant(customer, task, kind="points", points=0)

    await members.grant(customer, task, kind="points", points=10)

    assert [each["answer"] for each in await answers(members)] == ["refused"]
    assert await members.balance(customer) == 0

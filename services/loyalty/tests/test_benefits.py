import asyncio

import pytest
from services.loyalty.tests.granting import (
    a_lottery,
    a_lunch,
    a_red_packet,
    answers,
    payouts,
)

from kit.models import uuid7
from kit.testing.harness import GraphFailed


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


async def test_cash_back_is_credited_once_to_the_wallet_of_its_money(members, campaigns):
    customer, task = await members.register(), uuid7()

    for _ in range(2):
        await campaigns.grant(customer, "cash_back", task, amount_minor=15_00)

    assert await campaigns.wallet(customer) == (15_00, 0)
    assert await campaigns.told() == [("fulfilled", "cash_back", 15_00)]
    assert await payouts(members) == []
    assert await members.balance(customer) == 0


async def test_cash_back_in_a_money_that_no_wallet_holds_is_paid_by_the_arms(members, campaigns):
    customer, task = await members.register(), uuid7()

    for _ in range(2):
        await campaigns.grant(customer, "cash_back", task, amount_minor=15_00, currency="EUR")

    assert await payouts(members) == [(str(customer), "cash_back", 15_00, "EUR")]
    assert await campaigns.told() == [("fulfilled", "cash_back", 15_00)]


async def test_a_gift_is_a_reward_out_of_the_stock(members, campaigns, shop):
    await shop.sell(stock=1, costMinor=2_500)
    ann, bob = await members.register(), await members.register()

    await campaigns.grant(ann, "gift", reference="mug")
    await campaigns.grant(bob, "gift", reference="mug")

    assert await campaigns.outcome(ann) == ("FULFILLED", "A mug", 2_500)
    assert (await campaigns.outcome(bob))[::2] == ("REFUSED", 0)
    assert await shop.left() == 0
    assert await campaigns.told() == [("fulfilled", "gift", 2_500), ("refused", "gift", 0)]


async def test_a_privilege_is_held_and_a_second_one_prolongs_it(members, campaigns):
    await campaigns.privilege()
    customer = await members.register()

    await campaigns.grant(customer, "privilege", reference="lounge")
    await campaigns.grant(customer, "privilege", reference="lounge")

    given = await members.announced("privilege.given")
    assert [each["privilege_code"] for each in given] == ["lounge", "lounge"]
    assert given[0]["until"] == given[1]["since"]
    assert await campaigns.told() == [("fulfilled", "privilege", 500)] * 2


async def test_an_endorsement_is_shown_to_the_customer(members, campaigns):
    customer = await members.register()
    peer = await campaigns.endorsement(
        "peer", kind="PEER", endorserId=str(customer), evidence="letter of 1 May"
    )
    await campaigns.endorsement()

    await campaigns.grant(customer, "endorsement", reference="neighbours")
    own = await campaigns.grant(customer, "endorsement", reference="peer")

    seen = await members.harness.entity(
        {"__typename": "Customer", "id": str(customer)},
        "endorsements { edges { node { endorsedBy text } } }",
        as_=members.operator,
    )
    assert peer["__typename"] == "EndorsementWasDefined"
    assert [edge["node"] for edge in seen["endorsements"]["edges"]] == [
        {"endorsedBy": "Dr. Li", "text": "It works."}
    ]
    assert await campaigns.outcome(customer) == (
        "REFUSED",
        "nobody is recommended anything by themselves",
        0,
    )
    assert str(own) in [each["taskId"] for each in await campaigns.benefits(customer)]


async def test_a_part_of_a_red_packet_is_taken_once(members, campaigns):
    packets = await a_red_packet(members, amount=1_000, parts=2, split="EVEN")
    ann, task = await members.register(), uuid7()

    for _ in range(2):
        await campaigns.grant(ann, "red_packet", task, reference=packets)

    assert await campaigns.outcome(ann) == ("FULFILLED", "part 1", 500)
    assert await campaigns.wallet(ann) == (500, 0)


async def test_a_red_packet_with_a_part_that_costs_too_much_is_left_to_others(members, campaigns):
    code = await a_red_packet(members, amount=1_000, parts=2, split="EVEN")
    customer = await members.register()

    await campaigns.grant(customer, "red_packet", reference=code, committed_minor=499)

    assert await campaigns.outcome(customer) == (
        "REFUSED",
        "it costs 500 minor units of CNY, and 499 were committed",
        0,
    )
    assert await campaigns.wallet(customer) == (0, 0)


async def test_a_draw_in_a_lottery_is_made_once_and_costs_what_came_out(members, campaigns):
    code = await a_lottery(members)
    customer, task = await members.register(), uuid7()

    for _ in range(2):
        await campaigns.grant(customer, "lottery", task, reference=code)

    assert await campaigns.outcome(customer) == ("FULFILLED", "ten", 10)
    assert await members.balance(customer) == 10
    assert await campaigns.told() == [("fulfilled", "lottery", 10)]


async def test_nobody_draws_where_the_dearest_prize_costs_more_than_was_committed(
    members, campaigns
):
    code = await a_lottery(members)
    customer = await members.register()

    await campaigns.grant(customer, "lottery", reference=code, committed_minor=9)

    assert await campaigns.outcome(customer) == (
        "REFUSED",
        "it costs 10 minor units of CNY, and 9 were committed",
        0,
    )
    assert await members.announced("lottery.drawn") == []


async def test_a_bundle_gives_all_of_its_parts(members, campaigns, shop, vouchers):
    await a_lunch(campaigns, shop, vouchers, stock=5)
    customer, task = await members.register(), uuid7()

    for _ in range(2):
        await campaigns.grant(customer, "bundle", task, reference="lunch")

    assert await campaigns.told() == [("fulfilled", "bundle", 4_300)]
    assert await members.balance(customer) == 100
    assert await campaigns.wallet(customer) == (200, 0)
    assert len(await members.announced("privilege.given")) == 1
    assert len(await members.announced("voucher.issued")) == 1
    assert await shop.left() == 4
    assert await members.is_sound()


async def test_a_bundle_of_which_a_part_is_missing_gives_nothing_and_tells_nothing(
    members, campaigns, shop, vouchers
):
    await a_lunch(campaigns, shop, vouchers, stock=0)
    customer = await members.register()

    await campaigns.grant(customer, "bundle", reference="lunch")

    outcome, reason, cost = await campaigns.outcome(customer)
    assert (outcome, cost) == ("REFUSED", 0)
    assert reason.startswith("of the bundle: ")
    assert await members.balance(customer) == 0
    assert await campaigns.wallet(customer) == (0, 0)
    assert await members.announced("privilege.given", "voucher.issued", "points.earned") == []
    assert (await members.ledger())["postings"] == 0


async def test_customers_see_their_own_benefits_and_not_what_they_cost(members, campaigns):
    customer, other = await members.register(), await members.register()
    await campaigns.grant(customer, "points", points=5)
    themselves = members.harness.token("customer", customer=str(customer))
    entity = {"__typename": "Customer", "id": str(customer)}

    mine = await members.harness.entity(
        entity, "benefits { edges { node { kind outcome points } } }", as_=themselves
    )
    theirs = await members.harness.entity(
        {"__typename": "Customer", "id": str(other)},
        "benefits { edges { cursor } }",
        as_=themselves,
    )
    with pytest.raises(GraphFailed) as cost:
        await members.harness.entity(
            entity, "benefits { edges { node { cost { minor } } } }", as_=themselves
        )

    assert mine["benefits"]["edges"] == [
        {"node": {"kind": "points", "outcome": "FULFILLED", "points": 5}}
    ]
    assert theirs["benefits"] is None
    assert cost.value.codes == ["FORBIDDEN"]


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

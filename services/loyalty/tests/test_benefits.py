import asyncio
from datetime import timedelta

import pytest

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed

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


async def a_red_packet(members, **more):
    wanted = {
        "code": "spring",
        "name": "Spring",
        "unit": "hq",
        "smallest": 1,
        "endsAt": utcnow() + timedelta(hours=1),
        **more,
    }
    ann = members.harness.token("marketer", subject="ann")
    bob = members.harness.token("approver", subject="bob", scope="approve:finance")
    await members.harness.graph(
        "mutation ($input: DraftRedPacketInput!) { draftRedPacket(input: $input) { __typename } }",
        as_=ann,
        input=wanted,
    )
    opened = await members.harness.graph(
        'mutation { openRedPacket(code: "spring") { __typename } }', as_=bob
    )
    assert opened["openRedPacket"]["__typename"] == "RedPacketWasOpened"
    return "spring"


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


async def a_lottery(members):
    ten = {"code": "ten", "name": "Ten", "kind": "POINTS", "odds": 1_000_000, "amount": 10}
    wanted = {
        "code": "wheel",
        "name": "Wheel",
        "unit": "hq",
        "price": 0,
        "endsAt": utcnow() + timedelta(days=30),
        "prizes": [ten, {"code": "blank", "name": "Next time", "kind": "BLANK", "odds": 0}],
    }
    ann = members.harness.token("marketer", subject="ann")
    bob = members.harness.token("approver", subject="bob", scope="approve:finance")
    await members.harness.graph(
        "mutation ($input: DraftLotteryInput!) { draftLottery(input: $input) { __typename } }",
        as_=ann,
        input=wanted,
    )
    opened = await members.harness.graph(
        'mutation { openLottery(code: "wheel") { __typename } }', as_=bob
    )
    assert opened["openLottery"]["__typename"] == "LotteryWasOpened"
    return "wheel"


LUNCH = (
    {"kind": "POINTS", "points": 100},
    {"kind": "CASH_BACK", "amountMinor": 200, "currency": "CNY"},
    {"kind": "PRIVILEGE", "reference": "lounge"},
    {"kind": "GIFT", "reference": "mug"},
    {"kind": "VOUCHER", "reference": "ten"},
)


async def a_lunch(campaigns, shop, vouchers, **stock):
    """Five parts that cost 100 + 200 + 500 + 2500 + 1000."""
    await campaigns.privilege()
    await shop.sell(costMinor=2_500, **stock)
    await vouchers.a_type("ten", unit="hq", amountMinor=1_000)
    assert (await campaigns.bundle("lunch", *LUNCH))["__typename"] == "BundleWasDefined"


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


async def test_what_is_retired_is_given_no_more(members, campaigns):
    await campaigns.privilege()
    await campaigns.endorsement()
    await campaigns.bundle("lunch", {"kind": "POINTS", "points": 1})
    customer = await members.register()
    for what, code in (("Privilege", "lounge"), ("Endorsement", "neighbours"), ("Bundle", "lunch")):
        await members.harness.graph(
            f"mutation ($code: String!) {{ retire{what}(code: $code) {{ __typename }} }}",
            as_=campaigns.marketer,
            code=code,
        )

    for kind, code in (("privilege", "lounge"), ("endorsement", "neighbours"), ("bundle", "lunch")):
        await campaigns.grant(customer, kind, reference=code)

    assert await campaigns.told() == [
        ("refused", kind, 0) for kind in ("privilege", "endorsement", "bundle")
    ]
    assert await members.balance(customer) == 0


async def test_bundles_with_parts_that_make_no_sense_are_refused(campaigns):
    wrong = (
        ({"kind": "POINTS"}, "parts[0].points"),
        ({"kind": "POINTS", "points": 1, "reference": "mug"}, "parts[0].reference"),
        ({"kind": "GIFT"}, "parts[0].reference"),
        ({"kind": "GIFT", "reference": "mug", "points": 1}, "parts[0].points"),
        ({"kind": "CASH_BACK", "currency": "CNY"}, "parts[0].amountMinor"),
        ({"kind": "CASH_BACK", "amountMinor": 1}, "parts[0].currency"),
        ({"kind": "CASH_BACK", "amountMinor": 1, "currency": "XXX"}, "parts[0].currency"),
        ({"kind": "VOUCHER", "reference": "ten", "amountMinor": 1}, "parts[0].amountMinor"),
    )

    answers = [await campaigns.bundle("lunch", part) for part, _ in wrong]

    assert [each["field"] for each in answers] == [field for _, field in wrong]


async def test_a_bundle_names_what_is_given_in_its_unit_when_it_is_defined(
    members, campaigns, shop, vouchers
):
    await campaigns.privilege()
    await campaigns.privilege("gone")
    await campaigns.privilege("elsewhere", unit="hq.gd")
    await shop.sell()
    await vouchers.a_type("ten", unit="hq")
    retire = "mutation ($code: String!) { retirePrivilege(code: $code) { __typename } }"
    await members.harness.graph(retire, as_=campaigns.marketer, code="gone")
    named = [each for each in LUNCH if "reference" in each]
    lost = [{**each, "reference": "lost"} for each in named]
    ended, far = [{"kind": "PRIVILEGE", "reference": each} for each in ("gone", "elsewhere")]

    answers = [
        await campaigns.bundle("lunch", LUNCH[0], each, unit="hq.zj")
        for each in (*lost, ended, far)
    ]
    known = await members.harness.graph(
        "{ bundles { edges { node { code } } } }", as_=campaigns.marketer
    )
    defined = await campaigns.bundle("lunch", *LUNCH, unit="hq.zj")

    assert [(each["__typename"], each["field"]) for each in answers] == [
        ("InvalidInput", "parts[1].reference")
    ] * 5
    assert known["bundles"]["edges"] == []
    assert defined["__typename"] == "BundleWasDefined"


async def test_endorsements_that_make_no_sense_are_refused(campaigns):
    wrong = (
        ({"kind": "PARTNER"}, "partnerCode"),
        ({"partnerCode": "cinema"}, "partnerCode"),
        ({"kind": "PEER"}, "endorserId"),
        ({"text": ""}, "text"),
        ({"costMinor": -1}, "costMinor"),
    )

    answers = [await campaigns.endorsement(**changes) for changes, _ in wrong]

    assert [each["field"] for each in answers] == [field for _, field in wrong]


async def test_a_peer_agreed_to_be_named_and_is_somebody_the_marketer_sees(members, campaigns):
    customer = await members.register()

    silent = await campaigns.endorsement(kind="PEER", endorserId=str(customer))
    stranger = await campaigns.endorsement(kind="PEER", endorserId=str(uuid7()), evidence="x")

    assert (silent["__typename"], silent["field"]) == ("InvalidInput", "evidence")
    assert stranger["__typename"] == "NotFound"


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


REFUSED = (
    ({"kind": "red_packet"}, "there is no red packet '' that is open"),
    ({"kind": "lottery", "reference": "wheel"}, "there is no lottery 'wheel' that is open"),
    ({"kind": "referral"}, "points are between 1 and 1000000000000, not 0"),
    ({"kind": "gift", "reference": "mug"}, "there is no reward 'mug'"),
    ({"kind": "privilege", "reference": "throne"}, "there is no privilege 'throne'"),
    ({"kind": "endorsement", "reference": "you"}, "there is no endorsement 'you'"),
    ({"kind": "bundle", "reference": "lunch"}, "there is no bundle 'lunch'"),
    ({"kind": "unicorn"}, "'unicorn' is no kind of benefit"),
    ({"kind": "points"}, "points are between 1 and 1000000000000, not 0"),
    ({"kind": "points", "points": -5}, "points are between 1 and 1000000000000, not -5"),
    (
        {"kind": "points", "points": 10**15},
        "points are between 1 and 1000000000000, not 1000000000000000",
    ),
    ({"kind": "cash_back"}, "there is no amount of money to pay back"),
    ({"kind": "cash_back", "amount_minor": -1}, "there is no amount of money to pay back"),
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

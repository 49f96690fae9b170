"""What campaigns grant, what they promise by it, and how loyalty answered."""

from datetime import timedelta

from kit.models import utcnow

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

"""Parts that a limit holds wait for a person; those it refuses are there for others."""

import pytest

from kit.models import uuid7

LIMIT = """mutation ($input: FraudRuleInput!) { setFraudRule(input: $input) { __typename } }"""
DECIDED = "octoreach.loyalty.review.decided.v1"


async def limited(packets, action, threshold=0, **more):
    terms = {
        "code": "quick-hands", "name": "Quick hands", "kind": "VELOCITY",
        "actKinds": ["RED_PACKET"], "threshold": threshold, "windowSeconds": 3_600,
        "action": action, **more,
    }  # fmt: skip
    operator = packets.members.operator
    answer = await packets.harness.graph(LIMIT, as_=operator, input=terms)
    assert answer["setFraudRule"]["__typename"] == "FraudRuleWasSet"


async def decided(packets, verdict):
    """What a person says to the reviews that are open, told twice."""
    for each in await packets.members.announced("review.opened"):
        told = {**each, "verdict": verdict}
        for _ in range(2):
            await packets.harness.hear(DECIDED, told)


async def cash_wallet(packets, customer):
    wallets = await packets.members.points(customer, "wallets { currency available pending }")
    found = [each for each in wallets["wallets"] if each["currency"] == "cash_back"]
    return [(each["available"], each["pending"]) for each in found]


@pytest.mark.parametrize("verdict", ["released", "rejected"])
async def test_a_part_that_a_limit_holds_is_pending_until_a_person_has_looked(packets, verdict):
    (customer,) = await packets.crowd(1)
    await limited(packets, "HOLD")
    await packets.opened(parts=1, campaignCode="spring-campaign")

    answer = await packets.grab(customer)
    held = await cash_wallet(packets, customer)
    await decided(packets, verdict)

    assert (answer["amount"], answer["isHeld"], held) == (10_000, True, [(0, 10_000)])
    released = verdict == "released"
    assert await cash_wallet(packets, customer) == [(10_000 if released else 0, 0)]
    returned = [(each["amount"], each["campaign_code"]) for each in await packets.told("returned")]
    assert returned == ([] if released else [(10_000, "spring-campaign")])
    assert await packets.settled() == ((10_000, 0) if released else (0, 10_000))
    assert await packets.members.is_sound()


async def test_a_held_part_goes_with_its_customer_when_two_are_one(packets):
    one, other = await packets.crowd(2)
    await packets.opened(parts=3)
    got = (await packets.grab(one))["amount"]
    await limited(packets, "HOLD")
    held = (await packets.grab(other))["amount"]
    told = {"merge_id": uuid7(), "customer_id": one, "absorbed_id": other}

    await packets.harness.hear("octoreach.customer.customer.merged.v1", told)
    between = await cash_wallet(packets, one)
    await decided(packets, "released")
    undone = {"merge_id": told["merge_id"], "customer_id": one, "restored_id": other}
    await packets.harness.hear("octoreach.customer.customer.unmerged.v1", undone)

    assert between == [(got, held)]
    assert await cash_wallet(packets, one) == [(got, 0)]
    assert await cash_wallet(packets, other) == [(held, 0)]
    assert await packets.members.is_sound()


async def test_a_part_that_a_limit_refuses_is_there_for_the_next(packets):
    first, second, third = await packets.crowd(3)
    await limited(packets, "REFUSE", threshold=1, per="DEVICE")
    await packets.opened(parts=2)

    answers = [
        await packets.grab(first, device="phone"),
        await packets.grab(second, device="phone"),
        await packets.grab(third, device="another"),
    ]

    assert [each["__typename"] for each in answers] == [
        "RedPacketPartWasTaken",
        "RedPacketNotForThem",
        "RedPacketPartWasTaken",
    ]
    assert answers[0]["amount"] + answers[2]["amount"] == 10_000
    assert await packets.cash(second) == 0


async def test_two_who_are_one_keep_what_both_got(packets):
    one, other = await packets.crowd(2)
    await packets.opened(parts=3)
    got = [(await packets.grab(each))["amount"] for each in (one, other)]
    told = {"merge_id": uuid7(), "customer_id": one, "absorbed_id": other}

    await packets.harness.hear("octoreach.customer.customer.merged.v1", told)
    again = await packets.grab(one, key="again")

    assert again["__typename"] == "RedPacketTakenBefore"
    assert await packets.cash(one) == sum(got)
    assert (await packets.shown(packets.ann))["left"] == 1
    assert await packets.members.is_sound()

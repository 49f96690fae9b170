"""What a limit holds waits for a person, and what it refuses changes nothing."""

import pytest
from services.loyalty.tests.till import COMPLETED, DECIDED, FAILED, HOLDING, decide

from kit.models import uuid7


@pytest.mark.parametrize("wanting", ["redeem", "reserve"])
async def test_what_a_limit_holds_waits_for_a_person_and_then_goes_on(shop, till, members, wanting):
    await shop.sell(stock=3)
    await members.sql(HOLDING, id=uuid7(), action="hold")
    customer = await shop.member_with(200)
    good, bad = [await getattr(till, wanting)(customer) for _ in range(2)]
    early = await till.settle("confirm", good)
    await till.later(3_600)

    for _ in range(2):
        for answer, verdict in ((good, "released"), (bad, "rejected")):
            decided = {
                "review_id": uuid7(),
                "act_kind": "redemption",
                "key": answer["redemption"]["id"],
                "customer_id": customer,
                "action": "hold",
                "verdict": verdict,
            }
            await members.harness.hear(DECIDED, decided)

    goes_on = "CONFIRMED" if wanting == "redeem" else "RESERVED"
    assert {each["__typename"] for each in (good, bad)} == {"RewardWasReserved"}
    assert {each["redemption"]["held"] for each in (good, bad)} == {True}
    assert early["__typename"] == "Conflict"
    assert await till.state(good) == (goes_on, None)
    assert await till.state(bad) == ("RELEASED", "REJECTED")
    assert await till.purse(customer) == (140, 0 if wanting == "redeem" else 60, 0)
    assert await shop.left() == 2
    if wanting == "reserve":
        await till.later(1_000)
        assert await till.state(good) == ("EXPIRED", "TIMED_OUT")
    assert await till.is_sound()


async def test_what_was_only_flagged_and_is_rejected_is_taken_back_as_far_as_it_can_be(
    shop, till, members
):
    await shop.sell(stock=3)
    await members.sql(HOLDING, id=uuid7(), action="flag")
    customer = await shop.member_with(200)
    reserved, taken, had = [
        await till.reserve(customer),
        await till.redeem(customer),
        await till.redeem(customer),
    ]
    await till.ended(had, COMPLETED)

    for each in (reserved, taken, had):
        await decide(members, customer, each)
    recalled = await members.announced("fulfilment.recalled")
    waiting = await till.state(taken)
    await till.ended(taken, FAILED, reason="recalled")

    assert [each["source_id"] for each in recalled] == [till.id_of(taken)] * 2
    assert waiting == ("CONFIRMED", None)
    assert await till.state(reserved) == ("RELEASED", "REJECTED")
    assert await till.state(taken) == ("RELEASED", "REJECTED")
    assert await till.state(had) == ("FULFILLED", None)
    assert await till.purse(customer) == (140, 0, 0)
    assert await shop.left() == 2
    assert await till.is_sound()


async def test_what_a_limit_refuses_changes_nothing(shop, till, members):
    await shop.sell(stock=3)
    await members.sql(HOLDING, id=uuid7(), action="refuse")
    customer = await shop.member_with(100)
    before = await members.ledger()

    answer = await till.redeem(customer)

    assert (answer["__typename"], answer["rule"]) == ("RedemptionRefused", "refuse")
    assert await members.ledger() == before
    assert await shop.left() == 3
    assert await till.told() == []

import asyncio
from collections import Counter
from uuid import UUID

import pytest

from kit.models import uuid7
from kit.testing.harness import GraphFailed
from loyalty.adjustments.commands import adjust_points
from loyalty.adjustments.models import Correction

ADJUST = """mutation ($input: AdjustPointsInput!) { adjustPoints(input: $input) {
  __typename
  ... on PointsWereAdjusted { balance postingId }
  ... on AdjustmentWasRequested { adjustment { id state } }
  ... on Refusal { message }
} }"""
DECIDE = """mutation ($id: UUID!, $note: String!) { %s(id: $id, note: $note) {
  __typename
  ... on AdjustmentWasDecided { adjustment { state decidedBy note } }
  ... on Refusal { message }
} }"""
QUEUE = "{ adjustments { edges { node { id points state askedBy account { balance } } } } }"


@pytest.fixture
def ask(members):
    async def act(customer, points, key=None, unit="hq"):
        asked = {
            "accountId": await members.account(customer),
            "points": points,
            "reason": "a complaint",
            "idempotencyKey": key or str(uuid7()),
        }
        clerk = members.harness.token("front_line", subject="clerk", unit=unit)
        data = await members.harness.graph(ADJUST, as_=clerk, input=asked)
        return data["adjustPoints"]

    return act


@pytest.fixture
def decide(members):
    async def act(name, asked, *, by="chief", note="", **claims):
        token = members.harness.token("approver", subject=by, **claims)
        data = await members.harness.graph(
            DECIDE % name, as_=token, id=asked["adjustment"]["id"], note=note
        )
        return data[name]

    return act


async def test_a_small_adjustment_is_posted_at_once_a_large_one_waits_for_another_person(
    members, ask, decide
):
    customer = await members.register()

    small = await ask(customer, 10_000)
    large = await ask(customer, 10_001)
    waiting = await members.balance(customer)
    decided = await decide("approveAdjustment", large, note="fine")

    assert (small["__typename"], small["balance"]) == ("PointsWereAdjusted", 10_000)
    assert large["__typename"] == "AdjustmentWasRequested"
    assert waiting == 10_000
    assert decided["adjustment"] == {"state": "APPROVED", "decidedBy": "chief", "note": "fine"}
    assert await members.balance(customer) == 20_001
    assert [each["points"] for each in await members.announced("points.adjusted")] == [
        10_000,
        10_001,
    ]
    assert len(await members.announced("adjustment.requested", "adjustment.decided")) == 2
    assert await members.is_sound()


async def test_no_more_is_adjusted_alone_in_a_day_in_however_many_steps(members, ask, decide):
    customer, other = await members.register(), await members.register()

    steps = [await ask(customer, points) for points in (6_000, -2_000, 2_001, 2_000, 1)]
    elsewhere = await ask(other, 10_000)

    assert [each["__typename"] for each in steps] == [
        "PointsWereAdjusted",
        "PointsWereAdjusted",
        "AdjustmentWasRequested",
        "PointsWereAdjusted",
        "AdjustmentWasRequested",
    ]
    assert elsewhere["__typename"] == "PointsWereAdjusted"
    assert await members.balance(customer) == 6_000
    assert await members.is_sound()


async def test_many_at_once_do_not_get_round_the_limit_and_a_repeat_does_not_count(members, ask):
    customer = await members.register()

    first = await asyncio.gather(*(ask(customer, 4_000, key=f"k{n % 5}") for n in range(10)))
    again = [await ask(customer, 4_000, key=f"k{n}") for n in range(5)]
    other = await ask(customer, 4_001, key="k0")

    kinds = Counter(each["__typename"] for each in again)
    assert kinds == {"PointsWereAdjusted": 2, "AdjustmentWasRequested": 3}
    assert Counter(each["__typename"] for each in first) == {
        name: 2 * count for name, count in kinds.items()
    }
    assert other["__typename"] == "IdempotencyKeyReused"
    assert await members.balance(customer) == 8_000


async def test_who_adjusted_alone_can_be_seen(members, ask):
    customer = await members.register()
    done = await ask(customer, 10)

    seen = await members.harness.graph(
        "{ adjustments(state: ALONE) { edges { node { points askedBy decidedBy postingId } } } }",
        as_=members.harness.token("operator"),
    )

    (edge,) = seen["adjustments"]["edges"]
    assert edge["node"] == {
        "points": 10,
        "askedBy": "clerk",
        "decidedBy": None,
        "postingId": done["postingId"],
    }


async def test_a_refused_adjustment_changes_nothing(members, ask, decide):
    customer = await members.register()
    large = await ask(customer, 50_000)

    refused = await decide("refuseAdjustment", large, note="no")
    late = await decide("approveAdjustment", large, by="another")

    assert refused["adjustment"]["state"] == "REFUSED"
    assert late["__typename"] == "Conflict"
    assert await members.balance(customer) == 0


async def test_nobody_approves_what_they_asked_for(members, ask, decide):
    customer = await members.register()
    large = await ask(customer, 50_000)

    answer = await decide("approveAdjustment", large, by="clerk")

    assert answer["__typename"] == "Conflict"
    assert await members.balance(customer) == 0


async def test_an_adjustment_is_asked_for_and_posted_once_however_many_try(members, ask, decide):
    customer = await members.register()

    asked = await asyncio.gather(*(ask(customer, 50_000, key="k") for _ in range(5)))
    other = await ask(customer, 50_001, key="k")
    decided = await asyncio.gather(
        *(decide("approveAdjustment", asked[0], by=f"chief {n % 2}") for n in range(6))
    )

    assert len({each["adjustment"]["id"] for each in asked}) == 1
    assert other["__typename"] == "IdempotencyKeyReused"
    assert Counter(each["__typename"] for each in decided) == {
        "AdjustmentWasDecided": 3,
        "Conflict": 3,
    }
    assert await members.balance(customer) == 50_000
    assert len(await members.announced("adjustment.requested")) == 1
    assert await members.is_sound()


async def test_what_would_take_too_much_when_approved_is_refused_and_waits_on(members, ask, decide):
    customer = await members.register()
    large = await ask(customer, -50_000)

    answer = await decide("approveAdjustment", large)

    assert answer["__typename"] == "NotEnoughPoints"
    queue = await members.harness.graph(QUEUE, as_=members.harness.token("approver"))
    (edge,) = queue["adjustments"]["edges"]
    assert edge["node"] == {
        "id": large["adjustment"]["id"],
        "points": -50_000,
        "state": "WAITING",
        "askedBy": "clerk",
        "account": {"balance": 0},
    }


async def test_the_queue_and_its_decisions_are_those_of_the_units_subtree(members, ask, decide):
    customer = await members.register(unit="hq.zj")
    large = await ask(customer, 50_000)
    elsewhere = members.harness.token("approver", unit="hq.js")

    queue = await members.harness.graph(QUEUE, as_=elsewhere)
    answer = await decide("approveAdjustment", large, unit="hq.js")

    assert queue["adjustments"]["edges"] == []
    assert answer["__typename"] == "NotFound"
    assert await members.balance(customer) == 0


async def test_only_an_approver_decides(members, ask):
    customer = await members.register()
    large = await ask(customer, 50_000)

    with pytest.raises(GraphFailed) as failed:
        await members.harness.graph(
            DECIDE % "approveAdjustment",
            as_=members.harness.token("operator"),
            id=large["adjustment"]["id"],
            note="",
        )

    assert failed.value.codes == ["FORBIDDEN"]
    assert await members.balance(customer) == 0


async def test_an_adjustment_that_waits_under_a_shared_key_is_not_asked_for_twice(members, ask):
    customer, other = await members.register(), await members.register()
    account = UUID(await members.account(customer))
    large = Correction(account, 50_000, "a complaint", "same")
    async with members.harness.db.transaction() as session:
        waiting = await adjust_points(session, large, "olga")

    answers = [await ask(each, 50_000, key="same") for each in (customer, other)]

    assert answers[0]["adjustment"] == {"id": str(waiting.id), "state": "WAITING"}
    assert answers[1]["adjustment"]["id"] != str(waiting.id)

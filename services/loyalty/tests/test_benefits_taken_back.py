import asyncio
from datetime import timedelta
from itertools import permutations

import pytest

from kit.models import utcnow, uuid7
from loyalty.benefits.commands import end_waiting_benefits

LOST = "the order was cancelled"


async def ordered(members, customer, task, **more):
    return await members.order(customer, 50_00, task_id=task, **more)


async def test_a_cancelled_order_takes_back_what_its_task_gave_once(members, campaigns, spend):
    customer, task = await members.register(), uuid7()
    await campaigns.grant(customer, "points", task, points=200)
    order = await ordered(members, customer, task)
    await spend(customer, 230)

    for _ in range(2):
        await members.cancel(customer, order)

    assert await campaigns.outcome(customer) == ("REVERSED", LOST, 0)
    assert await campaigns.told() == [("fulfilled", "points", 200), ("reversed", "points", 200)]
    assert await members.points(customer) == {"balance": 0, "debt": 230}
    assert await members.is_sound()


async def test_whichever_of_grant_order_and_cancellation_is_heard_first_nothing_is_left(
    members, campaigns
):
    outcomes = set()

    for first, second, third in permutations(("grant", "order", "cancel")):
        customer, task, order = await members.register(), uuid7(), uuid7()
        steps = {
            "grant": lambda c=customer, t=task: campaigns.grant(c, "points", t, points=200),
            "order": lambda c=customer, t=task, o=order: ordered(members, c, t, order=o),
            "cancel": lambda c=customer, o=order: members.cancel(c, o),
        }
        for step in (first, second, third, first):
            await steps[step]()
        assert await members.points(customer) == {"balance": 0, "debt": 0}
        outcomes.add((await campaigns.outcome(customer))[0])

    assert outcomes == {"REFUSED", "REVERSED"}
    assert await members.is_sound()


async def test_grant_order_and_cancellation_at_once_leave_nothing(members, campaigns):
    customer = await members.register()
    tasks = [(uuid7(), uuid7()) for _ in range(6)]

    await asyncio.gather(
        *(campaigns.grant(customer, "points", task, points=200) for task, _ in tasks),
        *(ordered(members, customer, task, order=order) for task, order in tasks),
        *(members.cancel(customer, order) for _, order in tasks),
    )

    assert await members.points(customer) == {"balance": 0, "debt": 0}
    assert {each["outcome"] for each in await campaigns.benefits(customer)} <= {
        "REFUSED",
        "REVERSED",
    }
    assert await members.is_sound()


async def test_while_one_order_of_a_task_stands_its_benefit_stands(members, campaigns):
    customer, task = await members.register(), uuid7()
    await campaigns.grant(customer, "points", task, points=200)
    first, second = [await ordered(members, customer, task) for _ in range(2)]

    await members.cancel(customer, first)
    one = await campaigns.outcome(customer)
    await members.cancel(customer, second)

    assert one == ("FULFILLED", "", 200)
    assert await campaigns.outcome(customer) == ("REVERSED", LOST, 0)


async def test_an_order_of_no_task_takes_no_benefit_back(members, campaigns):
    customer = await members.register()
    await campaigns.grant(customer, "points", points=200)

    await members.cancel(customer, await members.order(customer, 50_00))

    assert await campaigns.outcome(customer) == ("FULFILLED", "", 200)


async def test_cash_back_is_owed_and_a_privilege_ends_when_the_order_is_cancelled(
    members, campaigns
):
    await campaigns.privilege()
    customer, task, other = await members.register(), uuid7(), uuid7()
    await campaigns.grant(customer, "cash_back", task, amount_minor=300)
    await campaigns.grant(customer, "privilege", other, reference="lounge")

    for each in (task, other):
        await members.cancel(customer, await ordered(members, customer, each))

    assert await campaigns.wallet(customer) == (0, 0)
    assert [each["reason"] for each in await members.announced("privilege.ended")] == ["withdrawn"]
    assert (await campaigns.told())[2:] == [
        ("reversed", "cash_back", 300),
        ("reversed", "privilege", 500),
    ]


async def test_what_was_shown_stays_shown_and_its_cost_spent(members, campaigns):
    await campaigns.endorsement()
    customer, task = await members.register(), uuid7()
    await campaigns.grant(customer, "endorsement", task, reference="neighbours")

    await members.cancel(customer, await ordered(members, customer, task))

    assert await campaigns.outcome(customer) == ("FULFILLED", "", 30)
    assert await campaigns.told() == [("fulfilled", "endorsement", 30)]


async def test_a_voucher_that_nobody_has_used_is_withdrawn_and_there_for_others_again(
    members, campaigns, shop, vouchers
):
    await vouchers.a_type("ten", unit="hq", amountMinor=1_000)
    await shop.sell("ticket", kind="VOUCHER", voucherType="ten", stock=5, costMinor=900)
    await campaigns.bundle("lunch", {"kind": "VOUCHER", "reference": "ten"})
    customer, task, other = await members.register(), uuid7(), uuid7()
    await campaigns.grant(customer, "gift", task, reference="ticket")
    await campaigns.grant(customer, "bundle", other, reference="lunch")

    for each in (task, other):
        await members.cancel(customer, await ordered(members, customer, each))

    seen = await members.harness.entity(
        {"__typename": "Customer", "id": str(customer)},
        "vouchers { edges { node { state } } }",
        as_=members.operator,
    )
    assert [edge["node"]["state"] for edge in seen["vouchers"]["edges"]] == ["WITHDRAWN"] * 2
    assert await shop.left("ticket") == 5
    assert (await campaigns.told())[2:] == [
        ("reversed", "gift", 900),
        ("reversed", "bundle", 1_000),
    ]


@pytest.mark.parametrize(
    ("end", "reason", "outcome"),
    [
        ("failed", "recalled", ("REVERSED", LOST, 0)),
        ("failed", "none left", ("FULFILLED", "A mug", 2_500)),
        ("completed", "", ("FULFILLED", "A mug", 2_500)),
    ],
)
async def test_a_gift_comes_back_if_the_arms_had_not_begun_to_hand_it_out(
    members, campaigns, shop, end, reason, outcome
):
    await shop.sell(stock=1, costMinor=2_500)
    customer, task = await members.register(), uuid7()
    await campaigns.grant(customer, "gift", task, reference="mug")

    await members.cancel(customer, await ordered(members, customer, task))
    before = await campaigns.outcome(customer)
    (recalled,) = await members.announced("fulfilment.recalled")
    told = {key: recalled[key] for key in ("fulfilment_id", "attempt", "source_kind", "source_id")}
    for _ in range(2):
        await members.harness.hear(
            f"octoreach.channel.fulfilment.{end}.v1",
            {
                **told, "customer_id": customer, "reference": "", "reason": reason,
                "by": "loyalty", "at": utcnow(),
            },
        )  # fmt: skip

    assert before == ("FULFILLED", "A mug", 2_500)
    assert await campaigns.outcome(customer) == outcome
    assert await shop.left() == (1 if outcome[0] == "REVERSED" else 0)


async def test_of_a_bundle_what_can_be_undone_is(members, campaigns):
    await campaigns.privilege()
    parts = ({"kind": "POINTS", "points": 100}, {"kind": "PRIVILEGE", "reference": "lounge"})
    await campaigns.bundle("lunch", *parts)
    customer, task = await members.register(), uuid7()
    await campaigns.grant(customer, "bundle", task, reference="lunch")

    await members.cancel(customer, await ordered(members, customer, task))

    assert await campaigns.outcome(customer) == ("REVERSED", LOST, 0)
    assert await campaigns.told() == [("fulfilled", "bundle", 600), ("reversed", "bundle", 600)]
    assert await members.balance(customer) == 0
    assert len(await members.announced("privilege.ended")) == 1


@pytest.mark.parametrize("parts", [["gift"], ["gift", "points"]])
async def test_a_gift_of_a_bundle_comes_back_if_nobody_had_begun_to_hand_it_out(
    members, campaigns, shop, parts
):
    await shop.sell(stock=1, costMinor=2_500)
    kinds = {
        "gift": {"kind": "GIFT", "reference": "mug"},
        "points": {"kind": "POINTS", "points": 100},
    }
    await campaigns.bundle("lunch", *(kinds[each] for each in parts))
    customer, task = await members.register(), uuid7()
    await campaigns.grant(customer, "bundle", task, reference="lunch")

    await members.cancel(customer, await ordered(members, customer, task))
    before = await shop.left()
    (recalled,) = await members.announced("fulfilment.recalled")
    told = {key: recalled[key] for key in ("fulfilment_id", "attempt", "source_kind", "source_id")}
    for _ in range(2):
        await members.harness.hear(
            "octoreach.channel.fulfilment.failed.v1",
            {
                **told, "customer_id": customer, "reference": "", "reason": "recalled",
                "by": "loyalty", "at": utcnow(),
            },
        )  # fmt: skip

    assert (before, await shop.left()) == (0, 1)
    assert (await campaigns.outcome(customer))[0] == "REVERSED"
    back = [cost for what, _, cost in await campaigns.told() if what == "reversed"]
    assert back == ([100, 2_500] if "points" in parts else [2_500])
    assert await members.balance(customer) == 0


async def test_a_referral_that_waits_is_refused_when_its_order_is_cancelled_or_nobody_comes(
    members, campaigns
):
    customer, task = await members.register(), uuid7()
    await campaigns.grant(customer, "referral", task, points=100)
    waiting = await campaigns.outcome(customer)
    await members.cancel(customer, await ordered(members, customer, task))
    lost = await campaigns.outcome(customer)
    await campaigns.grant(customer, "referral", points=100)

    async with members.harness.db.transaction() as session:
        await end_waiting_benefits(session)
        still = await campaigns.outcome(customer)
        await end_waiting_benefits(session, utcnow() + timedelta(days=366))

    assert (waiting, lost) == (("WAITING", "", 0), ("REFUSED", LOST, 0))
    assert still == ("WAITING", "", 0)
    assert await campaigns.outcome(customer) == (
        "REFUSED",
        "nobody whom they brought has placed a qualifying order in time",
        0,
    )


@pytest.mark.parametrize("at", ["the benefit", "the posting", "the event"])
async def test_whoever_dies_between_two_steps_has_given_nothing_and_it_is_given_once(
    members, campaigns, at
):
    table = {"the benefit": "benefit", "the posting": "posting", "the event": "outbox"}[at]
    customer, task = await members.register(), uuid7()
    await members.sql(
        """CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;"""
    )
    await members.sql(
        f"CREATE TRIGGER dies AFTER INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION die()"
    )

    with pytest.raises(Exception, match=r"(?i)terminat|closed|lost"):
        await campaigns.grant(customer, "points", task, points=200)
    await members.sql(f"DROP TRIGGER dies ON {table}")
    nothing = await members.points(customer), await campaigns.benefits(customer)
    for _ in range(2):
        await campaigns.grant(customer, "points", task, points=200)

    assert nothing == ({"balance": 0, "debt": 0}, [])
    assert await members.balance(customer) == 200
    assert await campaigns.told() == [("fulfilled", "points", 200)]
    assert await members.is_sound()

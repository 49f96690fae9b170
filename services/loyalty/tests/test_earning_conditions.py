"""A rule gives for what its condition, products, tier and balance say."""

from datetime import UTC, datetime

import pytest
from services.loyalty.tests.rules import compare, line, placed


@pytest.mark.parametrize(
    ("condition", "extra"),
    [
        (compare("event.amount_minor", "AT_LEAST", number=10_000), 5),
        (compare("event.amount_minor", "MORE_THAN", number=10_000), 0),
        (compare("event.products", "CONTAINS", text="plan"), 5),
        (compare("event.channel_code", text="store"), 5),
        (compare("event.partner_code", "IS_KNOWN"), 0),
        (compare("member.tags", "CONTAINS", text="student"), 5),
        (compare("attribute.age", "LESS_THAN", number=30), 5),
        (compare("attribute.age", "LESS_THAN", number=20), 0),
        (compare("member.tier", text="none"), 5),
        (compare("member.balance", "AT_LEAST", number=1), 0),
        (compare("time.weekday", text="sunday"), 5),
        (compare("time.hour", number=1), 5),
        (compare("time.date", text="2026-03-01"), 5),
    ],
)
async def test_a_condition_decides_over_event_member_and_time(rules, members, condition, extra):
    if condition["compare"]["operator"] == "IS_KNOWN":
        del condition["compare"]["value"]
    customer = await members.register(tags=["student"], attributes={"age": 21})
    await members.sql("UPDATE earning_rule SET valid_from = '1970-01-01'")
    await rules.give(condition=condition)
    await members.sql("UPDATE earning_rule SET valid_from = '1970-01-01'")

    await members.order(customer, 100_00, at=datetime(2026, 2, 28, 17, 30, tzinfo=UTC))

    assert await members.balance(customer) == 100 + extra


async def test_of_exclusive_rules_the_first_gives_and_additive_ones_give_beside_it(rules, members):
    customer = await members.register()
    exclusive = {"stacking": "EXCLUSIVE", "kind": "PROPORTIONAL", "perMinor": 100}
    await rules.give("double", name="Double", points=2, priority=10, **exclusive)
    await rules.give("triple", name="Triple", points=3, priority=5, **exclusive)
    await rules.give("hello", name="Hello", points=7)

    await members.order(customer, 10_00)

    assert await rules.explained(customer) == [
        {
            "event": "ORDER",
            "points": 27,
            "cancelledAt": None,
            "lines": [
                line("double", 20, "Double: 20 for 10.00 at 2 for each 1.00"),
                line("hello", 7, "Hello: 7"),
            ],
        }
    ]


async def test_a_rule_for_a_currency_can_go_before_the_one_for_any(rules, members):
    customer = await members.register()
    await rules.give(
        "yen", points=2, kind="PROPORTIONAL", perMinor=1, currency="JPY", stacking="EXCLUSIVE",
        priority=1,
    )  # fmt: skip

    await members.order(customer, 30, currency="JPY")
    await members.order(customer, 30_00, currency="CNY")

    assert await members.balance(customer) == 90


async def test_a_rule_for_products_counts_their_lines_alone(rules, members):
    customer = await members.register()
    await rules.give(kind="PROPORTIONAL", points=3, perMinor=100, products=["phone"])
    lines = [
        {"product_code": "phone", "quantity": 1, "amount_minor": 20_00},
        {"product_code": "case", "quantity": 2, "amount_minor": 10_00},
    ]

    await members.order(customer, 30_00, lines=lines)

    assert await members.balance(customer) == 30 + 60


async def test_a_rate_rises_with_the_tier_order_by_order(rules, members):
    customer = await members.register()
    steps = [{"tier": "star", "percent": 150}, {"tier": "gold", "percent": 200}]
    await rules.give(
        "base", name="Base", kind="PROGRESSIVE", points=1, perMinor=100, stepsBy="TIER",
        steps=steps, stacking="EXCLUSIVE", priority=1, qualifies=True,
    )  # fmt: skip

    messages = [placed(customer, amount) for amount in (100_00, 3_00, 1_000_00, 10_00)]
    outcomes = await members.harness.running.hearing.hear(messages)

    assert [each.failure for each in outcomes] == [None] * 4
    assert await members.balance(customer) == 100 + 4 + 1_500 + 20
    assert (await rules.explained(customer))[0]["lines"] == [
        line("base", 20, "Base: 20 for 10.00 at 1 for each 1.00, 200% of it")
    ]


async def test_a_rate_rises_with_the_balance(rules, members):
    customer = await members.register()
    steps = [{"fromBalance": 100, "percent": 200}, {"fromBalance": 0, "percent": 50}]
    await rules.give(
        kind="PROGRESSIVE", points=1, perMinor=100, stepsBy="BALANCE", steps=steps,
        stacking="EXCLUSIVE", priority=1,
    )  # fmt: skip

    for _ in range(3):
        await members.order(customer, 200_00)

    assert await members.balance(customer) == 100 + 400 + 400

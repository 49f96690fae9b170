import asyncio
from collections.abc import Awaitable, Callable
from itertools import accumulate, pairwise
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel.commissions.arithmetic import (
    Standing,
    Step,
    capped,
    change,
    percentage,
    stepped,
)
from kit.models import utcnow
from kit.testing.harness import Harness

Send = Callable[..., Awaitable[Any]]
Make = Callable[..., dict[str, Any]]
ACCRUED = "octoreach.channel.commission.accrued.v1"
MONTH = f"{utcnow():%Y-%m}"
COMMISSION = """
query ($code: String!, $month: String!) { partner(code: $code) { commission(month: $month) {
  totals { minor currency }
  lines(first: 100) { edges { node {
    planCode clawback arithmetic amount { minor } orderAmount { minor }
  } } }
} } }
"""
PLAN = {
    "code": "base",
    "name": "Base",
    "unit": "hq.zj",
    "since": "2020-01-01",
    "kind": "PERCENTAGE",
    "currency": "CNY",
    "basisPoints": 250,
}
STEPS = [
    {"fromMinor": 0, "basisPoints": 100},
    {"fromMinor": 10_000, "basisPoints": 200},
    {"fromMinor": 30_000, "basisPoints": 500},
]
amounts = st.integers(0, 10**12)
ladders = st.lists(
    st.tuples(st.integers(1, 10**9), st.integers(0, 10_000)), max_size=5, unique_by=lambda s: s[0]
).map(lambda steps: [Step(0, 100), *(Step(*each) for each in sorted(steps))])


@pytest.fixture
def commission_of(harness: Harness, operator: str) -> Send:
    async def read(code: str = "acme", *, as_: str = operator) -> Any:
        found = await harness.graph(COMMISSION, as_=as_, code=code, month=MONTH)
        commission = found["partner"]["commission"]
        lines = [edge["node"] for edge in reversed(commission["lines"]["edges"])]
        return [total["minor"] for total in commission["totals"]], lines

    return read


async def test_an_order_earns_by_a_percentage_rounded_down_and_says_how(
    harness: Harness,
    world: None,
    define_plan: Send,
    place: Send,
    an_order: Make,
    commission_of: Send,
) -> None:
    await define_plan(**PLAN)

    order = (await place(an_order(amount=2_999))).json()

    assert await commission_of() == (
        [74],
        [
            {
                "planCode": "base",
                "clawback": False,
                "arithmetic": "2.5% of 29.99, rounded down",
                "amount": {"minor": 74},
                "orderAmount": {"minor": 2_999},
            }
        ],
    )
    told = (await harness.events_recorded(ACCRUED))[0]
    assert told == {
        "subject": ACCRUED,
        "commission_id": told["commission_id"],
        "order_id": order["id"],
        "task_id": None,
        "campaign_id": None,
        "partner_code": "acme",
        "amount_minor": 74,
        "currency": "CNY",
        "month": MONTH,
    }


async def test_a_stepped_plan_earns_each_slice_of_the_month_at_its_rate(
    world: None, define_plan: Send, place: Send, an_order: Make, commission_of: Send
) -> None:
    await define_plan(**{**PLAN, "kind": "STEPPED", "basisPoints": None, "steps": STEPS})

    for number in range(4):
        await place(an_order(f"A-{number}", amount=10_000))

    totals, lines = await commission_of()
    assert totals == [100 + 200 + 200 + 500]
    assert [line["amount"]["minor"] for line in lines] == [100, 200, 200, 500]
    assert lines[3]["arithmetic"] == (
        "the month's volume goes from 300.00 to 400.00, which earns 5.00 and 10.00"
    )


async def test_a_month_earns_no_more_than_the_cap(
    world: None, define_plan: Send, place: Send, an_order: Make, commission_of: Send
) -> None:
    flat = {**PLAN, "kind": "FLAT", "basisPoints": None, "flatMinor": 400, "capMinor": 1_000}
    await define_plan(**flat)

    for number in range(4):
        await place(an_order(f"A-{number}"))

    totals, lines = await commission_of()
    assert totals == [1_000]
    assert [line["amount"]["minor"] for line in lines] == [400, 400, 200, 0]
    assert lines[2]["arithmetic"] == "4.00 for each order; the month's cap is 10.00, so 2.00"


async def test_a_cancelled_order_gives_back_what_the_others_would_not_have_earned(
    harness: Harness,
    world: None,
    define_plan: Send,
    place: Send,
    an_order: Make,
    commission_of: Send,
    acme: str,
) -> None:
    await define_plan(**{**PLAN, "kind": "STEPPED", "basisPoints": None, "steps": STEPS})
    orders = [(await place(an_order(f"A-{n}", amount=10_000))).json()["id"] for n in range(4)]

    for _ in range(2):
        await harness.post(f"/v1/orders/{orders[0]}/cancel", {}, as_=acme)

    totals, lines = await commission_of()
    assert totals == [100 + 200 + 200]
    assert [(line["clawback"], line["amount"]["minor"]) for line in lines[4:]] == [(True, -500)]
    assert lines[4]["arithmetic"] == (
        "the order was cancelled: the month's volume goes from 400.00 to 300.00, "
        "which earns 10.00 and 5.00"
    )
    told = await harness.events_recorded(ACCRUED)
    assert sum(each["amount_minor"] for each in told) == 500


async def test_orders_and_cancellations_at_once_leave_the_exact_total(
    harness: Harness,
    world: None,
    define_plan: Send,
    place: Send,
    an_order: Make,
    commission_of: Send,
    acme: str,
) -> None:
    await define_plan(**{**PLAN, "kind": "STEPPED", "basisPoints": None, "steps": STEPS})
    first = await asyncio.gather(*(place(an_order(f"A-{n}", amount=3_333)) for n in range(8)))

    await asyncio.gather(
        *(place(an_order(f"B-{n}", amount=1_777)) for n in range(8)),
        *(
            harness.post(f"/v1/orders/{order.json()['id']}/cancel", {}, as_=acme)
            for order in first[:4]
            for _ in range(2)
        ),
    )

    totals, lines = await commission_of()
    steps = [Step(0, 100), Step(10_000, 200), Step(30_000, 500)]
    assert totals == [stepped(4 * 3_333 + 8 * 1_777, steps)]
    assert totals == [sum(line["amount"]["minor"] for line in lines)]
    assert len(lines) == 20


@pytest.mark.parametrize(
    ("told", "earns"),
    [
        ({}, True),
        ({"partnerCode": "acme"}, True),
        ({"partnerCode": "other"}, False),
        ({"tier": "gold"}, True),
        ({"tier": "silver"}, False),
        ({"offerCode": "films"}, True),
        ({"offerCode": "games"}, False),
        ({"unit": "hq.gd"}, False),
        ({"currency": "USD"}, False),
        ({"since": "2020-01-01", "until": "2021-01-01"}, False),
        ({"since": "2099-01-01"}, False),
    ],
)
async def test_a_plan_covers_the_orders_its_terms_say(
    world: None,
    define_plan: Send,
    place: Send,
    an_order: Make,
    commission_of: Send,
    dispatch: Send,
    register_customer: Send,
    told: dict[str, Any],
    earns: bool,
) -> None:
    customer = str(await register_customer("crm:C-1"))
    task = await dispatch("acme-app", customer_id=customer, offer_code="films")
    await define_plan(**PLAN | told)

    await place(an_order(task_id=task))

    assert (await commission_of())[0] == ([250] if earns else [])


async def test_a_campaign_shows_what_its_tasks_orders_earned(
    harness: Harness,
    world: None,
    define_plan: Send,
    place: Send,
    an_order: Make,
    dispatch: Send,
    register_customer: Send,
) -> None:
    campaign = str(uuid4())
    customer = str(await register_customer("crm:C-1"))
    task = await dispatch("acme-app", customer_id=customer, campaign_id=campaign)
    await define_plan(**PLAN)
    await place(an_order("A-1", task_id=task))
    await place(an_order("A-2"))
    reference = {"__typename": "Campaign", "id": campaign}

    here = await harness.entity(
        reference, "commission { minor currency }", as_=harness.token("marketer", unit="hq.zj")
    )
    elsewhere = await harness.entity(
        reference, "commission { minor }", as_=harness.token("marketer", unit="hq.gd")
    )

    assert here == {"commission": [{"minor": 250, "currency": "CNY"}]}
    assert elsewhere == {"commission": []}
    assert (await harness.events_recorded(ACCRUED))[0]["campaign_id"] == campaign


async def test_a_partner_reads_its_own_commission_with_the_scope(
    world: None, define_plan: Send, place: Send, an_order: Make, commission_of: Send, acme: str
) -> None:
    await define_plan(**PLAN)
    await place(an_order())

    assert (await commission_of(as_=acme))[0] == [250]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"code": "Base!"}, "code"),
        ({"name": ""}, "name"),
        ({"currency": "XXX"}, "currency"),
        ({"until": "2019-01-01"}, "until"),
        ({"capMinor": 0}, "capMinor"),
        ({"basisPoints": 0}, "basisPoints"),
        ({"basisPoints": 10_001}, "basisPoints"),
        ({"flatMinor": 1}, "flatMinor"),
        ({"kind": "FLAT"}, "flatMinor"),
        ({"kind": "FLAT", "flatMinor": 1}, "basisPoints"),
        ({"kind": "STEPPED", "basisPoints": None}, "steps"),
        ({"kind": "STEPPED", "basisPoints": None, "steps": STEPS[1:]}, "steps"),
        ({"kind": "STEPPED", "basisPoints": None, "steps": [*STEPS, STEPS[1]]}, "steps"),
    ],
)
async def test_terms_that_make_no_sense_are_refused(
    world: None, define_plan: Send, told: dict[str, Any], field: str
) -> None:
    answer = await define_plan(**PLAN | told)

    assert (answer["__typename"], answer["field"]) == ("InvalidInput", field)


async def test_a_plan_never_changes(world: None, define_plan: Send) -> None:
    answers = await asyncio.gather(*(define_plan(**PLAN) for _ in range(5)))
    other = await define_plan(**PLAN | {"basisPoints": 300})

    assert {answer["__typename"] for answer in answers} == {"CommissionPlanWasDefined"}
    assert other["__typename"] == "CommissionPlanTaken"


@given(amounts, amounts, ladders)
def test_what_two_slices_earn_is_what_the_whole_earns(
    first: int, second: int, steps: list[Step]
) -> None:
    earned = change(stepped(first, steps), stepped(first + second, steps), None, "", "CNY")

    assert stepped(first, steps) + earned.amount_minor == stepped(first + second, steps)
    assert earned.amount_minor >= 0


@given(amounts, ladders)
def test_steps_earn_each_slice_at_its_rate(volume: int, steps: list[Step]) -> None:
    ends = [step.from_minor for step in steps[1:]] + [10**13]
    exact = sum(
        step.basis_points * max(0, min(volume, end) - step.from_minor)
        for step, end in zip(steps, ends, strict=True)
    )

    assert stepped(volume, steps) == exact // 10_000


@given(st.lists(amounts, max_size=20), st.none() | st.integers(1, 10**12))
def test_a_month_comes_to_the_same_whatever_comes_and_goes(
    earnings: list[int], cap: int | None
) -> None:
    moves = [*earnings, *(-each for each in earnings[: len(earnings) // 2])]
    kept = earnings[len(earnings) // 2 :]

    sums = list(accumulate(moves, initial=0))
    changes = [
        change(before, after, cap, "", "CNY").amount_minor for before, after in pairwise(sums)
    ]

    assert sum(changes) == capped(sum(kept), cap)


@given(amounts, st.integers(0, 10_000))
def test_a_percentage_is_never_more_than_exact_and_less_than_one_below(
    amount: int, basis_points: int
) -> None:
    earned = percentage(amount, basis_points)

    assert 0 <= amount * basis_points - earned * 10_000 < 10_000


def test_standings_add_up() -> None:
    assert Standing(1, 2).plus(10, 20).plus(-10, -20) == Standing(1, 2)

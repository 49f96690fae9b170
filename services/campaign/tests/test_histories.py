"""Random histories: the figures are what a recount of what happened says, in any order, twice over."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaign.decisions.sampling import is_control
from campaign.figures.commands import fold_figures
from kit.models import utcnow, uuid7
from kit.reactions import Message

CUSTOMERS = 4
STATUSES = ("delivered", "presented", "accepted", "declined", "no_answer", "expired")
SHOWN = {"presented", "accepted", "declined"}
DELIVERED = SHOWN | {"delivered", "no_answer"}
COST = 30

person = st.integers(0, CUSTOMERS - 1)
happenings = st.one_of(
    st.tuples(st.just("report"), person, st.sampled_from(STATUSES)),
    st.tuples(st.just("order"), person, st.sampled_from(["named", "free"])),
    st.tuples(st.just("cancelled order"), person, st.sampled_from(["named", "free"])),
    st.tuples(st.just("commission"), person, st.just("")),
)


@dataclass
class Life:
    """One customer of the campaign, and what is told of them."""

    customer: UUID
    held_out: bool
    task: dict[str, Any] | None = None
    reported: set[str] = field(default_factory=set)
    orders: list[tuple[bool, bool]] = field(default_factory=list)
    commissions: int = 0

    @property
    def shown(self) -> bool:
        return bool(self.reported & SHOWN)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(story=st.lists(happenings, max_size=14), seed=st.integers(0, 2**32))
async def test_figures_are_what_a_recount_says(
    marketing: Any, story: list[tuple[str, int, str]], seed: int
) -> None:
    code = f"films-{uuid7()}"
    campaign = await marketing.running(code, controlShare=0.5)
    lives = [await begin(marketing, code, f"{code}-{number}") for number in range(CUSTOMERS)]
    messages = [
        message
        for kind, who, how in story
        for message in tell(marketing, lives[who], kind, how, campaign)
    ]
    told = [*messages, *messages]
    random.Random(seed).shuffle(told)

    middle = len(told) // 2
    if told:
        await marketing.hear_messages(told[:middle] or told)
        await marketing.run(fold_figures)
        await marketing.hear_messages(told[middle:])

    funnel = await marketing.funnel(campaign)
    assert {name: plain(value) for name, value in funnel["totals"].items()} == recount(lives)
    for arm, held_out in (("treatment", False), ("control", True)):
        group = [life for life in lives if life.held_out is held_out]
        assert (funnel[arm]["customers"], funnel[arm]["converted"]) == (
            len(group),
            sum(any(stands for _, stands in life.orders) for life in group),
        )
    await marketing.step("completeCampaign", campaign)


async def begin(marketing: Any, code: str, key: str) -> Life:
    customer = await marketing.customer(sampling_key=key)
    await marketing.meet(customer)
    life = Life(customer, is_control(code, key, 0.5))
    tasks = [each for each in await marketing.tasks() if each["customer_id"] == str(customer)]
    assert len(tasks) == (0 if life.held_out else 1)
    life.task = tasks[0] if tasks else None
    return life


def tell(marketing: Any, life: Life, kind: str, how: str, campaign: str) -> list[Message]:
    """What others say of this happening; nothing where there is no task to speak of."""
    if kind == "report":
        if life.task is None:
            return []
        life.reported.add(how)
        return [marketing.message("channel.task.progressed", marketing.progress(life.task, how))]
    if kind == "commission":
        if life.task is None:
            return []
        life.commissions += 1
        content = {"task_id": life.task["task_id"], "campaign_id": campaign, "amount_minor": COST}
        return [marketing.message("channel.commission.accrued", content)]
    return _order(marketing, life, kind, how)


def _order(marketing: Any, life: Life, kind: str, how: str) -> list[Message]:
    named = how == "named" and life.task is not None
    order = marketing.order(
        life.customer,
        task_id=life.task["task_id"] if named and life.task else None,
        placed_at=utcnow() + timedelta(minutes=1),
    )
    life.orders.append((named, kind == "order"))
    messages = [marketing.message("channel.order.placed", order)]
    if kind != "order":
        cancelled = {
            "order_id": order["order_id"],
            "customer_id": life.customer,
            "amount_minor": order["amount_minor"],
            "currency": "CNY",
            "cancelled_at": utcnow(),
        }
        messages.append(marketing.message("channel.order.cancelled", cancelled))
    return messages


def recount(lives: list[Life]) -> dict[str, int]:
    """The totals, from the stories alone."""
    sums: Counter[str] = Counter()
    for life in lives:
        if life.task is None:
            continue
        credited = sum(stands and (named or life.shown) for named, stands in life.orders)
        sums.update(
            contacts=1,
            delivered=bool(life.reported & DELIVERED),
            presented=life.shown,
            accepted="accepted" in life.reported,
            declined="declined" in life.reported,
            converted=credited,
            revenue=1_900 * credited,
            cost=COST * life.commissions,
        )
    names = ("contacts", "delivered", "presented", "accepted", "declined", "converted")
    return {name: sums[name] for name in (*names, "revenue", "cost")}


def plain(value: Any) -> int:
    return int(value["minor"]) if isinstance(value, dict) else int(value)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32), cancelled=st.sets(person))
async def test_the_same_events_in_any_order_end_in_the_same_figures(
    marketing: Any, seed: int, cancelled: set[int]
) -> None:
    code = f"films-{uuid7()}"
    campaign = await marketing.running(code, controlShare=0.5)
    keys = [f"{code}-{number}" for number in range(CUSTOMERS)]
    held_out = [is_control(code, key, 0.5) for key in keys]
    told = [
        message
        for number, key in enumerate(keys)
        for message in everything_of(marketing, key, number in cancelled)
    ] * 2
    random.Random(seed).shuffle(told)

    thirds = [told[start::3] for start in range(3)]
    await asyncio.gather(*(marketing.hear_messages(part) for part in thirds))

    funnel = await marketing.funnel(campaign)
    for arm, group in (("treatment", False), ("control", True)):
        members = [number for number in range(CUSTOMERS) if held_out[number] is group]
        assert (funnel[arm]["customers"], funnel[arm]["converted"]) == (
            len(members),
            len(set(members) - cancelled),
        )
    assert funnel["totals"]["contacts"] == held_out.count(False)
    assert (await marketing.budget(campaign))["committed"] == 100 * held_out.count(False)
    await marketing.step("completeCampaign", campaign)


def everything_of(marketing: Any, key: str, cancels: bool) -> list[Message]:
    """A customer who comes twice, buys once, and may think better of it."""
    customer = uuid7()
    order = marketing.order(customer)
    facts = marketing.facts(customer, sampling_key=key)
    told = [
        ("customer.customer.registered", facts),
        ("customer.customer.changed", facts | {"version": 2, "tags": ["loyal"]}),
        ("channel.touchpoint.reported", marketing.touchpoint(customer)),
        ("channel.touchpoint.reported", marketing.touchpoint(customer)),
        ("channel.order.placed", order),
    ]
    if cancels:
        cancelled = {name: order[name] for name in CANCELLED} | {"cancelled_at": utcnow()}
        told.append(("channel.order.cancelled", cancelled))
    return [marketing.message(subject, content) for subject, content in told]


CANCELLED = ("order_id", "customer_id", "amount_minor", "currency")

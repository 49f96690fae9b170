"""The whole play, in order: import, campaign, crowd, staff, and what came of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from local.demo import cast, journey, stage, story
from local.demo.benefits import offer_benefits
from local.demo.clubs import found_clubs, standing
from local.demo.crowd import meetings, stream
from local.demo.earning import set_earning
from local.demo.handing_out import hand_over, programme
from local.demo.limits import give_too_much, set_limits
from local.demo.luck import try_luck
from local.demo.rewards import offer_rewards, take_reward
from local.demo.staff import FrontLine, PartnerApp, Staff
from local.demo.vouchers import offer_vouchers, use_vouchers
from local.doors import Doors
from local.importing.files import Source
from local.importing.transfer import Imported, transfer
from local.problems import Problem

SETTLE_SECONDS = 300
LOOK_SECONDS = 0.5
Bring = Callable[[Doors, str, Source], Any]
Tell = Callable[[str], None]
Show = Callable[[int], None]
Figures = TypeVar("Figures")

AUDIENCE = {
    "all": [
        {"compare": {"fact": "status", "operator": "EQUALS", "value": {"text": "active"}}},
        {
            "compare": {
                "fact": "attribute.contract",
                "operator": "EQUALS",
                "value": {"text": "Month-to-month"},
            }
        },
    ]
}


@dataclass(frozen=True)
class Script:
    """What is asked of a run."""

    run: str
    customers: Source
    purchases: Source | None
    events: int
    rate: float


@dataclass
class Outcome:
    """What came of it, for a person and for a program."""

    run: str
    counts: dict[str, int] = field(default_factory=dict)
    latency_ms: dict[str, float] = field(default_factory=dict)
    imported: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    funnel: dict[str, Any] = field(default_factory=dict)
    story: dict[str, Any] = field(default_factory=dict)
    vouchers: dict[str, Any] = field(default_factory=dict)
    reward: dict[str, Any] = field(default_factory=dict)
    luck: dict[str, Any] = field(default_factory=dict)
    standing: dict[str, Any] = field(default_factory=dict)
    handed_over: dict[str, Any] = field(default_factory=dict)
    programme: dict[str, Any] = field(default_factory=dict)
    review: dict[str, Any] = field(default_factory=dict)
    trace_id: str = ""


async def furnish(doors: Doors, people: Source) -> None:
    """The stage and a few customers, without a campaign."""
    await stage.build(doors)
    await transfer(doors, "customer", people, lambda _lines: None)
    await stage.tell_customers_apart(doors)
    await _offer_loyalty(doors)


async def _offer_loyalty(doors: Doors) -> None:
    """What members may earn, reach, take and be part of."""
    await offer_vouchers(doors)
    await offer_rewards(doors)
    await offer_benefits(doors)
    await set_earning(doors)
    await found_clubs(doors)


async def play(doors: Doors, script: Script, bring: Bring, tell: Tell, show: Show) -> Outcome:
    """Run the main job; `bring` imports a file, `tell` and `show` report how far it is."""
    outcome = Outcome(script.run)
    tell("Units, channels, partners, products and an offer")
    await stage.build(doors)
    await _import(doors, script, bring, outcome)
    await stage.tell_customers_apart(doors)
    await _offer_loyalty(doors)
    await set_limits(doors)
    tell("A marketer plans a campaign, somebody else approves it, it starts")
    await stage.end_earlier_campaigns(doors, script.run)
    campaign = await stage.run_campaign(doors, script.run, AUDIENCE)
    meant = set(script.customers.identified())
    names = {each: crm for each, crm in (await story.everybody(doors)).items() if crm in meant}
    crowd = meetings(script.run, sorted(names.values()), script.events)
    tell(f"{len(crowd):,} touchpoint events at {script.rate:g} a second; tasks are worked")
    staff = [
        FrontLine(doors, script.run, names, cast.STORE),
        PartnerApp(doors, script.run, names, cast.APP),
    ]
    over = asyncio.Event()
    working = [asyncio.create_task(each.work(over)) for each in staff]
    await stream(doors, crowd, script.rate, show)
    tell("Decisions, tasks, points and figures catch up")
    await _settle(doors, campaign, names, len(crowd), staff, working)
    over.set()
    await asyncio.gather(*working)
    tell("One more customer, with every step in one trace")
    traced = await journey.travel(doors, script.run, JOURNEY_ATTRIBUTES)
    outcome.story, outcome.trace_id = traced.story, traced.trace_id
    outcome.vouchers = await use_vouchers(doors, script.run, traced.customer)
    outcome.reward = await take_reward(doors, script.run, traced.customer)
    outcome.standing = await standing(doors, traced.customer)
    outcome.handed_over = await hand_over(doors, script.run, traced.customer, outcome.reward["id"])
    outcome.programme = await programme(doors)
    friend = min(each for each in names if each != traced.customer)
    outcome.review = await give_too_much(doors, script.run, traced.customer, friend)
    outcome.luck = await try_luck(doors, script.run, traced.customer, sorted(names))
    await _count(doors, campaign, names, len(crowd), outcome)
    return outcome


JOURNEY_ATTRIBUTES = [{"name": "contract", "value": "Month-to-month"}]


async def _import(doors: Doors, script: Script, bring: Bring, outcome: Outcome) -> None:
    for service, source in (("customer", script.customers), ("channel", script.purchases)):
        if source is not None:
            done: Imported = await bring(doors, service, source)
            outcome.imported[service] = done.counts


async def _settle(
    doors: Doors,
    campaign: str,
    names: Mapping[str, str],
    events: int,
    staff: list[Staff],
    working: list[asyncio.Task[None]],
) -> None:
    """Until every event is decided, every task answered and the figures stand still."""
    before: object = None
    missing = "nothing was seen yet"
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        figures = await story.funnel(doors, campaign)
        totals = figures["funnel"]["totals"]
        seen = await story.followed(doors, names)
        for each in working:
            if each.done():
                each.result()
        open_tasks = sum([len(await one.open_tasks()) for one in staff])
        decided = seen.total() - seen["orders"]
        now = (figures, dict(await story.ledger(doors)), seen, open_tasks)
        missing = (
            f"{decided} decisions of {events} events, {open_tasks} tasks nobody answered, "
            f"{totals['converted']} conversions of {totals['accepted']} tasks that were accepted"
        )
        caught_up = decided >= events and not open_tasks
        if caught_up and totals["converted"] >= totals["accepted"] and now == before:
            return
        before = now
        await asyncio.sleep(LOOK_SECONDS)
    raise Problem(f"After {SETTLE_SECONDS} seconds there were {missing}.")


async def _standing_still(look: Callable[[], Awaitable[Figures]]) -> Figures:
    """What two looks in a row have found."""
    before = await look()
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        now = await look()
        if now == before:
            return now
        before = now


async def _count(
    doors: Doors,
    campaign: str,
    names: Mapping[str, str],
    events: int,
    outcome: Outcome,
) -> None:
    outcome.funnel = await _standing_still(lambda: story.funnel(doors, campaign))
    found = await story.followed(doors, names)
    points = await _standing_still(lambda: story.ledger(doors))
    if times := sorted(await story.latencies(doors, names)):
        at = {"p50": times[len(times) // 2], "p99": times[int(len(times) * 0.99)]}
        outcome.latency_ms = {name: round(seconds * 1e3, 1) for name, seconds in at.items()}
    if points["sumOfEntries"] or points["accountsOutOfBalance"] or points["negativeBalances"]:
        raise Problem(f"The ledger does not add up: {points}")
    outcome.counts = {
        "customers": len(names),
        "events": events,
        "decisions": found.total() - found["orders"],
        **{name: number for name, number in sorted(found.items()) if name != "orders"},
        "tasks": outcome.funnel["funnel"]["totals"]["contacts"],
        "accepted": outcome.funnel["funnel"]["totals"]["accepted"],
        "orders": found["orders"],
        "conversions": outcome.funnel["funnel"]["totals"]["converted"],
        "postings": points["postings"],
        "points": points["liability"],
    }

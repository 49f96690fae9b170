"""Deciding: for a batch of touchpoints in one transaction, each exactly once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from campaign.budget.commands import budgets_for_commitment, commit_money
from campaign.decisions.arbitration import Purse, Verdict, judge
from campaign.decisions.customers import Contact, KnownCustomer, known_customers
from campaign.decisions.enrolling import enrol
from campaign.decisions.events import DecisionMade
from campaign.decisions.models import Decision
from campaign.decisions.planbook import Planbook, RunningCampaign, planbook
from campaign.decisions.stages import Draft
from campaign.decisions.touchpoint import Touchpoint
from campaign.entity import table_of
from campaign.facts.commands import keep_complaints
from campaign.facts.models import UndecidedTouchpoint
from campaign.figures.commands import Movement, count
from campaign.figures.models import Measure
from campaign.tasks.models import Task
from campaign.tasks.progress import TaskState
from campaign.tasks.sending import dispatched
from campaign.turns import Purpose, take_turns
from kit.bulk import insert_rows
from kit.events import record
from kit.models import utcnow, uuid7

COMPLAINED = "complained"


@dataclass
class Written:
    """What a batch of decisions leads to, written together."""

    decisions: list[dict[str, Any]] = field(default_factory=list)
    tasks: list[dict[str, Any]] = field(default_factory=list)
    enrolled: list[tuple[Draft, Touchpoint]] = field(default_factory=list)


async def decide(session: AsyncSession, touchpoints: Sequence[Touchpoint]) -> None:
    """Decide each touchpoint that is not decided yet; those of unknown customers wait."""
    now = utcnow()
    book = await planbook(session)
    customer_ids = [each.customer_id for each in touchpoints]
    await take_turns(session, Purpose.DECIDING, customer_ids)
    await _keep_complaints(session, touchpoints)
    known = await known_customers(
        session, customer_ids, [each.touchpoint_id for each in touchpoints], now
    )
    await _let_wait(session, [each for each in touchpoints if each.customer_id not in known])
    decidable = [each for each in touchpoints if each.customer_id in known]
    asked = _campaigns_asked(book, decidable)
    dearest = max((offer.row.cost_minor for each in asked for offer in each.offers), default=0)
    budgets = await budgets_for_commitment(
        session, {each.row.id for each in asked}, dearest * len(decidable)
    )
    purse, written = Purse(budgets), Written()
    for touchpoint in decidable:
        customer = known[touchpoint.customer_id]
        if touchpoint.touchpoint_id not in customer.decided:
            customer.decided.add(touchpoint.touchpoint_id)
            _decide_one(session, customer, touchpoint, book, purse, now, written)
    await commit_money(session, budgets, purse.promised)
    await _write(session, written)


def _campaigns_asked(book: Planbook, touchpoints: Sequence[Touchpoint]) -> list[RunningCampaign]:
    kinds = {touchpoint.kind for touchpoint in touchpoints}
    return [each for kind in kinds for each in book.by_touchpoint_kind.get(kind, ())]


def _decide_one(
    session: AsyncSession,
    customer: KnownCustomer,
    touchpoint: Touchpoint,
    book: Planbook,
    purse: Purse,
    now: datetime,
    written: Written,
) -> None:
    verdict = judge(drafts_for(customer, touchpoint, book, now), purse)
    decision = _decision(customer, touchpoint, verdict, now)
    written.decisions.append(decision)
    written.enrolled += [(draft, touchpoint) for draft in verdict.held_out]
    if verdict.winner is not None:
        written.enrolled.append((verdict.winner, touchpoint))
        task = _task(verdict.winner, touchpoint, decision)
        written.tasks.append(task)
        customer.contacts.append(_contact(task))
        if task["state"] == TaskState.DISPATCHED:
            winner = verdict.winner
            record(session, dispatched(task, winner.campaign.row.code, winner.offer.row))
    if verdict.candidates:
        record(session, DecisionMade(decision_id=decision["id"], **_announced(decision)))


def drafts_for(
    customer: KnownCustomer, touchpoint: Touchpoint, book: Planbook, now: datetime
) -> list[Draft]:
    """A draft for each offer of each campaign that listens to this kind of touchpoint."""
    customer.subject.touchpoint = {
        "kind": touchpoint.kind,
        "channel_code": touchpoint.channel_code,
        "channel_kind": touchpoint.channel_kind,
        "unit": touchpoint.unit,
    }
    customer.subject.properties = touchpoint.properties
    return [
        Draft(customer, touchpoint, campaign, offer, book, now)
        for campaign in book.by_touchpoint_kind.get(touchpoint.kind, ())
        for offer in campaign.offers
    ]


def _decision(
    customer: KnownCustomer, touchpoint: Touchpoint, verdict: Verdict, now: datetime
) -> dict[str, Any]:
    shown = verdict.winner or (verdict.held_out[0] if verdict.held_out else None)
    return {
        "id": uuid7(),
        "created_at": now,
        "touchpoint_id": touchpoint.touchpoint_id,
        "customer_id": customer.id,
        "channel_code": touchpoint.channel_code,
        "unit": touchpoint.unit or customer.unit,
        "customer_unit": customer.unit,
        "outcome": verdict.outcome,
        "campaign_id": shown.campaign.row.id if shown else None,
        "offer_id": shown.offer.row.id if shown else None,
        "task_id": uuid7() if verdict.winner else None,
        "candidates": verdict.candidates,
        "decided_at": now,
    }


ANNOUNCED = (
    "customer_id",
    "touchpoint_id",
    "channel_code",
    "outcome",
    "campaign_id",
    "offer_id",
    "task_id",
    "decided_at",
)


def _announced(decision: dict[str, Any]) -> dict[str, Any]:
    return {name: decision[name] for name in ANNOUNCED}


def _task(draft: Draft, touchpoint: Touchpoint, decision: dict[str, Any]) -> dict[str, Any]:
    way, campaign = draft.ways[0], draft.campaign.row
    return {
        "id": decision["task_id"],
        "created_at": draft.now,
        "campaign_id": campaign.id,
        "offer_id": draft.offer.row.id,
        "customer_id": draft.customer.id,
        "decision_id": decision["id"],
        "touchpoint_id": touchpoint.touchpoint_id,
        "touchpoint_received_at": touchpoint.received_at,
        "channel_code": way.code,
        "channel_kind": way.kind,
        "unit": way.unit,
        "customer_unit": draft.customer.unit,
        "arm": draft.arm,
        "state": TaskState.DISPATCHED if way.at <= draft.now else TaskState.PLANNED,
        "dispatch_at": way.at,
        "deadline": way.at + timedelta(hours=campaign.time_to_answer_hours),
        "cost_minor": draft.offer.row.cost_minor,
        "currency": draft.offer.row.currency,
        "settled": False,
    }


def _contact(task: dict[str, Any]) -> Contact:
    return Contact(
        campaign_id=task["campaign_id"],
        offer_id=task["offer_id"],
        channel_kind=task["channel_kind"],
        state=task["state"],
        at=task["dispatch_at"],
    )


async def _write(session: AsyncSession, written: Written) -> None:
    await insert_rows(session, table_of(Decision), written.decisions)
    await insert_rows(session, table_of(Task), written.tasks)
    newly_enrolled = await enrol(session, written.enrolled)
    await count(session, [*(_movement(task) for task in written.tasks), *newly_enrolled])


def _movement(task: dict[str, Any]) -> Movement:
    return Movement(
        campaign_id=task["campaign_id"],
        offer_id=task["offer_id"],
        channel_code=task["channel_code"],
        unit=task["customer_unit"],
        arm=task["arm"],
        day=task["created_at"].date(),
        measure=Measure.CONTACTS,
    )


async def _keep_complaints(session: AsyncSession, touchpoints: Sequence[Touchpoint]) -> None:
    complaints: dict[UUID, datetime] = {}
    for each in touchpoints:
        if each.kind == COMPLAINED:
            known = complaints.get(each.customer_id, each.occurred_at)
            complaints[each.customer_id] = max(known, each.occurred_at)
    if complaints:
        await keep_complaints(session, complaints)


async def _let_wait(session: AsyncSession, touchpoints: Sequence[Touchpoint]) -> None:
    """Keep what can't be decided before the customer's facts arrive."""
    now = utcnow()
    rows = [
        {
            "id": each.touchpoint_id,
            "created_at": now,
            "customer_id": each.customer_id,
            "touchpoint": each.model_dump(mode="json"),
        }
        for each in touchpoints
    ]
    await insert_rows(session, table_of(UndecidedTouchpoint), rows, "ON CONFLICT DO NOTHING")


async def decide_what_waited(session: AsyncSession, customers: Sequence[UUID]) -> None:
    """The facts of these customers have arrived: decide what waited for them."""
    await take_turns(session, Purpose.DECIDING, customers)
    rows = await session.execute(
        delete(UndecidedTouchpoint)
        .where(col(UndecidedTouchpoint.customer_id).in_(customers))
        .returning(*table_of(UndecidedTouchpoint).columns)
    )
    waited = [
        Touchpoint.model_validate({**row.touchpoint, "customer_id": row.customer_id})
        for row in sorted(rows, key=lambda row: row.id)
    ]
    if waited:
        await decide(session, waited)

"""Crediting orders: what counts for which campaign follows from what happened, in any order."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from campaign.entity import table_of
from campaign.evaluation.crediting import Claim, History, claim_on
from campaign.evaluation.events import ConversionAttributed
from campaign.evaluation.models import Conversion, PlacedOrder
from campaign.evaluation.queries import histories_of
from campaign.figures.commands import Movement, count
from campaign.figures.models import Measure
from campaign.turns import Purpose, take_turns
from kit.bulk import insert_rows, replacing
from kit.events import record
from kit.models import utcnow

CONTROL = "control"
EARLIEST = (
    "ON CONFLICT (id) DO UPDATE "
    "SET cancelled_at = least(placed_order.cancelled_at, excluded.cancelled_at)"
)


async def keep_orders(session: AsyncSession, orders: Sequence[dict[str, Any]]) -> None:
    """Orders as placed; what was cancelled before it was heard of stays cancelled."""
    kept = replacing(("customer_id", "task_id", "amount_minor", "currency", "placed_at"))
    await insert_rows(
        session, table_of(PlacedOrder), _by_id(orders), f"ON CONFLICT (id) DO UPDATE SET {kept}"
    )


async def cancel_orders(session: AsyncSession, orders: Sequence[dict[str, Any]]) -> None:
    """Orders as cancelled, known or not; the earliest time stands."""
    await insert_rows(session, table_of(PlacedOrder), _by_id(orders), EARLIEST)


def _by_id(orders: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each once, in one order, so that two batches can't wait for each other."""
    rows = {row["id"]: {"created_at": utcnow(), **row} for row in orders}
    return [rows[id] for id in sorted(rows)]


async def attribute_orders(session: AsyncSession, customers: Iterable[UUID]) -> None:
    """Bring the conversions of these customers to what their orders, tasks and arms say now."""
    ids = set(customers)
    await take_turns(session, Purpose.ATTRIBUTING, ids)
    movements: list[Movement] = []
    for history in await histories_of(session, ids):
        before = converted(history.conversions.values())
        for order in history.orders:
            _bring_up_to_date(session, history, order, movements)
        movements += _customers_converted(before, converted(history.conversions.values()))
    await count(session, movements)


async def conversions_follow_orders(session: AsyncSession, customers: Iterable[UUID]) -> None:
    """A conversion is of the customer whose order it is, also when the order has changed hands."""
    ids = list(customers)
    await session.execute(
        update(Conversion)
        .where(
            col(Conversion.order_id) == col(PlacedOrder.id),
            col(Conversion.customer_id).in_(ids),
            col(PlacedOrder.customer_id).in_(ids),
            col(Conversion.customer_id) != col(PlacedOrder.customer_id),
        )
        .values(customer_id=col(PlacedOrder.customer_id))
        .execution_options(synchronize_session=False)
    )


def _bring_up_to_date(
    session: AsyncSession, history: History, order: PlacedOrder, movements: list[Movement]
) -> None:
    claim, known = claim_on(order, history), history.conversions.get(order.id)
    if known is None:
        if claim is None or order.cancelled_at is not None:
            return
        known = _conversion(order, claim)
        history.conversions[order.id] = known
        session.add(known)
        _announce(session, known)
        movements += _counts(known, 1)
        return
    live_before = _counts(known, -1) if known.reversed_at is None else []
    moved = claim is not None and claim.campaign_id != known.campaign_id
    if claim is not None:
        _apply(known, claim)
    known.reversed_at = order.cancelled_at or (None if claim else known.reversed_at or utcnow())
    session.add(known)
    if moved and known.reversed_at is None:
        _announce(session, known)
    movements += live_before
    movements += _counts(known, 1) if known.reversed_at is None else []


def _conversion(order: PlacedOrder, claim: Claim) -> Conversion:
    return Conversion(
        order_id=order.id,
        campaign_id=claim.campaign_id,
        offer_id=claim.offer_id,
        task_id=claim.task_id,
        customer_id=order.customer_id,
        arm=claim.arm,
        channel_code=claim.channel_code,
        unit=claim.unit,
        amount_minor=order.amount_minor,
        currency=order.currency,
        converted_at=order.placed_at or utcnow(),
    )


def _apply(conversion: Conversion, claim: Claim) -> None:
    for name in Claim.__slots__:
        setattr(conversion, name, getattr(claim, name))


def _announce(session: AsyncSession, conversion: Conversion) -> None:
    record(
        session,
        ConversionAttributed(
            conversion_id=conversion.id,
            campaign_id=conversion.campaign_id,
            task_id=conversion.task_id,
            arm="control" if conversion.arm == CONTROL else "treatment",
            order_id=conversion.order_id,
            customer_id=conversion.customer_id,
            amount_minor=conversion.amount_minor,
            currency=conversion.currency,
        ),
    )


def _counts(conversion: Conversion, sign: int) -> list[Movement]:
    """A conversion credited to a task counts in its channel's figures."""
    if conversion.task_id is None:
        return []
    return [
        _movement(conversion, Measure.CONVERTED, sign),
        _movement(conversion, Measure.REVENUE, sign * conversion.amount_minor),
    ]


def _movement(conversion: Conversion, measure: Measure, amount: int) -> Movement:
    return Movement(
        campaign_id=conversion.campaign_id,
        offer_id=conversion.offer_id,
        channel_code=conversion.channel_code,
        unit=conversion.unit,
        arm=conversion.arm,
        day=conversion.converted_at.date(),
        measure=measure,
        amount=amount,
    )


Place = tuple[UUID, UUID, str, str, date]


def converted(conversions: Iterable[Conversion]) -> dict[tuple[UUID, str], Place]:
    """Campaign and arm in which the customer has a conversion that stands, with its first place."""
    standing = (each for each in conversions if each.reversed_at is None)
    found: dict[tuple[UUID, str], Place] = {}
    for each in sorted(standing, key=lambda each: (each.converted_at, each.order_id)):
        place = (each.campaign_id, each.offer_id, each.unit, each.arm, each.converted_at.date())
        found.setdefault((each.campaign_id, each.arm), place)
    return found


def _customers_converted(
    before: dict[tuple[UUID, str], Place], after: dict[tuple[UUID, str], Place]
) -> list[Movement]:
    gone = [(place, -1) for key, place in before.items() if after.get(key) != place]
    come = [(place, 1) for key, place in after.items() if before.get(key) != place]
    return [
        Movement(campaign, offer, "", unit, arm, day, Measure.CUSTOMERS_CONVERTED, sign)
        for (campaign, offer, unit, arm, day), sign in [*gone, *come]
    ]

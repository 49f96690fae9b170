"""Everything that changes orders."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from channel.channels.queries import OpenChannel, channels_open_to
from channel.commissions.commands import accrue, claw_back
from channel.commissions.models import EarningOrder
from channel.entity import table_of
from channel.identifiers.commands import Whereabouts, customers_meant
from channel.orders.errors import OrderReferenceTaken
from channel.orders.events import CustomerRecognised, OrderCancelled, OrderPlaced
from channel.orders.models import Order, OrderState
from channel.orders.requests import OrderRequest
from channel.work.queries import work_by_id
from kit.database import AsyncSession
from kit.errors import InvalidInput, NotFound
from kit.events import record
from kit.identity import Caller
from kit.models import utcnow, uuid7

ORDERS = table_of(Order)
ALIKE = (
    "customer_id",
    "task_id",
    "channel_code",
    "amount_minor",
    "currency",
    "lines",
    "placed_at",
)


async def place_order(
    session: AsyncSession, caller: Caller, partner_code: str | None, request: OrderRequest
) -> Order:
    """Keep an order, tell the platform, and let the channel's partner earn, all or nothing.

    The same order again changes nothing; another under its reference is refused.
    """
    request.check_time()
    channel = await _open_channel(session, request.channel, caller, partner_code)
    where = Whereabouts(channel.unit, channel.partner_code)
    customers = await customers_meant(session, {request.customer: where})
    if request.customer not in customers:
        raise InvalidInput("customer.id", "is not the id of a customer")
    wanted = new_order(
        reporter=partner_code or "",
        reference=request.reference,
        customer_id=customers[request.customer],
        channel=channel,
        placed_at=request.placed_at,
        currency=request.currency,
        lines=[
            {
                "product_code": line.product,
                "quantity": line.quantity,
                "amount_minor": line.amount_minor,
            }
            for line in request.lines
        ],
    )
    if request.task_id is not None:
        wanted |= await _task(session, request.task_id, wanted["customer_id"])
    devices = {wanted["id"]: request.device} if request.device else {}
    if await keep_orders(session, [wanted], {channel.code: channel}, devices):
        return Order(**wanted)
    return await _the_same(session, wanted)


def new_order(
    *,
    reporter: str,
    reference: str,
    customer_id: UUID,
    channel: OpenChannel,
    placed_at: Any,
    currency: str,
    lines: list[dict[str, Any]],
    imported: bool = False,
) -> dict[str, Any]:
    """The row of an order that comes of no task."""
    return {
        "id": uuid7(),
        "created_at": utcnow(),
        "reporter": reporter,
        "reference": reference,
        "state": OrderState.PLACED.value,
        "customer_id": customer_id,
        "task_id": None,
        "campaign_id": None,
        "offer_code": None,
        "channel_code": channel.code,
        "partner_code": channel.partner_code,
        "unit": channel.unit,
        "amount_minor": sum(line["amount_minor"] for line in lines),
        "currency": currency,
        "lines": lines,
        "placed_at": placed_at,
        "imported": imported,
    }


async def keep_orders(
    session: AsyncSession,
    rows: Sequence[dict[str, Any]],
    channels: dict[str, OpenChannel],
    devices: Mapping[UUID, str] = MappingProxyType({}),
) -> set[UUID]:
    """Store the new ones with one statement, announce them and let partners earn."""
    statement = insert(ORDERS).on_conflict_do_nothing().returning(ORDERS.c.id)
    in_one_order = sorted(rows, key=itemgetter("reporter", "reference"))
    new = set((await session.execute(statement, in_one_order)).scalars())
    earning = []
    for row in rows:
        if row["id"] not in new:
            continue
        if device := devices.get(row["id"]):
            record(session, _recognised(row, device))
        told = {name: row[name] for name in OrderPlaced.model_fields if name != "order_id"}
        record(session, OrderPlaced(order_id=row["id"], **told))
        if row["partner_code"] is not None:
            earning.append(_earning(row, channels[row["channel_code"]]))
    await accrue(session, earning)
    return new


def _recognised(row: dict[str, Any], device: str) -> CustomerRecognised:
    return CustomerRecognised(
        customer_id=row["customer_id"], order_id=row["id"], device=device, at=row["placed_at"]
    )


async def cancel_order(session: AsyncSession, order_id: UUID, seen: ColumnElement[bool]) -> Order:
    """Cancel an order, tell the platform, and take back the commission; again changes nothing."""
    statement = (
        update(Order)
        .where(col(Order.id) == order_id, seen, col(Order.state) == OrderState.PLACED)
        .values(state=OrderState.CANCELLED, cancelled_at=utcnow())
        .returning(Order)
        .execution_options(synchronize_session=False)
    )
    order: Order | None = (await session.execute(statement)).scalar_one_or_none()
    if order is None:
        return await _cancelled_before(session, order_id, seen)
    told = {
        name: getattr(order, name) for name in OrderCancelled.model_fields if name != "order_id"
    }
    record(session, OrderCancelled(order_id=order.id, **told))
    await claw_back(session, order.id)
    return order


async def _open_channel(
    session: AsyncSession, code: str, caller: Caller, partner_code: str | None
) -> OpenChannel:
    found = await channels_open_to(session, [code], caller, partner_code)
    if code not in found:
        raise InvalidInput("channel", "is not a channel that is open to you")
    return found[code]


async def _task(session: AsyncSession, task_id: UUID, customer_id: UUID) -> dict[str, Any]:
    """What an order takes from its task; a task that is yet to be heard of tells nothing."""
    work = (await work_by_id(session, [task_id])).get(task_id)
    if work is None:
        return {"task_id": task_id}
    if work.customer_id != customer_id:
        raise InvalidInput("task_id", "is a task for another customer")
    return {"task_id": task_id, "campaign_id": work.campaign_id, "offer_code": work.offer_code}


async def _the_same(session: AsyncSession, wanted: dict[str, Any]) -> Order:
    statement = select(Order).where(
        Order.reporter == wanted["reporter"], Order.reference == wanted["reference"]
    )
    known = (await session.exec(statement)).one()
    if any(getattr(known, name) != wanted[name] for name in ALIKE):
        raise OrderReferenceTaken(known.reference, known.id)
    return known


async def _cancelled_before(
    session: AsyncSession, order_id: UUID, seen: ColumnElement[bool]
) -> Order:
    order = (await session.exec(select(Order).where(col(Order.id) == order_id, seen))).first()
    if order is None:
        raise NotFound("order", order_id)
    return order


def _earning(row: dict[str, Any], channel: OpenChannel) -> EarningOrder:
    return EarningOrder(
        order_id=row["id"],
        partner_code=row["partner_code"],
        tier=channel.partner_tier or "",
        unit=channel.partner_unit or "",
        offer_code=row["offer_code"],
        task_id=row["task_id"],
        campaign_id=row["campaign_id"],
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        placed_at=row["placed_at"],
    )

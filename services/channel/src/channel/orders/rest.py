"""How partners' systems place and cancel orders."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from channel.orders import commands, models, queries
from channel.orders.models import OrderState
from channel.orders.requests import OrderRequest
from channel.partners.queries import acting_partner, claimed_partner
from kit.idempotency import answered_before, remember_answer
from kit.identity import Caller
from kit.rest import CallerOf, DatabaseOf, IdempotencyKey

router = APIRouter(prefix="/v1/orders", tags=["orders"])
OrderId = Annotated[UUID, Path(description="Of the order, as it was answered.")]


class OrderView(BaseModel):
    """An order as it stands."""

    id: UUID = Field(description="The order's id on this platform.")
    reference: str = Field(description="Your own id of it.")
    state: OrderState = Field(description="placed or cancelled.")
    customer_id: UUID = Field(description="Who bought.")
    task_id: UUID | None = Field(description="The task it came of.")
    amount_minor: int = Field(description="What it cost, in the smallest unit.")
    currency: str = Field(description="ISO 4217.")
    placed_at: datetime = Field(description="When it was placed.")
    cancelled_at: datetime | None = Field(description="When it was cancelled.")

    @classmethod
    def of(cls, order: models.Order) -> Self:
        return cls(**{name: getattr(order, name) for name in cls.model_fields})


@router.post("", status_code=201, summary="Place an order")
async def place_order(
    caller: CallerOf, database: DatabaseOf, key: IdempotencyKey, request: OrderRequest
) -> OrderView:
    """Keeps the order and lets your commission accrue.

    A repeat - the same key, or the same reference - gets the first answer; with other content it is
    refused. Roles: partner, operator. Scope: orders:write.
    """
    _require(caller)
    partner_code = claimed_partner(caller)
    operation = f"place_order:{partner_code or caller.subject}"
    async with database.transaction() as session:
        content = request.content()
        if known := await answered_before(session, operation, key, content):
            return OrderView.model_validate(known)
        order = await commands.place_order(session, caller, partner_code, request)
        answer = OrderView.of(order)
        kept = answer.model_dump(mode="json")
        await remember_answer(session, operation, key, kept, about=order.customer_id)
    return answer


@router.post("/{order_id}/cancel", summary="Cancel an order")
async def cancel_order(caller: CallerOf, database: DatabaseOf, order_id: OrderId) -> OrderView:
    """Takes back what the order gave: its commission, and what others granted for it.

    Again changes nothing. Roles: partner, operator. Scope: orders:write.
    """
    _require(caller)
    async with database.transaction() as session:
        partner = await acting_partner(session, caller)
        seen = queries.seen_by(caller, partner.code if partner else None)
        return OrderView.of(await commands.cancel_order(session, order_id, seen))


def _require(caller: Caller) -> None:
    caller.require_role("partner", "operator")
    caller.require_scope("orders:write")

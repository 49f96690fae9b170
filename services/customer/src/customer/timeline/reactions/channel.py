"""What channels report: touchpoints, progress of tasks, orders, what was handed out."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, Field

from customer.timeline.reactions.happening import Happening, words
from kit.currencies import amount


class TouchpointReported(Happening):
    subject = "octoreach.channel.touchpoint.reported.v1"
    entry_kind = "touchpoint"
    shown = ("channel_code", "partner_code", "touchpoint_id")

    touchpoint_id: UUID
    kind: str
    channel_code: str
    partner_code: str | None = None
    occurred_at: datetime
    properties: dict[str, Any] = Field(default_factory=dict)

    def happened_at(self) -> datetime:
        return self.occurred_at

    def title(self) -> str:
        return f"{words(self.kind).capitalize()} at {self.channel_code}"

    def details(self) -> list[list[str]]:
        told = [[name, str(value)] for name, value in sorted(self.properties.items())]
        return super().details() + told


class TaskProgressed(Happening):
    subject = "octoreach.channel.task.progressed.v1"
    entry_kind = "task_progressed"
    shown = ("channel_code", "reason", "by", "task_id")

    task_id: UUID
    campaign_id: UUID | None = None
    status: str
    channel_code: str
    reason: str | None = None
    by: str | None = None
    occurred_at: datetime

    def happened_at(self) -> datetime:
        return self.occurred_at

    def title(self) -> str:
        return f"Task {words(self.status)} at {self.channel_code}"


class OrderLine(BaseModel):
    product_code: str
    quantity: int


class OrderPlaced(Happening):
    subject = "octoreach.channel.order.placed.v1"
    entry_kind = "order_placed"
    shown = ("channel_code", "partner_code", "order_id", "task_id")

    order_id: UUID
    task_id: UUID | None = None
    channel_code: str
    partner_code: str | None = None
    amount_minor: int
    currency: str
    lines: list[OrderLine]
    placed_at: datetime

    def happened_at(self) -> datetime:
        return self.placed_at

    def title(self) -> str:
        return f"Ordered for {amount(self.amount_minor, self.currency)}"

    def details(self) -> list[list[str]]:
        bought = [["product", f"{line.quantity} x {line.product_code}"] for line in self.lines]
        return bought + super().details()


class OrderCancelled(Happening):
    subject = "octoreach.channel.order.cancelled.v1"
    entry_kind = "order_cancelled"
    shown = ("order_id",)

    order_id: UUID
    amount_minor: int
    currency: str
    cancelled_at: datetime

    def happened_at(self) -> datetime:
        return self.cancelled_at

    def title(self) -> str:
        return f"Cancelled an order for {amount(self.amount_minor, self.currency)}"


class FulfilmentEnded(Happening):
    shown = ("reference", "reason", "by", "fulfilment_id", "attempt")

    fulfilment_id: UUID
    attempt: int
    source_kind: str
    reference: str
    reason: str
    by: str
    at: datetime

    def happened_at(self) -> datetime:
        return self.at


class FulfilmentCompleted(FulfilmentEnded):
    subject = "octoreach.channel.fulfilment.completed.v1"
    entry_kind = "fulfilment_completed"

    def title(self) -> str:
        return f"Handed out: what a {words(self.source_kind)} gave"


class FulfilmentFailed(FulfilmentEnded):
    subject = "octoreach.channel.fulfilment.failed.v1"
    entry_kind = "fulfilment_failed"

    def title(self) -> str:
        return f"Could not be handed out: what a {words(self.source_kind)} gave"


HEARD: Final = (
    TouchpointReported,
    TaskProgressed,
    OrderPlaced,
    OrderCancelled,
    FulfilmentCompleted,
    FulfilmentFailed,
)

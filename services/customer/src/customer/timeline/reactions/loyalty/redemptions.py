"""What loyalty reports of rewards for points, and of what is handed out."""

from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from pydantic import Field

from customer.timeline.reactions.happening import Happening
from kit.currencies import amount


class RedemptionTold(Happening):
    shown: ClassVar[tuple[str, ...]] = ("reward_code", "redemption_id")

    redemption_id: UUID
    reward_code: str
    thing: str = Field(validation_alias="title")
    quantity: int = 1
    currency: str
    price: int
    reason: str | None = None
    at: datetime

    def happened_at(self) -> datetime:
        return self.at

    def what(self) -> str:
        return several(self.thing, self.quantity)

    def cost(self) -> str:
        return f"{self.price} {self.currency}"


class RedemptionReserved(RedemptionTold):
    subject = "octoreach.loyalty.redemption.reserved.v1"
    entry_kind = "redemption_reserved"

    def title(self) -> str:
        return f"{self.what()} kept for {self.cost()}"


class RedemptionConfirmed(RedemptionTold):
    subject = "octoreach.loyalty.redemption.confirmed.v1"
    entry_kind = "redemption_confirmed"

    def title(self) -> str:
        return f"{self.what()} for {self.cost()}"


class RedemptionFulfilled(RedemptionTold):
    subject = "octoreach.loyalty.redemption.fulfilled.v1"
    entry_kind = "redemption_fulfilled"

    def title(self) -> str:
        return f"Has {self.what()}"


class RedemptionReleased(RedemptionTold):
    subject = "octoreach.loyalty.redemption.released.v1"
    entry_kind = "redemption_released"
    shown = ("reason", "reward_code", "redemption_id")

    def title(self) -> str:
        return f"{self.what()} no longer kept: {self.cost()} free again"


class RedemptionFailed(RedemptionTold):
    subject = "octoreach.loyalty.redemption.failed.v1"
    entry_kind = "redemption_failed"
    shown = ("reason", "reward_code", "redemption_id")

    def title(self) -> str:
        return f"{self.what()} could not be handed out: {self.cost()} came back"


class FulfilmentRequested(Happening):
    subject = "octoreach.loyalty.fulfilment.requested.v1"
    entry_kind = "fulfilment_requested"
    shown = ("partner_code", "reward_code", "fulfilment_id", "attempt")

    fulfilment_id: UUID
    attempt: int
    thing: str = Field(validation_alias="title")
    quantity: int
    amount_minor: int
    currency: str
    reward_code: str
    partner_code: str | None = None

    def title(self) -> str:
        return f"To be handed out: {self.what()}"

    def what(self) -> str:
        worth = f" of {amount(self.amount_minor, self.currency)}" if self.amount_minor else ""
        return several(self.thing, self.quantity) + worth


class FulfilmentRecalled(FulfilmentRequested):
    subject = "octoreach.loyalty.fulfilment.recalled.v1"
    entry_kind = "fulfilment_recalled"

    def title(self) -> str:
        return f"No longer owed: {self.what()}"


def several(title: str, quantity: int) -> str:
    return title if quantity == 1 else f"{quantity} x {title}"


HEARD: Final = (
    RedemptionReserved,
    RedemptionConfirmed,
    RedemptionFulfilled,
    RedemptionReleased,
    RedemptionFailed,
    FulfilmentRequested,
    FulfilmentRecalled,
)

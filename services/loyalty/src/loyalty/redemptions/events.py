"""What the platform learns of redemptions."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from kit.events import Event


class RedemptionTold(Event):
    """A redemption as it is now; of all its `quantity`, `price` in `currency`, `cost_minor` in `money`."""

    subject: ClassVar[str] = ""
    about: ClassVar[str] = "customer_id"

    redemption_id: UUID
    customer_id: UUID
    unit: str
    reward_code: str
    kind: str
    title: str
    quantity: int
    currency: str
    price: int
    money: str
    cost_minor: int
    state: str
    held: bool
    reason: str | None
    at: datetime


class RedemptionReserved(RedemptionTold):
    """Points are locked and a reward is kept for a member; if `held`, until a person has looked."""

    subject: ClassVar[str] = "octoreach.loyalty.redemption.reserved.v1"


class RedemptionConfirmed(RedemptionTold):
    """The points are spent, and the reward is to be handed out."""

    subject: ClassVar[str] = "octoreach.loyalty.redemption.confirmed.v1"


class RedemptionFulfilled(RedemptionTold):
    """The member has the reward."""

    subject: ClassVar[str] = "octoreach.loyalty.redemption.fulfilled.v1"


class RedemptionReleased(RedemptionTold):
    """The points are free again, and the reward is there for others: released or expired."""

    subject: ClassVar[str] = "octoreach.loyalty.redemption.released.v1"


class RedemptionFailed(RedemptionTold):
    """The reward could not be handed out: the points came back, and it is there for others."""

    subject: ClassVar[str] = "octoreach.loyalty.redemption.failed.v1"

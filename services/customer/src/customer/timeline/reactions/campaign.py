"""What campaigns report: decisions, tasks, conversions."""

from datetime import datetime
from typing import Final
from uuid import UUID

from customer.timeline.reactions.happening import Happening, words
from kit.currencies import amount

DECIDED: Final = {"offered": "An offer was chosen", "held_out": "Left alone as a control"}


class DecisionMade(Happening):
    subject = "octoreach.campaign.decision.made.v1"
    entry_kind = "decision"
    shown = ("channel_code", "decision_id", "campaign_id", "offer_id", "task_id")

    decision_id: UUID
    outcome: str
    channel_code: str | None = None
    campaign_id: UUID | None = None
    offer_id: UUID | None = None
    task_id: UUID | None = None
    decided_at: datetime

    def happened_at(self) -> datetime:
        return self.decided_at

    def title(self) -> str:
        return DECIDED.get(self.outcome, "No offer was fitting")


class TaskDispatched(Happening):
    subject = "octoreach.campaign.task.dispatched.v1"
    entry_kind = "task_dispatched"
    shown = ("campaign_code", "channel_code", "task_id")

    task_id: UUID
    campaign_id: UUID
    campaign_code: str
    offer_name: str
    channel_code: str

    def title(self) -> str:
        return f"{self.offer_name} sent to {self.channel_code}"


class TaskClosed(Happening):
    subject = "octoreach.campaign.task.closed.v1"
    entry_kind = "task_closed"
    shown = ("channel_code", "task_id")

    task_id: UUID
    campaign_id: UUID | None = None
    channel_code: str
    status: str

    def title(self) -> str:
        return f"Task {words(self.status)}"


class ConversionAttributed(Happening):
    subject = "octoreach.campaign.conversion.attributed.v1"
    entry_kind = "conversion"
    shown = ("arm", "campaign_id", "task_id", "order_id")

    campaign_id: UUID
    task_id: UUID | None = None
    arm: str
    order_id: UUID
    amount_minor: int
    currency: str

    def title(self) -> str:
        return f"Converted for {amount(self.amount_minor, self.currency)}"


class BenefitGranted(Happening):
    subject = "octoreach.campaign.benefit.granted.v1"
    entry_kind = "benefit_granted"
    shown = ("reference", "task_id", "campaign_id")

    task_id: UUID
    campaign_id: UUID
    kind: str
    reference: str | None = None

    def title(self) -> str:
        return f"Was promised: {words(self.kind)}"


HEARD: Final = (DecisionMade, TaskDispatched, TaskClosed, ConversionAttributed, BenefitGranted)

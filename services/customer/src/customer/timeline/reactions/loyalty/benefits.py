"""What loyalty reports of what campaigns promised, and of privileges."""

from datetime import datetime
from typing import Final
from uuid import UUID

from customer.timeline.reactions.happening import Happening, words
from kit.currencies import amount


class BenefitFulfilled(Happening):
    subject = "octoreach.loyalty.benefit.fulfilled.v1"
    entry_kind = "benefit_fulfilled"
    shown = ("points", "task_id", "campaign_id")

    task_id: UUID
    campaign_id: UUID
    kind: str
    points: int | None = None
    cost_minor: int | None = None
    currency: str | None = None

    def title(self) -> str:
        return f"Received {words(self.kind)}"

    def details(self) -> list[list[str]]:
        if self.cost_minor is None or self.currency is None:
            return super().details()
        return [["cost", amount(self.cost_minor, self.currency)], *super().details()]


class BenefitRefused(Happening):
    subject = "octoreach.loyalty.benefit.refused.v1"
    entry_kind = "benefit_refused"
    shown = ("reason", "task_id", "campaign_id")

    task_id: UUID
    campaign_id: UUID
    kind: str
    reason: str | None = None

    def title(self) -> str:
        return f"{words(self.kind).capitalize()} could not be given"


class BenefitReversed(BenefitRefused):
    subject = "octoreach.loyalty.benefit.reversed.v1"
    entry_kind = "benefit_reversed"

    def title(self) -> str:
        return f"The benefit was taken back: {words(self.kind)}"


class PrivilegeGiven(Happening):
    subject = "octoreach.loyalty.privilege.given.v1"
    entry_kind = "privilege_given"
    shown = ("privilege_code", "until")

    privilege_code: str
    name: str
    until: datetime

    def title(self) -> str:
        return f"Has the privilege {self.name}"


class PrivilegeEnded(Happening):
    subject = "octoreach.loyalty.privilege.ended.v1"
    entry_kind = "privilege_ended"
    shown = ("privilege_code", "reason")

    privilege_code: str
    reason: str | None = None

    def title(self) -> str:
        return f"The privilege {self.privilege_code} ended"


HEARD: Final = (
    BenefitFulfilled,
    BenefitRefused,
    BenefitReversed,
    PrivilegeGiven,
    PrivilegeEnded,
)

"""A campaign's money: what is allocated, promised and spent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from campaign.entity import Entity, long, words
from kit.models import moment


class CampaignBudget(Entity, table=True):
    """One campaign's money; `id` is the campaign's.

    What costs more than was committed for it is paid from the reserve, and shown as overrun.
    """

    __tablename__ = "campaign_budget"
    __table_args__ = (
        CheckConstraint(
            "amount_minor >= 0 AND reserve_minor >= 0 AND committed_minor >= 0 "
            "AND spent_minor >= 0 AND overrun_minor >= 0",
            name="budget_is_not_negative",
        ),
        CheckConstraint(
            "committed_minor + spent_minor <= amount_minor - reserve_minor",
            name="budget_is_never_overspent",
        ),
    )

    currency: str = words()
    amount_minor: int = long()
    reserve_minor: int = long()
    committed_minor: int = long(default=0)
    spent_minor: int = long(default=0)
    overrun_minor: int = long(default=0)
    warned_at: datetime | None = moment(nullable=True)

    @property
    def usable_minor(self) -> int:
        return self.amount_minor - self.reserve_minor

    @property
    def room_minor(self) -> int:
        """What may still be committed."""
        return self.usable_minor - self.committed_minor - self.spent_minor


class BudgetMovement(Entity, table=True):
    """Money a task gave back or spent, not yet folded into its campaign's budget.

    Writing a row of one's own, nobody waits for the budget's row but who commits from it.
    """

    __tablename__ = "budget_movement"

    campaign_id: UUID = Field(index=True)
    committed_minor: int = long()
    spent_minor: int = long(default=0)
    overrun_minor: int = long(default=0)


class Allotment(Entity, table=True):
    """Money committed for one thing; `id` is what loyalty knows it by.

    What it spends and gives back is told in any order; together it is never more than its amount.
    """

    __tablename__ = "allotment"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="allotment_is_not_negative"),
        CheckConstraint(
            "spent_minor + released_minor <= amount_minor", name="allotment_is_never_overspent"
        ),
    )

    campaign_id: UUID = Field(index=True, foreign_key="campaign.id")
    title: str = words()
    unit: str = words()
    currency: str = words()
    amount_minor: int = long()
    spent_minor: int = long(default=0)
    released_minor: int = long(default=0)

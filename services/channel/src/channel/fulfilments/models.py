"""Fulfilments as the arms see them: what to hand out, who does it, and what came of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from channel.entity import Entity, one_of
from kit.models import moment


class HandoutKind(StrEnum):
    GIFT = "gift"
    TOP_UP = "top_up"
    CASH_BACK = "cash_back"
    PARTNER_REWARD = "partner_reward"


class HandoutState(StrEnum):
    OPEN = "open"
    CLAIMED = "claimed"
    COMPLETED = "completed"
    FAILED = "failed"


class HandoutOutcome(StrEnum):
    COMPLETED = "completed"
    FAILED = "failed"


RECALLED = "recalled"
"""Why what nobody had begun to hand out failed: it is owed no longer."""
OVER = (HandoutState.COMPLETED, HandoutState.FAILED)


class FulfilmentWork(Entity, table=True):
    """One thing to be handed out; its id is the fulfilment's.

    A claim is a lease: when it runs out others may take it, and until one does whoever had it may
    still say what came of it. Cash-back that was taken has no lease: it may have been paid.
    """

    __tablename__ = "fulfilment_work"
    __table_args__ = (
        one_of("kind", HandoutKind, of="fulfilment_work"),
        one_of("state", HandoutState, of="fulfilment_work"),
        CheckConstraint("quantity > 0 AND attempt > 0", name="fulfilment_work_hands_something_out"),
        CheckConstraint(
            "amount_minor >= 0", name="fulfilment_work_is_never_worth_less_than_nothing"
        ),
        CheckConstraint(
            "state = 'open' OR claimed_by IS NOT NULL", name="work_is_done_by_somebody"
        ),
        CheckConstraint(
            "state <> 'claimed' OR (kind = 'cash_back') = (lease_until IS NULL)",
            name="a_claim_ends_some_time",
        ),
        CheckConstraint(
            "(state IN ('completed', 'failed')) = (ended_at IS NOT NULL)",
            name="fulfilment_work_ends_some_time",
        ),
        CheckConstraint("state <> 'failed' OR reason <> ''", name="failed_work_says_why"),
        Index("fulfilment_work_by_customer", "customer_id"),
        Index(
            "fulfilment_work_of_partners",
            "partner_code",
            "requested_at",
            "id",
            postgresql_where=sql("state IN ('open', 'claimed')"),
        ),
        Index(
            "fulfilment_work_to_do",
            "requested_at",
            "id",
            postgresql_where=sql("state IN ('open', 'claimed')"),
        ),
    )

    customer_id: UUID
    unit: str
    kind: str
    title: str
    reward_code: str = ""
    quantity: int = 1
    amount_minor: int = Field(default=0, sa_type=BigInteger)
    currency: str = ""
    partner_code: str | None = None
    source_kind: str = ""
    source_id: UUID
    attempt: int = 1
    requested_at: datetime = moment()
    state: str = HandoutState.OPEN
    claimed_by: str | None = None
    lease_until: datetime | None = moment(default=None, nullable=True)
    reference: str = ""
    reason: str = ""
    ended_at: datetime | None = moment(default=None, nullable=True)
    history: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)

    def state_at(self, now: datetime) -> HandoutState:
        """The state as it is: a lease that ran out leaves it open."""
        if self.state == HandoutState.CLAIMED and self.lease_until and self.lease_until <= now:
            return HandoutState.OPEN
        return HandoutState(self.state)

"""Fulfilments as they are stored: what is to be handed out, and how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from kit.errors import Conflict
from kit.models import moment, utcnow
from loyalty.columns import long, one_of, words
from loyalty.entity import Entity


class FulfilmentKind(StrEnum):
    GIFT = "gift"
    TOP_UP = "top_up"
    CASH_BACK = "cash_back"
    PARTNER_REWARD = "partner_reward"


class FulfilmentState(StrEnum):
    REQUESTED = "requested"
    COMPLETED = "completed"
    FAILED = "failed"


class FulfilmentSource(StrEnum):
    REDEMPTION = "redemption"
    BENEFIT = "benefit"
    PRIZE = "prize"
    RED_PACKET = "red_packet"
    ACHIEVEMENT = "achievement"


RECALLED: Final = "recalled"
"""Why the arms failed what was recalled in time."""
OVERDUE_AFTER: Final[Mapping[FulfilmentKind, timedelta]] = {
    FulfilmentKind.TOP_UP: timedelta(days=1),
    FulfilmentKind.PARTNER_REWARD: timedelta(days=3),
    FulfilmentKind.CASH_BACK: timedelta(days=7),
    FulfilmentKind.GIFT: timedelta(days=30),
}
"""How long each kind may take: a customer fetches a gift themselves."""


def step(what: str, **more: str | None) -> dict[str, Any]:
    """One entry of a history."""
    return {"what": what, "at": utcnow().isoformat(), **more}


class Fulfilment(Entity, table=True):
    """One thing that the arms hand out to a customer, once.

    `attempt` counts how often it was asked for; `unit` is the customer's at that time, empty when
    it was not known. What was asked for again has the outcome of its last attempt.
    """

    __tablename__ = "fulfilment"
    __table_args__ = (
        UniqueConstraint("source_kind", "source_id", name="a_source_is_fulfilled_once"),
        CheckConstraint(one_of("kind", *FulfilmentKind), name="fulfilment_kind"),
        CheckConstraint(one_of("state", *FulfilmentState), name="fulfilment_state"),
        CheckConstraint(one_of("source_kind", *FulfilmentSource), name="fulfilment_source"),
        CheckConstraint("quantity > 0 AND attempt > 0", name="fulfilment_hands_something_out"),
        CheckConstraint("amount_minor >= 0", name="fulfilment_amount_is_never_negative"),
        CheckConstraint("amount_minor = 0 OR currency <> ''", name="fulfilment_amount_of_a_money"),
        CheckConstraint(
            "kind <> 'cash_back' OR amount_minor > 0", name="fulfilment_pays_something_back"
        ),
        CheckConstraint(
            "(state = 'requested') = (ended_at IS NULL)", name="fulfilment_ends_some_time"
        ),
        CheckConstraint("state <> 'failed' OR reason <> ''", name="failed_fulfilment_says_why"),
        Index("fulfilment_by_customer", "customer_id", "id"),
        Index("fulfilment_by_state", "state", "requested_at", "id"),
    )

    customer_id: UUID
    unit: str = words()
    kind: str = words()
    title: str = words()
    reward_code: str = words()
    quantity: int = 1
    amount_minor: int = long(default=0)
    currency: str = words(default="")
    partner_code: str | None = words(default=None)
    source_kind: str = words()
    source_id: UUID
    state: str = words(default=FulfilmentState.REQUESTED)
    attempt: int = 1
    requested_at: datetime = moment(default_factory=utcnow)
    ended_at: datetime | None = moment(default=None)
    reference: str = words(default="")
    reason: str = words(default="")
    ended_by: str = words(default="")
    history: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)

    @property
    def source(self) -> tuple[str, UUID]:
        return self.source_kind, self.source_id

    def repeat(self, reason: str, by: str) -> None:
        """Have it tried once more; Conflict unless it failed and is owed still."""
        if self.state != FulfilmentState.FAILED:
            raise Conflict(f"The fulfilment is {self.state}; one that failed can be repeated.")
        if self.reason == RECALLED:
            raise Conflict("It was recalled: it is owed no longer.")
        if self.source_kind == FulfilmentSource.REDEMPTION:
            raise Conflict("The points came back when it failed: the customer redeems anew.")
        self.state, self.attempt = FulfilmentState.REQUESTED, self.attempt + 1
        self.requested_at, self.ended_at = utcnow(), None
        self.reference = self.reason = self.ended_by = ""
        self.history = [*self.history, step("requested", reason=reason, by=by)]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFulfilment:
    """Something to be handed out, once for each source.

    Without `partner_code` our own people hand it out. `amount_minor` is what a top-up or a
    cash-back is worth.
    """

    customer_id: UUID
    kind: str
    title: str
    source_kind: str
    source_id: UUID
    reward_code: str = ""
    quantity: int = 1
    amount_minor: int = 0
    currency: str = ""
    partner_code: str | None = None

    @property
    def source(self) -> tuple[str, UUID]:
        return self.source_kind, self.source_id

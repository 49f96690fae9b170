"""Simulations as they are stored: how far they are, and what came out so far."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from kit.models import moment
from loyalty.columns import long, one_of, words
from loyalty.entity import Entity


class SimulationState(StrEnum):
    RUNNING = "running"
    DONE = "done"


class EarningSimulation(Entity, table=True):
    """A version of a rule, asked about the orders of a period in a unit's subtree.

    It goes through the members in the order of their ids; `last_customer_id` is how far it is.
    `points_now` is what the rules of today would have given for the same orders, `points_then`
    what they would with this version among them, `points_waiting` what of `points` could not be
    spent yet at the end of the period.
    """

    __tablename__ = "earning_simulation"
    __table_args__ = (
        CheckConstraint(one_of("state", *SimulationState), name="earning_simulation_state"),
        CheckConstraint("until > since", name="earning_simulation_period"),
        Index("earning_simulation_running", "id", postgresql_where=text("state = 'running'")),
    )

    rule_code: str = words()
    rule_version: int
    terms: dict[str, Any] = Field(sa_type=JSONB)
    unit: str = words()
    since: datetime = moment()
    until: datetime = moment()
    asked_by: str = words()
    state: str = words(default=SimulationState.RUNNING)
    last_customer_id: UUID | None = None
    orders_in_all: int = long(default=0)
    orders_seen: int = long(default=0)
    orders_touched: int = long(default=0)
    members_touched: int = long(default=0)
    points: int = long(default=0)
    partner_points: int = long(default=0)
    points_now: int = long(default=0)
    points_then: int = long(default=0)
    points_waiting: int = long(default=0, sa_column_kwargs={"server_default": "0"})
    examples: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
    finished_at: datetime | None = moment(default=None)

"""The rulebook's version, what is being reckoned anew, and when time alone may change an answer."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from customer.entity import Entity, Table
from kit.models import moment


class RuleKind(StrEnum):
    TAG = "tag"
    SEGMENT = "segment"


class ReckoningState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    SUPERSEDED = "superseded"


UNDER_WAY: Final = (ReckoningState.WAITING, ReckoningState.RUNNING)


class RulebookVersion(Table, table=True):
    """Changes with every rule that is defined, changed or given up. One row."""

    __tablename__ = "rulebook_version"
    __table_args__ = (CheckConstraint("id = 1", name="one_rulebook"),)

    id: int = Field(default=1, primary_key=True)
    version: int = Field(default=0, sa_type=BigInteger)


class Reckoning(Entity, table=True):
    """A rule asked of every customer anew, page by page: how far it is."""

    __tablename__ = "reckoning"
    __table_args__ = (
        UniqueConstraint("rule_id", "rule_version", name="a_reckoning_per_version_of_a_rule"),
        CheckConstraint("kind IN ('tag', 'segment')", name="reckoning_kind_known"),
        CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'superseded')", name="reckoning_state_known"
        ),
        CheckConstraint("evaluated >= changed AND changed >= 0", name="reckoning_counts_add_up"),
        Index(
            "reckoning_to_do",
            "id",
            postgresql_where="state IN ('waiting', 'running')",
        ),
    )

    rule_id: UUID
    rule_version: int
    kind: RuleKind = Field(sa_type=Text)
    state: ReckoningState = Field(default=ReckoningState.WAITING, sa_type=Text)
    population: int = Field(default=0, sa_type=BigInteger)
    evaluated: int = Field(default=0, sa_type=BigInteger)
    changed: int = Field(default=0, sa_type=BigInteger)
    after: UUID | None = None
    started_at: datetime | None = moment(default=None)
    finished_at: datetime | None = moment(default=None)


class RuleDue(Table, table=True):
    """Not later than then a rule is asked of a customer again, whatever happens."""

    __tablename__ = "rule_due"
    __table_args__ = (Index("rule_due_by_time", "due_at"),)

    customer_id: UUID = Field(primary_key=True)
    rule_id: UUID = Field(primary_key=True)
    due_at: datetime = moment()

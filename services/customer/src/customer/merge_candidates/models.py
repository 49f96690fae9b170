"""Pairs that somebody has to look at."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field

from customer.entity import Entity
from kit.models import moment


class CandidateState(StrEnum):
    OPEN = "open"
    MERGED = "merged"
    DISMISSED = "dismissed"


def unit() -> Any:
    return Field(sa_type=Text)


class MergeCandidate(Entity, table=True):
    """Two customers who claim one identifier. `one_id` is the smaller of the two ids.

    A pair that was dismissed is not proposed again.
    """

    __tablename__ = "merge_candidate"
    __table_args__ = (
        CheckConstraint("one_id < other_id", name="candidate_pair_is_sorted"),
        CheckConstraint("state IN ('open', 'merged', 'dismissed')", name="candidate_state_known"),
        CheckConstraint(
            "(state = 'open') = (decided_at IS NULL) AND (state = 'open') = (decided_by IS NULL)",
            name="decided_candidate_says_who_and_when",
        ),
        Index(
            "merge_candidate_once",
            "one_id",
            "other_id",
            unique=True,
            postgresql_where=text("state <> 'merged'"),
        ),
        Index("merge_candidate_open", "id", postgresql_where=text("state = 'open'")),
        Index("merge_candidate_by_other", "other_id"),
    )

    one_id: UUID
    other_id: UUID
    one_unit: str = unit()
    other_unit: str = unit()
    scheme: str = Field(sa_type=Text)
    why: str = Field(sa_type=Text)
    state: CandidateState = Field(default=CandidateState.OPEN, sa_type=Text)
    decided_at: datetime | None = moment(default=None)
    decided_by: str | None = Field(default=None, sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    merge_id: UUID | None = None

"""The scores of members in a period, and where they stand among the others.

Ahead is who has the higher score; of equals, who did the last thing that counted earlier; of those
again, by lot. So everybody has a rank of their own, and anybody can tell why.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKeyConstraint, Index, text
from sqlmodel import Field

from kit.models import moment
from loyalty.columns import long, words
from loyalty.entity import Row

_BUCKET = (
    "CASE WHEN score < 64 THEN score::int ELSE "
    "32 * (length(ltrim(score::bit(64)::text, '0')) - 6) "
    "+ (score >> (length(ltrim(score::bit(64)::text, '0')) - 6))::int END"
)


class LeaderboardDeed(Row, table=True):
    """What a deed scored on a leaderboard, so that it scores once and can be taken back."""

    __tablename__ = "leaderboard_deed"
    __table_args__ = (
        CheckConstraint("amount > 0", name="leaderboard_deed_scores_something"),
        ForeignKeyConstraint(
            ["code", "starts_on"],
            ["leaderboard_period.code", "leaderboard_period.starts_on"],
            name="leaderboard_deed_lies_in_a_period",
        ),
        Index("leaderboard_deed_by_customer", "customer_id", "code", "starts_on"),
        Index("leaderboard_deed_by_period", "code", "starts_on"),
        Index(
            "leaderboard_deed_of_order", "order_id", postgresql_where=text("order_id IS NOT NULL")
        ),
    )

    source_kind: str = words(primary_key=True)
    source_id: UUID = Field(primary_key=True)
    code: str = words(primary_key=True)
    starts_on: date
    customer_id: UUID
    order_id: UUID | None = None
    amount: int = long()
    at: datetime = moment()
    taken_back: bool = False


class LeaderboardScore(Row, table=True):
    """A member's score in a period, and what decides between equals.

    Scores are counted by `bucket`: below 64 each has its own, above a bucket is 3% wide. Equal
    scores below 64 are counted by the `slot` of time of `last_at` as well.
    """

    __tablename__ = "leaderboard_score"
    __table_args__ = (
        CheckConstraint("score > 0", name="leaderboard_score_is_positive"),
        ForeignKeyConstraint(
            ["code", "starts_on"],
            ["leaderboard_period.code", "leaderboard_period.starts_on"],
            name="leaderboard_score_lies_in_a_period",
        ),
        Index(
            "leaderboard_score_in_order",
            "code",
            "starts_on",
            text("score DESC"),
            "last_at",
            "lot",
        ),
        Index("leaderboard_score_by_customer", "customer_id"),
        {"postgresql_with": {"fillfactor": 85}},
    )

    code: str = words(primary_key=True)
    starts_on: date = Field(primary_key=True)
    customer_id: UUID = Field(primary_key=True)
    score: int = long()
    last_at: datetime = moment()
    lot: int = long()
    slot: int = long()
    bucket: int = Field(sa_column_args=[Computed(_BUCKET, persisted=True)])


class LeaderboardCount(Row, table=True):
    """How many members' scores lie in a bucket and slot, as of the last time shifts were added."""

    __tablename__ = "leaderboard_count"

    code: str = words(primary_key=True)
    starts_on: date = Field(primary_key=True)
    bucket: int = Field(primary_key=True)
    slot: int = long(primary_key=True)
    members: int = long()


class LeaderboardShift(Row, table=True):
    """Scores that came into a bucket and slot, or went, and are not in the counts yet.

    The database writes these with the scores: nobody waits for a row that all would change.
    """

    __tablename__ = "leaderboard_shift"
    __table_args__ = (Index("leaderboard_shift_by_period", "code", "starts_on"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    code: str = words()
    starts_on: date
    bucket: int
    slot: int = long()
    members: int = long()

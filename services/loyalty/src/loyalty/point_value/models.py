"""What a point has been worth, from when on, and who said so."""

from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from kit.models import moment, utcnow
from loyalty.columns import words
from loyalty.entity import Row

MOST_MINOR: Final = 10_000


class PointValue(Row, table=True):
    """A point is worth `minor` of the programme's money until the next version; never changed."""

    __tablename__ = "point_value"
    __table_args__ = (
        CheckConstraint("version >= 1", name="point_value_from_version_one"),
        CheckConstraint(f"minor BETWEEN 1 AND {MOST_MINOR}", name="point_value_is_some_money"),
    )

    version: int = Field(primary_key=True)
    minor: int
    set_by: str = words()
    set_at: datetime = moment(default_factory=utcnow)

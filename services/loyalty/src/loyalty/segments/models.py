"""Who is in which segment, as of the newest report."""

from uuid import UUID

from sqlmodel import Field

from loyalty.columns import long, words
from loyalty.entity import Row


class MemberSegment(Row, table=True):
    """Whether a customer is in a segment, as of the highest position reported."""

    __tablename__ = "member_segment"

    customer_id: UUID = Field(primary_key=True)
    segment_id: UUID = Field(primary_key=True)
    code: str = words()
    position: int = long()
    member: bool

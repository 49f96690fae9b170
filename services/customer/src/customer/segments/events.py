"""What the platform learns about segments."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from kit.events import Event


class SegmentChanged(Event):
    """Customers have joined or left a segment: at most 1,000 in one event.

    Of two reports about one customer the one with the higher position counts.
    """

    subject: ClassVar[str] = "octoreach.customer.segment.changed.v1"
    about: ClassVar[str] = "segment_id"

    segment_id: UUID
    code: str
    position: int = Field(description="Grows with every change of any segment.")
    joined: list[UUID]
    left: list[UUID]


class SegmentSnapshotTaken(Event):
    """Who is in a segment was taken down."""

    subject: ClassVar[str] = "octoreach.customer.segment.snapshotted.v1"
    about: ClassVar[str] = "segment_id"

    segment_id: UUID
    code: str
    snapshot_id: UUID
    size: int

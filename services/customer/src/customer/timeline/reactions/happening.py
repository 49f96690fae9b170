"""Something that happened with a customer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from customer.timeline import commands
from kit.database import AsyncSession
from kit.events import Heard
from kit.models import utcnow


class Happening(Heard):
    """A report that belongs on a timeline: each kind says when it happened and how it reads.

    `shown` are the fields that a reader sees beside the title.
    """

    subject: ClassVar[str]
    entry_kind: ClassVar[str]
    shown: ClassVar[tuple[str, ...]] = ()

    customer_id: UUID

    def happened_at(self) -> datetime:
        return self.event_time

    def title(self) -> str:
        raise AssertionError(f"{type(self).__name__} has no title")

    def details(self) -> list[list[str]]:
        values = ((name, getattr(self, name)) for name in self.shown)
        return [[name, _told(value)] for name, value in values if value not in (None, "")]

    def entry(self, heard_at: datetime) -> dict[str, Any]:
        return {
            "customer_id": self.customer_id,
            "occurred_at": self.happened_at(),
            "id": self.event_id,
            "kind": self.entry_kind,
            "source": self.subject.split(".")[1],
            "title": self.title(),
            "details": self.details(),
            "heard_at": heard_at,
            "channel_code": getattr(self, "channel_code", None),
            "campaign_id": getattr(self, "campaign_id", None),
        }


def _told(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


async def keep_in_timeline(session: AsyncSession, events: Sequence[Happening]) -> None:
    now = utcnow()
    await commands.keep_entries(session, [event.entry(now) for event in events])


def words(code: str) -> str:
    """`topped_up` as people read it."""
    return code.replace("_", " ")

"""Events: facts in the past tense that one service tells and others hear."""

from datetime import datetime
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from opentelemetry.propagate import inject
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ARRAY, bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.models import utcnow, uuid7
from kit.tables import outbox

PENDING = "pending_events"
COLUMNS = ("id", "subject", "about", "time", "content", "trace", "personal")
_insertion = insert(outbox).from_select(
    COLUMNS,
    select(
        *(
            func.unnest(bindparam(name, type_=ARRAY(outbox.c[name].type))).label(name)
            for name in COLUMNS
        )
    ),
)


class Event(BaseModel):
    """A fact a service publishes.

    `subject` is where it goes; `about` names the field whose value keeps events of one thing in
    order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: ClassVar[str]
    about: ClassVar[str]

    def thing(self) -> str:
        return str(getattr(self, self.about))


class Heard(BaseModel):
    """The part of somebody else's event that a reaction reads; unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    event_id: UUID
    event_time: datetime


@cache
def is_personal(event: type[Event]) -> bool:
    """Whether a field is marked x-personal, anywhere in it: then `about` is the person's id."""
    return "'x-personal'" in str(event.model_json_schema(mode="serialization"))


def record(session: AsyncSession, event: Event) -> UUID:
    """Announce `event` if, and only if, this transaction commits."""
    event_id = uuid7()
    session.info.setdefault(PENDING, []).append(row_of(event_id, event))
    return event_id


async def write_recorded(session: AsyncSession) -> None:
    """Put what was recorded into the outbox, in order, with one statement."""
    if rows := session.info.pop(PENDING, None):
        await session.flush()
        await session.execute(_insertion, {name: [row[name] for row in rows] for name in COLUMNS})


def current_trace() -> str:
    """The trace that an event written now belongs to."""
    carrier: dict[str, str] = {}
    inject(carrier)
    return carrier.get("traceparent", "")


def row_of(event_id: UUID, event: Event) -> dict[str, Any]:
    return {
        "id": event_id,
        "subject": event.subject,
        "about": event.thing(),
        "time": utcnow(),
        "content": event.model_dump_json(),
        "trace": current_trace(),
        "personal": is_personal(type(event)),
    }

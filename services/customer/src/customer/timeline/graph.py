"""Timeline entries in the graph."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from customer.timeline import models


@strawberry.type(description="One particular of an entry.")
class TimelineDetail:
    name: str = strawberry.field(description="What it says something about.")
    value: str = strawberry.field(description="What it says.")


@strawberry.type(description="One thing that happened with a customer.")
class TimelineEntry:
    id: UUID = strawberry.field(description="The id of the event that reported it.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    kind: str = strawberry.field(
        description="touchpoint, decision, task_dispatched, task_progressed, task_closed, "
        "order_placed, order_cancelled, conversion, points_earned, points_spent, "
        "points_reversed, tier_changed, benefit_fulfilled, benefit_refused, consent_given, "
        "consent_withdrawn, feedback, complaint_opened, complaint_closed or complaint_reopened."
    )
    source: str = strawberry.field(description="The service that reported it.")
    title: str = strawberry.field(description="It, in one line for people.")
    details: list[TimelineDetail] = strawberry.field(description="The particulars, in order.")

    @classmethod
    def of(cls, entry: models.TimelineEntry) -> Self:
        return cls(
            id=entry.id,
            occurred_at=entry.occurred_at,
            kind=entry.kind,
            source=entry.source,
            title=entry.title,
            details=[TimelineDetail(name=name, value=value) for name, value in entry.details],
        )

"""What value does when members take part in something."""

from datetime import datetime
from uuid import UUID

from kit.database import AsyncSession
from kit.events import Heard
from loyalty.value.commands import Deed, add_to_value
from loyalty.value.models import Component

TAKING_PART = frozenset(
    {"visited", "checked_in", "took_part", "clicked", "shared", "reviewed", "signed_in"}
)
"""Kinds of touchpoints at which members do something of their own accord."""


class TouchpointOfMember(Heard):
    """The part of a touchpoint that value reads."""

    customer_id: UUID
    kind: str
    occurred_at: datetime


class FeedbackOfMember(Heard):
    """The part of feedback that value reads."""

    customer_id: UUID
    given_at: datetime


async def value_taking_part(session: AsyncSession, events: list[TouchpointOfMember]) -> None:
    """Who takes part is worth more."""
    await add_to_value(
        session,
        [
            Deed(each.customer_id, Component.PARTICIPATION, 1, each.occurred_at)
            for each in events
            if each.kind in TAKING_PART
        ],
    )


async def value_feedback(session: AsyncSession, events: list[FeedbackOfMember]) -> None:
    """Saying how it was is taking part."""
    await add_to_value(
        session,
        [Deed(each.customer_id, Component.PARTICIPATION, 1, each.given_at) for each in events],
    )

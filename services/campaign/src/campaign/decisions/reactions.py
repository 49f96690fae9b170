"""Deciding when a touchpoint is reported, or when what was missing arrives."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from campaign.decisions import commands
from campaign.decisions.touchpoint import Touchpoint
from kit.events import Heard
from kit.merging.following import Followed


class TouchpointReported(Touchpoint, Heard):
    customer_id: Followed


class CustomerRegistered(Heard):
    customer_id: UUID


async def decide_touchpoints(session: AsyncSession, events: list[TouchpointReported]) -> None:
    await commands.decide(session, events)


async def decide_waiting_touchpoints(
    session: AsyncSession, events: list[CustomerRegistered]
) -> None:
    await commands.decide_what_waited(session, [event.customer_id for event in events])

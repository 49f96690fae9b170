"""Touchpoint events in the graph."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from channel.sight import SIGHT
from channel.touchpoints import models, queries
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.personal import PERSONAL
from kit.personal.seeing import masked_values


@strawberry.type(description="A customer did or met something at a touchpoint.")
class TouchpointEvent:
    id: UUID = strawberry.field(description="Its id on this platform.")
    kind: str = strawberry.field(description="What happened: visited, called, ran_low, ...")
    channel_code: str = strawberry.field(description="The channel it happened on.")
    partner_code: str | None = strawberry.field(description="The partner who runs that channel.")
    unit: str = strawberry.field(description="Where in the organisation it happened.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    received_at: datetime = strawberry.field(description="When we heard of it.")
    properties: JSON = strawberry.field(
        description="Facts by name: texts, numbers, booleans; *** for who sees no names whole.",
        directives=[PERSONAL],
    )

    @classmethod
    def of(cls, event: models.TouchpointEvent, *, whole: bool) -> Self:
        return cls(
            id=event.id,
            kind=event.kind,
            channel_code=event.channel_code,
            partner_code=event.partner_code,
            unit=event.unit,
            occurred_at=event.occurred_at,
            received_at=event.received_at,
            properties=JSON(masked_values(event.properties, whole=whole)),
        )


async def touchpoints_of(
    info: Info, customer_id: UUID, first: First, after: After
) -> Connection[TouchpointEvent]:
    async with info.context.db.reading() as session:
        found = await queries.touchpoints_of(session, customer_id, first=first, after=after)
    whole = SIGHT.is_whole(info.context.caller)
    return Connection.of(found, lambda event: TouchpointEvent.of(event, whole=whole))

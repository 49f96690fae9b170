"""What somebody asks for themselves is screened; what a campaign promised has its own limits."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from kit.database import AsyncSession
from loyalty.fraud.commands import screen
from loyalty.fraud.models import Act, ActKind, Hold

REQUEST = "request"
"""The kind of source of what somebody asked for themselves."""


class Request(NamedTuple):
    """Somebody wants to take part: the source of it, and from which device, if that is known."""

    source_kind: str
    source_id: UUID
    customer_id: UUID
    points: int
    device: str


async def screened(
    session: AsyncSession, kind: ActKind, requests: Iterable[Request]
) -> Mapping[UUID, Hold]:
    """Those that do not go through, by their source."""
    acts = [
        Act(
            kind,
            each.customer_id,
            str(each.source_id),
            points=each.points,
            device=each.device or None,
        )
        for each in requests
        if each.source_kind == REQUEST
    ]
    holds = await screen(session, acts)
    return {UUID(key): hold for key, hold in holds.items() if hold is not None}

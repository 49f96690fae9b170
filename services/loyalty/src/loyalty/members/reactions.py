"""What members do when the customer service tells more of them."""

from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kit.database import AsyncSession
from kit.events import Heard
from loyalty.members.commands import remember_facts
from loyalty.members.models import MemberFacts

BIRTHDAY = "birthday"
UNKNOWN_ZONE = "UTC"


class MemberHeard(Heard):
    """The part of a customer's facts that rules may speak of."""

    customer_id: UUID
    version: int
    kind: str
    status: str
    unit: str
    time_zone: str
    attributes: dict[str, str | int | float | bool]
    tags: list[str]


async def keep_facts_of_members(session: AsyncSession, events: list[MemberHeard]) -> None:
    """Rules speak of members as they are now."""
    await remember_facts(session, [_facts(each) for each in events])


def _facts(heard: MemberHeard) -> MemberFacts:
    return MemberFacts(
        customer_id=heard.customer_id,
        version=heard.version,
        kind=heard.kind,
        status=heard.status,
        unit=heard.unit,
        time_zone=_zone(heard.time_zone),
        tags=sorted(set(heard.tags)),
        attributes=heard.attributes,
        birthday=_birthday(heard.attributes.get(BIRTHDAY)),
    )


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError):
        return UNKNOWN_ZONE


def _birthday(written: Any) -> int | None:
    try:
        day = date.fromisoformat(str(written))
    except ValueError:
        return None
    return day.month * 100 + day.day

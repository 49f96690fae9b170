"""Who may take part: by unit, tier and segment."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text

from kit.database import AsyncSession
from kit.units import lies_below

PARTICIPANTS = text("""
SELECT account.customer_id, account.id AS account_id, account.unit,
  coalesce(member.tier_code, 'none') AS tier,
  ARRAY (SELECT code FROM member_segment AS segment
    WHERE segment.customer_id = account.customer_id AND segment.member) AS segments
FROM points_account AS account
LEFT JOIN member_tier AS member ON member.customer_id = account.customer_id
WHERE account.customer_id = ANY(:customers)
  AND NOT EXISTS (SELECT FROM erased_person WHERE erased_person.id = account.customer_id)
""").bindparams(bindparam("customers", type_=ARRAY(Uuid)))


class Participant(NamedTuple):
    """A member who wants to take part; `unit` is unknown until their facts have come."""

    customer_id: UUID
    account_id: UUID
    unit: str | None
    tier: str
    segments: frozenset[str]


class Admission(NamedTuple):
    """Whom something is for: members in a unit's subtree, of some tiers and segments or of any."""

    unit: str
    tiers: Sequence[str] = ()
    segments: Sequence[str] = ()

    def refuses(self, member: Participant | None) -> str:
        """Why this is not for them, or nothing."""
        if member is None:
            return "There is no such member."
        if member.unit is None or not lies_below(member.unit, self.unit):
            return "It is for members of another unit."
        if self.tiers and member.tier not in self.tiers:
            return f"It is for members of the tiers {', '.join(self.tiers)}."
        if self.segments and member.segments.isdisjoint(self.segments):
            return "It is for members of other segments."
        return ""


async def participants(session: AsyncSession, customers: Iterable[UUID]) -> dict[UUID, Participant]:
    """Those of the customers who have an account, as they are now."""
    rows = await session.execute(PARTICIPANTS, {"customers": list(set(customers))})
    return {
        customer: Participant(customer, account, unit, tier, frozenset(segments))
        for customer, account, unit, tier, segments in rows
    }

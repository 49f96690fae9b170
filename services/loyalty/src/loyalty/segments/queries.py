"""How one finds out who is in which segment."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select
from sqlmodel import col

from kit.database import AsyncSession
from loyalty.segments.models import MemberSegment

_codes = select(col(MemberSegment.customer_id), col(MemberSegment.code)).where(
    col(MemberSegment.customer_id) == any_(bindparam("ids", type_=ARRAY(Uuid))),
    col(MemberSegment.member),
)


async def segments_of(
    session: AsyncSession, customers: Iterable[UUID]
) -> dict[UUID, frozenset[str]]:
    """The codes of the segments that each of these customers is in; none for whom none is known."""
    asked = set(customers)
    found: dict[UUID, set[str]] = {each: set() for each in asked}
    for row in await session.execute(_codes, {"ids": list(asked)}):
        found[row.customer_id].add(row.code)
    return {customer: frozenset(codes) for customer, codes in found.items()}

"""How reviews are looked up, with what speaks for and against an act."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, bindparam, text
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.errors import NotFound
from kit.identity import Caller
from kit.paging import Page, page
from kit.units import below
from loyalty.accounts.models import PointsAccount
from loyalty.reviews.models import Review, ReviewState

MOST_EVIDENCE: Final = 20
_ids = bindparam("ids", type_=ARRAY(Uuid))

# By the act's customer, device, payment account, address or content, as far as its rules look.
COUNTED: Final = text("""
SELECT review.id AS review_id, near.* FROM review
JOIN screened_act AS act ON (act.kind, act.key) = (review.act_kind, review.act_key)
CROSS JOIN LATERAL (
  SELECT make_interval(secs => max((finding ->> 'window_seconds')::integer)) AS long
  FROM jsonb_array_elements(review.findings) AS finding) AS span
CROSS JOIN LATERAL (
  SELECT other.kind, other.key, other.customer_id, other.points, other.at, other.action
  FROM screened_act AS other JOIN points_account AS account USING (customer_id)
  WHERE (other.customer_id = act.customer_id OR other.device = act.device
         OR other.account = act.account OR other.address = act.address
         OR other.content = act.content)
    AND other.at BETWEEN act.at - span.long AND act.at + span.long
    AND (account.unit = :unit OR account.unit LIKE :below ESCAPE '\\')
  ORDER BY other.at DESC, other.position DESC LIMIT :most) AS near
WHERE review.id = ANY (:ids)
""").bindparams(_ids)

SHARED: Final = text("""
SELECT review.id AS review_id, those.* FROM review
JOIN screened_act AS act ON (act.kind, act.key) = (review.act_kind, review.act_key)
CROSS JOIN LATERAL (
  SELECT shared.kind, shared.customer_id, shared.first_seen_at, shared.last_seen_at
  FROM customer_mark AS shared JOIN points_account AS account USING (customer_id)
  WHERE shared.mark_id IN (act.device, act.account, act.address)
    AND shared.customer_id <> act.customer_id
    AND (account.unit = :unit OR account.unit LIKE :below ESCAPE '\\')
  ORDER BY shared.last_seen_at DESC, shared.customer_id LIMIT :most) AS those
WHERE review.id = ANY (:ids)
""").bindparams(_ids)


async def reviews(
    session: AsyncSession,
    unit: str,
    state: str,
    act_kind: str | None,
    first: int,
    after: str | None,
) -> Page[Review]:
    """Those of customers in the unit's subtree, the oldest first."""
    mine = (
        select(Review)
        .join(PointsAccount, col(PointsAccount.customer_id) == Review.customer_id)
        .where(Review.state == state, below(col(PointsAccount.unit), unit))
    )
    if act_kind is not None:
        mine = mine.where(Review.act_kind == act_kind)
    return await page(session, mine, [Review.id], first=first, after=after, newest_first=False)


async def review_by_id(session: AsyncSession, review_id: UUID, unit: str) -> Review | None:
    """The review, if its customer is in the unit's subtree."""
    found: Review | None = (await session.exec(_seen(review_id, unit))).first()
    return found


async def review_to_decide(session: AsyncSession, review_id: UUID, caller: Caller) -> Review:
    """The review, nobody else deciding on it meanwhile; or NotFound."""
    seen = _seen(review_id, caller.unit or "").with_for_update(of=Review)
    found: Review | None = (await session.exec(seen)).first()
    if found is None:
        raise NotFound("review", review_id)
    return found


def _seen(review_id: UUID, unit: str) -> Any:
    return (
        select(Review)
        .join(PointsAccount, col(PointsAccount.customer_id) == Review.customer_id)
        .where(Review.id == review_id, below(col(PointsAccount.unit), unit))
    )


async def counted_with(
    session: AsyncSession, reviews: Sequence[UUID], unit: str
) -> dict[UUID, list[Row[Any]]]:
    """The acts that count together with each, itself among them, the newest first."""
    return await _evidence(session, COUNTED, reviews, unit)


async def shared_with(
    session: AsyncSession, reviews: Sequence[UUID], unit: str
) -> dict[UUID, list[Row[Any]]]:
    """Who else was met with the device, payment account or address of each."""
    return await _evidence(session, SHARED, reviews, unit)


async def _evidence(
    session: AsyncSession, statement: Any, reviews: Sequence[UUID], unit: str
) -> dict[UUID, list[Row[Any]]]:
    below_it = unit.replace("_", r"\_") + ".%"
    asked = {"ids": list(reviews), "unit": unit, "below": below_it, "most": MOST_EVIDENCE}
    found: dict[UUID, list[Row[Any]]] = {each: [] for each in reviews}
    for row in await session.execute(statement, asked):
        found[row.review_id].append(row)
    return found


async def reviews_to_escalate(session: AsyncSession, now: datetime, most: int) -> Sequence[Review]:
    """Those whose deadline has passed, and that nobody else is just escalating."""
    late = (
        select(Review)
        .where(
            Review.state == ReviewState.WAITING,
            col(Review.escalated_at).is_(None),
            col(Review.due_at) <= now,
        )
        .order_by(col(Review.due_at))
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return (await session.exec(late)).all()

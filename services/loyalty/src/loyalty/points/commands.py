"""Everything that changes points: one function in the database moves them all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import text

from kit.database import AsyncSession
from kit.errors import IdempotencyKeyReused, InvalidInput, NotFound
from kit.events import record
from kit.idempotency import KEY_LENGTH
from kit.models import utcnow
from loyalty.points import events
from loyalty.points.errors import NotEnoughPoints
from loyalty.points.models import MOST_POINTS, NewPosting, Posted, expiry_key
from loyalty.points.queries import expired_of

REASON_LENGTH = 200
EXPIRED_AT_ONCE = 2_000

POST = text("SELECT * FROM post_points(CAST(:postings AS jsonb))")

ANNOUNCED: dict[str, type[events.PointsMoved]] = {
    "earn": events.PointsEarned,
    "grant": events.PointsEarned,
    "spend": events.PointsSpent,
    "reverse": events.PointsReversed,
    "expire": events.PointsExpired,
    "adjust": events.PointsAdjusted,
}


async def post(session: AsyncSession, postings: Sequence[NewPosting]) -> list[Posted]:
    """Post them all in one statement, and announce those that were not posted before.

    The answers are in the order of the postings' ids.
    """
    if not postings:
        return []
    asked = orjson.dumps(postings, default=str).decode()
    rows = await session.execute(POST, {"postings": asked})
    answers = [Posted(*row) for row in rows]
    _require_accounts(postings, answers)
    for each in answers:
        if each.outcome == "posted":
            record(session, _announcement(each))
    return answers


def _require_accounts(postings: Sequence[NewPosting], answers: Sequence[Posted]) -> None:
    if len(answers) < len(postings):
        known = {each.account_id for each in answers}
        missing = (each.account_id for each in postings if each.account_id not in known)
        raise NotFound("points account", next(missing))


def _announcement(posted: Posted) -> events.PointsMoved:
    shown_with_sign = posted.kind == "adjust"
    return ANNOUNCED[posted.kind](
        posting_id=posted.posting_id,
        account_id=posted.account_id,
        customer_id=posted.customer_id,
        points=posted.points if shown_with_sign else abs(posted.points),
        reason=posted.reason,
        source_id=posted.source_id,
        balance=posted.balance,
    )


async def spend_points(
    session: AsyncSession, account_id: UUID, points: int, reason: str, key: str
) -> Posted:
    """Take points off an account, those that expire first; the same key spends once.

    Raises InvalidInput, NotEnoughPoints, and IdempotencyKeyReused for other content.
    """
    if not 0 < points <= MOST_POINTS:
        raise InvalidInput("points", f"are between 1 and {MOST_POINTS}")
    return await _post_by_hand(session, "spend", account_id, -points, reason, key)


async def adjust_points(
    session: AsyncSession, account_id: UUID, points: int, reason: str, key: str
) -> Posted:
    """Put an account right, up or down, never below zero; the same key adjusts once."""
    if points == 0 or abs(points) > MOST_POINTS:
        raise InvalidInput("points", f"are not 0, and at most {MOST_POINTS} up or down")
    return await _post_by_hand(session, "adjust", account_id, points, reason, key)


async def _post_by_hand(
    session: AsyncSession, kind: str, account_id: UUID, points: int, reason: str, key: str
) -> Posted:
    _require_words("idempotencyKey", key, KEY_LENGTH)
    _require_words("reason", reason, REASON_LENGTH)
    posting = NewPosting(
        account_id=account_id,
        key=f"{kind}:{key}",
        kind=kind,
        points=points,
        reason=reason,
        source_kind="request",
        source_id=key,
    )
    (posted,) = await post(session, [posting])
    if posted.outcome == "refused":
        raise NotEnoughPoints(needed=-points, balance=posted.balance)
    if (posted.account_id, posted.points, posted.reason) != (account_id, points, reason):
        raise IdempotencyKeyReused(key)
    return posted


def _require_words(field: str, given: str, most: int) -> None:
    if not (given.strip() and given.isprintable() and len(given) <= most):
        raise InvalidInput(field, f"takes 1 to {most} printable characters")


HOLD = text("""
SELECT FROM points_account WHERE id = ANY (:accounts) ORDER BY customer_id FOR NO KEY UPDATE
""")

LOCK_DUE = text("""
SELECT id FROM points_account WHERE id IN (
  SELECT account_id FROM lot WHERE remaining > 0 AND expires_at <= :now
  ORDER BY expires_at LIMIT :most)
ORDER BY customer_id FOR NO KEY UPDATE SKIP LOCKED
""")

DUE = text("""
SELECT id, account_id, remaining FROM lot
WHERE account_id = ANY (:accounts) AND remaining > 0 AND expires_at <= :now
ORDER BY expires_at, id
""")


async def expire_points(session: AsyncSession, now: datetime | None = None) -> int:
    """Take what was not spent in time, each lot by a posting of its own; how many lots.

    A bounded number at once; accounts that are just being changed are left for the next time.
    """
    now = now or utcnow()
    held = await session.scalars(LOCK_DUE, {"now": now, "most": EXPIRED_AT_ONCE})
    due = await session.execute(DUE, {"accounts": held.all(), "now": now})
    return len(await post(session, [_expiry(now, *each) for each in due]))


def _expiry(now: datetime, lot: UUID, account: UUID, points: int) -> NewPosting:
    return NewPosting(
        account_id=account,
        key=expiry_key(lot),
        kind="expire",
        against="expiry",
        points=-points,
        reason="not spent in time",
        source_kind="lot",
        source_id=str(lot),
        occurred_at=now,
    )


async def take_back(session: AsyncSession, reversals: Sequence[NewPosting]) -> None:
    """Reverse earlier postings, also when their points are spent; what has expired is gone already.

    Each names what it `reverses`.
    """
    await session.execute(HOLD, {"accounts": list({each.account_id for each in reversals})})
    expired = await expired_of(session, [each.reverses for each in reversals if each.reverses])
    left = [replace(each, points=each.points + expired.get(each.reverses, 0)) for each in reversals]
    await post(session, [each for each in left if each.points])

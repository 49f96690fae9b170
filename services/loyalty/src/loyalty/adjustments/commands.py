"""Putting accounts right: small corrections at once, large ones when another person agrees."""

from dataclasses import asdict
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from kit.database import AsyncSession
from kit.errors import Conflict, IdempotencyKeyReused, InvalidInput, NotFound
from kit.events import record
from kit.models import utcnow
from loyalty.accounts.models import PointsAccount
from loyalty.accounts.queries import are_of_one_member
from loyalty.adjustments.events import AdjustmentDecided, AdjustmentRequested
from loyalty.adjustments.models import Adjustment, AdjustmentState, Correction
from loyalty.adjustments.queries import account_to_adjust, adjusted_alone, adjustment_by_key
from loyalty.currencies.queries import currency_by_code
from loyalty.points.commands.posting import POSTED, post_one
from loyalty.points.commands.spending import by_hand, require_words
from loyalty.points.keys import sent
from loyalty.points.models import MOST_POINTS, NewPosting, Posted

NOTE_LENGTH = 500
WORDS = {"approved": "approved", "refused": "refused", "alone": "posted without an approver"}


async def adjust_points(
    session: AsyncSession, correction: Correction, asked_by: str
) -> Posted | Adjustment:
    """Put an account right, or ask a second person where one may not alone; once per key.

    So many small ones as would make a large one within a day need the second person too. Never below zero. Raises InvalidInput, NotFound, NotEnoughPoints, and IdempotencyKeyReused.
    """
    points = correction.points
    if points == 0 or abs(points) > MOST_POINTS:
        raise InvalidInput("points", f"are not 0, and at most {MOST_POINTS} up or down")
    posting = _posting(correction, asked_by)
    currency = await currency_by_code(session, correction.currency)
    account_id = await account_to_adjust(session, correction.account_id)
    kept = await adjustment_by_key(session, correction.key)
    if kept is not None and kept.state == AdjustmentState.ALONE:
        return await post_one(session, posting)
    alone = abs(points) + await adjusted_alone(session, account_id, currency.code)
    if kept is not None or alone > currency.adjustable_alone:
        return await _asked(session, correction, asked_by)
    posted = await post_one(session, posting)
    if posted.outcome == POSTED:
        session.add(
            Adjustment(
                **asdict(correction) | {"account_id": account_id},
                asked_by=asked_by,
                state=AdjustmentState.ALONE,
                posting_id=posted.posting_id,
            )
        )
    return posted


async def _asked(session: AsyncSession, correction: Correction, asked_by: str) -> Adjustment:
    account = await _account(session, correction.account_id)
    asking = Adjustment(**asdict(correction), asked_by=asked_by)
    new = insert(Adjustment).values(asking.model_dump()).on_conflict_do_nothing()
    fresh = (await session.execute(new.returning(col(Adjustment.id)))).first()
    kept = await adjustment_by_key(session, correction.key)
    same = kept is not None and await are_of_one_member(
        session, kept.account_id, correction.account_id
    )
    if kept is None or not (same and kept.asks(correction)):
        raise IdempotencyKeyReused(sent(correction.key))
    if fresh is not None:
        record(
            session,
            AdjustmentRequested(
                adjustment_id=kept.id,
                account_id=account.id,
                customer_id=account.customer_id,
                currency=kept.currency,
                points=kept.points,
                reason=kept.reason,
                asked_by=asked_by,
            ),
        )
    return kept


async def decide_on(
    session: AsyncSession, adjustment: Adjustment, decided_by: str, note: str, *, approves: bool
) -> Adjustment:
    """Approve and post it, or refuse it; the same decision again changes nothing.

    Raises InvalidInput, NotEnoughPoints, and Conflict for whoever asked for it, or when it was
    decided otherwise.
    """
    if note:
        require_words("note", note, NOTE_LENGTH)
    if decided_by == adjustment.asked_by:
        raise Conflict("Nobody decides on what they asked for.")
    state = AdjustmentState.APPROVED if approves else AdjustmentState.REFUSED
    if (adjustment.state, adjustment.decided_by) == (state, decided_by):
        return adjustment
    if adjustment.state != AdjustmentState.WAITING:
        raise Conflict(f"The adjustment was {WORDS[adjustment.state]} before.")
    account = await _account(session, adjustment.account_id)
    if approves:
        posted = await post_one(session, _posting(adjustment, adjustment.asked_by))
        adjustment.posting_id = posted.posting_id
    adjustment.state, adjustment.note = state, note
    adjustment.decided_by, adjustment.decided_at = decided_by, utcnow()
    session.add(adjustment)
    record(
        session,
        AdjustmentDecided(
            adjustment_id=adjustment.id,
            account_id=account.id,
            customer_id=account.customer_id,
            state=state,
            decided_by=decided_by,
            note=note,
        ),
    )
    return adjustment


async def _account(session: AsyncSession, account_id: UUID) -> PointsAccount:
    found = await session.get(PointsAccount, account_id)
    if found is None:
        raise NotFound("points account", account_id)
    return found


def _posting(asked: Correction | Adjustment, asked_by: str) -> NewPosting:
    return by_hand(
        "adjust",
        asked.account_id,
        asked.points,
        asked.reason,
        asked.key,
        currency=asked.currency,
        against="adjustment",
        asked_by=asked_by,
    )

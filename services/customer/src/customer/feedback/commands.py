"""Taking answers down."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from customer.entity import table_of
from customer.feedback.errors import AlreadyAnswered
from customer.feedback.events import FeedbackGiven
from customer.feedback.models import BOUNDS, Feedback, FeedbackKind
from customer.profiles.queries import Shown, customer_by_id, may_see
from customer.texts import checked_text
from customer.timeline.commands import Entry, keep_own_entries
from kit.database import AsyncSession
from kit.errors import InvalidInput, NotFound
from kit.events import record
from kit.identity import Caller
from kit.models import utcnow, uuid7

LONGEST_COMMENT: Final = 2_000
LONGEST_CODE: Final = 64
CLOCKS_MAY_DIFFER: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a customer says, and about what."""

    kind: FeedbackKind
    score: int
    comment: str | None = None
    channel_code: str | None = None
    touchpoint_id: UUID | None = None
    task_id: UUID | None = None
    campaign_id: UUID | None = None
    given_at: datetime | None = None

    def checked(self) -> dict[str, Any]:
        """Its columns, or InvalidInput."""
        low, high = BOUNDS[self.kind]
        if not low <= self.score <= high:
            raise InvalidInput("score", f"is {low} to {high} for {self.kind.upper()}")
        if self.given_at and self.given_at > utcnow() + CLOCKS_MAY_DIFFER:
            raise InvalidInput("givenAt", "lies in the future")
        comment, code = self.comment, self.channel_code
        return {
            "kind": self.kind,
            "score": self.score,
            "comment": checked_text(comment, "comment", LONGEST_COMMENT) if comment else None,
            "channel_code": checked_text(code, "channelCode", LONGEST_CODE) if code else None,
            "touchpoint_id": self.touchpoint_id,
            "task_id": self.task_id,
            "campaign_id": self.campaign_id,
            "given_at": self.given_at or utcnow(),
        }


async def give_feedback(
    session: AsyncSession, customer_id: UUID, answer: Answer, caller: Caller
) -> Feedback:
    """Take an answer down once; the same again is the same, another one is AlreadyAnswered."""
    told = answer.checked()
    customer = await customer_by_id(session, customer_id)
    if customer is None or not may_see(caller, customer):
        raise NotFound("customer", customer_id)
    row = _row(customer, told, caller)
    statement = insert(table_of(Feedback)).values(row).on_conflict_do_nothing()
    taken = await session.execute(statement.returning(table_of(Feedback).c.id))
    if taken.first() is None:
        return await _as_before(session, customer.id, answer)
    given = Feedback(**row)
    await _tell(session, given)
    return given


def _row(customer: Shown, told: dict[str, Any], caller: Caller) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "created_at": utcnow(),
        "customer_id": customer.id,
        "unit": customer.unit,
        "recorded_by": caller.subject,
        **told,
    }


async def _as_before(session: AsyncSession, customer_id: UUID, answer: Answer) -> Feedback:
    same = or_(
        col(Feedback.touchpoint_id) == answer.touchpoint_id,
        col(Feedback.task_id) == answer.task_id,
    )
    statement = select(Feedback).where(
        col(Feedback.customer_id) == customer_id, col(Feedback.kind) == answer.kind, same
    )
    known = (await session.exec(statement)).first()
    if known is None:
        raise RuntimeError("an answer in the way is gone")
    if known.score != answer.score:
        raise AlreadyAnswered(known.score)
    return known


async def _tell(session: AsyncSession, given: Feedback) -> None:
    event = {
        name: getattr(given, name) for name in FeedbackGiven.model_fields if name != "feedback_id"
    }
    record(session, FeedbackGiven(feedback_id=given.id, **event))
    about = (("channel_code", given.channel_code), ("comment", given.comment))
    entry = Entry(
        id=given.id,
        customer_id=given.customer_id,
        occurred_at=given.given_at,
        kind="feedback",
        channel_code=given.channel_code,
        campaign_id=given.campaign_id,
        title=f"Answered {given.kind.upper()} with {given.score}",
        details=[[name, value] for name, value in about if value],
    )
    await keep_own_entries(session, [entry])

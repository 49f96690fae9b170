"""Answers of a customer, and what they add up to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Text, case, cast, func, select
from sqlmodel import col
from sqlmodel import select as select_model

from customer.entity import table_of
from customer.feedback.models import DETRACTS_TO, PROMOTES_FROM, Feedback, FeedbackKind
from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.paging import Page, page
from kit.units import below

LONGEST_PERIOD: Final = timedelta(days=732)
MOST_GROUPS: Final = 1_000
_columns = table_of(Feedback).c


class FeedbackDimension(StrEnum):
    """What figures of feedback may be told by."""

    UNIT = "unit"
    CHANNEL = "channel"
    CAMPAIGN = "campaign"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which answers to add up: those given from `since` until before `until`."""

    unit: str
    since: datetime
    until: datetime
    channel_code: str | None = None
    campaign_id: UUID | None = None
    by: FeedbackDimension | None = None

    def checked(self) -> "Asked":
        if not self.since < self.until <= self.since + LONGEST_PERIOD:
            raise InvalidInput("until", f"lies up to {LONGEST_PERIOD.days} days after `since`")
        return self


async def feedback_of(
    session: AsyncSession, customer_id: UUID, *, first: int, after: str | None
) -> Page[Feedback]:
    statement = select_model(Feedback).where(col(Feedback.customer_id) == customer_id)
    return await page(session, statement, [col(Feedback.id)], first=first, after=after)


async def figures(session: AsyncSession, asked: Asked) -> list[Any]:
    """A row for each group that has answers, by its key; one without a key if nothing groups."""
    key = GROUPED_BY[asked.by] if asked.by else cast(None, Text)
    conditions = [
        below(_columns.unit, asked.unit),
        _columns.given_at >= asked.since,
        _columns.given_at < asked.until,
    ]
    if asked.channel_code is not None:
        conditions.append(_columns.channel_code == asked.channel_code)
    if asked.campaign_id is not None:
        conditions.append(_columns.campaign_id == asked.campaign_id)
    statement = select(key.label("key"), *SUMS).where(*conditions)
    if asked.by:
        statement = statement.group_by(key).order_by(key).limit(MOST_GROUPS)
    return list((await session.execute(statement)).all())


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


_csat = _columns.kind == FeedbackKind.CSAT
_nps = _columns.kind == FeedbackKind.NPS
SUMS: Final = (
    _count(_csat).label("csat_answers"),
    func.avg(case((_csat, _columns.score))).label("csat_average"),
    _count(_nps).label("nps_answers"),
    _count(_nps & (_columns.score >= PROMOTES_FROM)).label("promoters"),
    _count(_nps & (_columns.score <= DETRACTS_TO)).label("detractors"),
)
GROUPED_BY: Final[dict[FeedbackDimension, ColumnElement[Any]]] = {
    FeedbackDimension.UNIT: _columns.unit,
    FeedbackDimension.CHANNEL: _columns.channel_code,
    FeedbackDimension.CAMPAIGN: cast(_columns.campaign_id, Text),
    FeedbackDimension.MONTH: func.to_char(func.timezone("UTC", _columns.given_at), "YYYY-MM"),
}

"""What is kept when a partner's month of points is settled."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from channel.entity import table_of
from channel.funding.models import FundedMonth
from kit.database import AsyncSession
from kit.events import Heard


class PartnerPointsSettled(Heard):
    """The part of a settlement that a partner is shown."""

    settlement_id: UUID
    partner_code: str
    month: str
    postings: int
    points: int
    amount_minor: int
    currency: str


async def keep_funded_months(session: AsyncSession, events: list[PartnerPointsSettled]) -> None:
    """Each month once: what was settled never changes."""
    kept = {(each.partner_code, each.month, each.currency): each for each in events}
    rows = [
        FundedMonth(
            settlement_id=kept[key].settlement_id,
            partner_code=kept[key].partner_code,
            month=kept[key].month,
            currency=kept[key].currency,
            postings=kept[key].postings,
            points=kept[key].points,
            amount_minor=kept[key].amount_minor,
            created_at=kept[key].event_time,
        ).model_dump()
        for key in sorted(kept)
    ]
    await session.execute(insert(table_of(FundedMonth)).values(rows).on_conflict_do_nothing())

"""Reading the history of consent."""

from uuid import UUID

from sqlmodel import col, select

from customer.consents.models import ConsentRecord
from kit.database import AsyncSession
from kit.paging import Page, page


async def consent_history(
    session: AsyncSession, customer_id: UUID, *, first: int, after: str | None
) -> Page[ConsentRecord]:
    statement = select(ConsentRecord).where(col(ConsentRecord.customer_id) == customer_id)
    return await page(session, statement, [col(ConsentRecord.id)], first=first, after=after)

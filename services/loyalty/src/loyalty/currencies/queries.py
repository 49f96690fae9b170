"""How currencies are looked up."""

from collections.abc import Sequence

from sqlmodel import col, select

from kit.database import AsyncSession
from kit.errors import NotFound
from loyalty.currencies.models import Currency


async def currencies(session: AsyncSession) -> Sequence[Currency]:
    """All of them; a programme has a handful."""
    return (await session.exec(select(Currency).order_by(col(Currency.code)))).all()


async def currency_by_code(session: AsyncSession, code: str) -> Currency:
    """The currency, or NotFound."""
    found = await session.get(Currency, code)
    if found is None:
        raise NotFound("currency", code)
    return found

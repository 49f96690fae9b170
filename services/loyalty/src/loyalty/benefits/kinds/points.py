"""Points: posted to the customer, at what a point is worth."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from kit.database import AsyncSession
from loyalty.benefits.asking import Ask, Given, Kind, Quote, Quotes, as_quoted
from loyalty.benefits.kinds.posting import Credit, credit, debit_all, key_of
from loyalty.benefits.queries import programme
from loyalty.currencies.models import POINTS
from loyalty.points.models import MOST_POINTS


async def quote(session: AsyncSession, asks: Sequence[Ask]) -> dict[UUID, Quote]:
    terms = await programme(session)
    return {each.id: priced(each, terms.point_value_minor, terms.currency) for each in asks}


def priced(ask: Ask, value_minor: int, currency: str) -> Quote:
    if not 0 < ask.points <= MOST_POINTS:
        return Quote(refused=f"points are between 1 and {MOST_POINTS}, not {ask.points}")
    return Quote(ask.points * value_minor, currency)


async def give(session: AsyncSession, asks: Sequence[Ask], quotes: Quotes) -> dict[UUID, Given]:
    credits = [Credit(each, each.customer_id, each.points, POINTS, key_of(each)) for each in asks]
    await credit(session, credits)
    return {each.id: as_quoted(each, quotes, points=each.points) for each in asks}


KIND: Final = Kind(quote, give, debit_all)

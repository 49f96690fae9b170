"""A referral: points for the customer and for whoever they bring, once that one has ordered."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from kit.database import AsyncSession
from loyalty.benefits.asking import Ask, Given, Had, Kind, Quote, Quotes, as_quoted
from loyalty.benefits.kinds.points import priced
from loyalty.benefits.kinds.posting import Credit, credit, debit, key_of
from loyalty.benefits.queries import programme
from loyalty.currencies.models import POINTS

SIDES: Final = 2


async def quote(session: AsyncSession, asks: Sequence[Ask]) -> dict[UUID, Quote]:
    """What both sides get."""
    terms = await programme(session)
    value = SIDES * terms.point_value_minor
    return {each.id: priced(each, value, terms.currency) for each in asks}


async def give(session: AsyncSession, asks: Sequence[Ask], quotes: Quotes) -> dict[UUID, Given]:
    return {each.id: Given(waits=True) for each in asks}


async def reward_both(
    session: AsyncSession, ask: Ask, referred: UUID, committed_minor: int | None
) -> Given:
    """The two get theirs, if what a point is worth by now is still within what was committed."""
    quotes = await quote(session, [ask])
    if committed_minor is not None and quotes[ask.id].cost_minor > committed_minor:
        return Given(refused="a point is worth more by now than was committed for it")
    sides = ((ask.customer_id, key_of(ask)), (referred, _key_of_referred(ask)))
    credits = [Credit(ask, customer, ask.points, POINTS, key) for customer, key in sides]
    await credit(session, credits)
    return as_quoted(ask, quotes, points=SIDES * ask.points)


async def take_back(session: AsyncSession, had: Sequence[Had]) -> dict[UUID, int]:
    """Both give back what they got."""
    keys = [key for each in had for key in (key_of(each.ask), _key_of_referred(each.ask))]
    await debit(session, keys)
    return {each.ask.id: each.cost_minor for each in had}


def _key_of_referred(ask: Ask) -> str:
    return f"{key_of(ask)}:referred"


KIND: Final = Kind(quote, give, take_back)

"""A draw in a lottery, for nothing; what was drawn was drawn."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from kit.database import AsyncSession
from loyalty.benefits.asking import SOURCE, Ask, Given, Kind, Quote, Quotes, nothing_comes_back
from loyalty.benefits.queries import dearest_prizes
from loyalty.lottery.commands import draw
from loyalty.lottery.models.draws import Chance, Drawn


async def quote(session: AsyncSession, asks: Sequence[Ask]) -> dict[UUID, Quote]:
    """What the dearest prize costs: nobody is refused a draw because of what comes out."""
    found = await dearest_prizes(session, (each.reference for each in asks))
    return {
        each.id: found.get(each.reference)
        or Quote(refused=f"there is no lottery {each.reference!r:.66} that is open")
        for each in asks
    }


async def give(session: AsyncSession, asks: Sequence[Ask], quotes: Quotes) -> dict[UUID, Given]:
    chances = [Chance(each.reference, each.customer_id, SOURCE, each.id) for each in asks]
    return {each.source_id: _given(each) for each in await draw(session, chances)}


def _given(answer: Drawn) -> Given:
    if answer.outcome == "refused":
        return Given(refused=answer.reason)
    return Given(cost_minor=answer.cost_minor, currency=answer.currency, note=answer.prize)


KIND: Final = Kind(quote, give, nothing_comes_back)

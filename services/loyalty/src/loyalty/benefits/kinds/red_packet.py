"""A part of a red packet: the next one, whatever is in it; what was taken was taken."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from kit.database import AsyncSession
from loyalty.benefits.asking import SOURCE, Ask, Given, Kind, Quote, Quotes, nothing_comes_back
from loyalty.benefits.queries import largest_parts
from loyalty.red_packets.commands import take_parts
from loyalty.red_packets.models import Grab, Taken


async def quote(session: AsyncSession, asks: Sequence[Ask]) -> dict[UUID, Quote]:
    """What the largest part costs: nobody is refused theirs because it is a large one."""
    costs = await largest_parts(session, (each.reference for each in asks))
    return {
        each.id: Quote(*costs[each.reference])
        if each.reference in costs
        else Quote(refused=f"there is no red packet {each.reference!r:.66} that is open")
        for each in asks
    }


async def give(session: AsyncSession, asks: Sequence[Ask], quotes: Quotes) -> dict[UUID, Given]:
    grabs = [Grab(each.reference, each.customer_id, SOURCE, each.id) for each in asks]
    return {each.source_id: _given(each) for each in await take_parts(session, grabs)}


def _given(answer: Taken) -> Given:
    if answer.outcome != "taken":
        return Given(refused=answer.reason)
    return Given(
        points=answer.amount if answer.wallet == "points" else 0,
        cost_minor=answer.amount_minor,
        currency=answer.currency,
        note=f"part {answer.number}",
    )


KIND: Final = Kind(quote, give, nothing_comes_back)

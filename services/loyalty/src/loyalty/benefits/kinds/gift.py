"""A gift: a reward of the catalogue, by its own terms but its price."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import true

from kit.database import AsyncSession
from loyalty.benefits.asking import SOURCE, Ask, Given, Had, Kind, Quote, Quotes
from loyalty.fulfilments.commands import recall_fulfilments
from loyalty.rewards.commands import hand_out
from loyalty.rewards.commands.withdrawing import withdraw_here
from loyalty.rewards.models import HandedOut, HandOut, Reward
from loyalty.rewards.queries import rewards_by_code


async def quote(session: AsyncSession, asks: Sequence[Ask]) -> dict[UUID, Quote]:
    known = await rewards_by_code(session, (each.reference for each in asks), true())
    return {each.id: _priced(each.reference, known.get(each.reference)) for each in asks}


def _priced(code: str, reward: Reward | None) -> Quote:
    if reward is None:
        return Quote(refused=f"there is no reward {code!r:.66}")
    return Quote(reward.cost_minor, reward.money)


async def give(session: AsyncSession, asks: Sequence[Ask], quotes: Quotes) -> dict[UUID, Given]:
    wanted = [HandOut(each.reference, each.customer_id, SOURCE, each.id) for each in asks]
    return {each.source_id: _given(each) for each in await hand_out(session, wanted)}


def _given(answer: HandedOut) -> Given:
    if answer.outcome != "given":
        return Given(refused=answer.reason or answer.outcome.replace("_", " "))
    return Given(cost_minor=answer.cost_minor, currency=answer.currency, note=answer.title)


async def take_back(session: AsyncSession, had: Sequence[Had]) -> dict[UUID, int]:
    """What is still here is there for others; what the arms have is recalled.

    It comes back when they say that nobody had begun to hand it out; otherwise it stays theirs.
    """
    here = await withdraw_here(session, SOURCE, [each.ask.id for each in had])
    gone = sorted({each.ask.id for each in had} - here)
    await recall_fulfilments(session, [(SOURCE, each) for each in gone])
    return {each.ask.id: each.cost_minor for each in had if each.ask.id in here}


KIND: Final = Kind(quote, give, take_back)

"""A gift: a reward of the catalogue, by its own terms but its price."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import true

from kit.database import AsyncSession
from loyalty.benefits.asking import SOURCE, Ask, Given, Had, Kind, Quote, Quotes
from loyalty.fulfilments.commands import recall_fulfilments
from loyalty.fulfilments.models import FulfilmentState
from loyalty.fulfilments.queries import by_source
from loyalty.rewards.commands import give_back, hand_out
from loyalty.rewards.models import HandedOut, HandOut, Reward
from loyalty.rewards.queries import rewards_by_code
from loyalty.vouchers.commands import withdraw_vouchers
from loyalty.vouchers.queries import vouchers_by_source


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
    back = await take_back_here(session, had)
    gone = [(SOURCE, each.ask.id) for each in had if each.ask.id not in back]
    await recall_fulfilments(session, gone)
    return back


async def take_back_here(session: AsyncSession, had: Sequence[Had]) -> dict[UUID, int]:
    """What is still here is there for others; what the arms have stays the customer's."""
    gone = await _gone(session, [each.ask.id for each in had])
    here = [each for each in had if each.ask.id not in gone]
    await give_back(session, SOURCE, [each.ask.id for each in here])
    return {each.ask.id: each.cost_minor for each in here}


async def _gone(session: AsyncSession, sources: Sequence[UUID]) -> set[UUID]:
    """Where the arms have it, and where its voucher is in use."""
    keys = [(SOURCE, each) for each in sources]
    asked_for = await by_source(session, keys)
    on_its_way = {
        source
        for (_, source), fulfilment in asked_for.items()
        if fulfilment.state != FulfilmentState.FAILED
    }
    vouchers = await vouchers_by_source(session, [(kind, source, 1) for kind, source in keys])
    issued = {source for _, source, _ in vouchers}
    return on_its_way | (issued - await withdraw_vouchers(session, SOURCE, sources))


KIND: Final = Kind(quote, give, take_back)

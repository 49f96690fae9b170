"""Cash-back: credited to the wallet that holds this money; without one, paid by the arms."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from kit.database import AsyncSession
from loyalty.benefits.asking import SOURCE, Ask, Given, Had, Kind, Quote, Quotes, as_quoted
from loyalty.benefits.kinds.posting import Credit, credit, debit, key_of
from loyalty.benefits.queries import postings_by_key, wallet_for_money
from loyalty.fulfilments.commands import request_fulfilments
from loyalty.fulfilments.models import FulfilmentKind, NewFulfilment
from loyalty.points.models import MOST_POINTS


async def quote(session: AsyncSession, asks: Sequence[Ask]) -> dict[UUID, Quote]:
    return {each.id: _priced(each) for each in asks}


def _priced(ask: Ask) -> Quote:
    if not 0 < ask.amount_minor <= MOST_POINTS or not ask.currency:
        return Quote(refused="there is no amount of money to pay back")
    return Quote(ask.amount_minor, ask.currency)


async def give(session: AsyncSession, asks: Sequence[Ask], quotes: Quotes) -> dict[UUID, Given]:
    wallets = await wallet_for_money(session)
    credits = [
        Credit(each, each.customer_id, each.amount_minor, wallets[each.currency], key_of(each))
        for each in asks
        if each.currency in wallets
    ]
    await credit(session, credits)
    await request_fulfilments(
        session, [_payment(each) for each in asks if each.currency not in wallets]
    )
    return {each.id: as_quoted(each, quotes) for each in asks}


def _payment(ask: Ask) -> NewFulfilment:
    return NewFulfilment(
        customer_id=ask.customer_id,
        kind=FulfilmentKind.CASH_BACK,
        title="Cash-back",
        amount_minor=ask.amount_minor,
        currency=ask.currency,
        source_kind=SOURCE,
        source_id=ask.id,
    )


async def take_back(session: AsyncSession, had: Sequence[Had]) -> dict[UUID, int]:
    """What was credited; what the arms pay is paid."""
    credited = await postings_by_key(session, (key_of(each.ask) for each in had))
    await debit(session, list(credited))
    return {each.ask.id: each.cost_minor for each in had if key_of(each.ask) in credited}


KIND: Final = Kind(quote, give, take_back)

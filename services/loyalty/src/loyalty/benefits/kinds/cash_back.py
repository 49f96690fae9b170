"""Cash-back: credited to the customer's wallet of that money."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from kit.database import AsyncSession
from loyalty.benefits.asking import Ask, Given, Kind, Quote, Quotes, as_quoted
from loyalty.benefits.kinds.posting import Credit, credit, debit_all, key_of
from loyalty.benefits.queries import wallet_for_money
from loyalty.points.models import MOST_POINTS


async def quote(session: AsyncSession, asks: Sequence[Ask]) -> dict[UUID, Quote]:
    wallets = await wallet_for_money(session)
    return {each.id: _priced(each, wallets) for each in asks}


def _priced(ask: Ask, wallets: dict[str, str]) -> Quote:
    if not 0 < ask.amount_minor <= MOST_POINTS or not ask.currency:
        return Quote(refused="there is no amount of money to pay back")
    if ask.currency not in wallets:
        return Quote(refused=f"there is no wallet for {ask.currency:.3}")
    return Quote(ask.amount_minor, ask.currency)


async def give(session: AsyncSession, asks: Sequence[Ask], quotes: Quotes) -> dict[UUID, Given]:
    wallets = await wallet_for_money(session)
    credits = [
        Credit(each, each.customer_id, each.amount_minor, wallets[each.currency], key_of(each))
        for each in asks
    ]
    await credit(session, credits)
    return {each.id: as_quoted(each, quotes) for each in asks}


KIND: Final = Kind(quote, give, debit_all)

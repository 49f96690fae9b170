"""A voucher, as a part of a bundle: at the most that it can take off."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from kit.database import AsyncSession
from loyalty.benefits.asking import SOURCE, Ask, Given, Had, Kind, Quote, Quotes, as_quoted
from loyalty.voucher_types.models import VoucherType
from loyalty.voucher_types.queries import types_by_code
from loyalty.vouchers.commands import Issued, NewVoucher, issue_vouchers, withdraw_vouchers


async def quote(session: AsyncSession, asks: Sequence[Ask]) -> dict[UUID, Quote]:
    known = await types_by_code(session, (each.reference for each in asks))
    return {each.id: _priced(each.reference, known.get(each.reference)) for each in asks}


def _priced(code: str, terms: VoucherType | None) -> Quote:
    if terms is None:
        return Quote(refused=f"there is no voucher type {code!r:.66}")
    if terms.worth_minor is None:
        return Quote(refused=f"nobody knows what a voucher of the type {code} may cost at most")
    return Quote(terms.worth_minor, terms.currency)


async def give(session: AsyncSession, asks: Sequence[Ask], quotes: Quotes) -> dict[UUID, Given]:
    wanted = [NewVoucher(each.reference, each.customer_id, SOURCE, each.id) for each in asks]
    issued = {each.source_id: each for each in await issue_vouchers(session, wanted)}
    return {each.id: _given(each, issued[each.id], quotes) for each in asks}


def _given(ask: Ask, issued: Issued, quotes: Quotes) -> Given:
    if issued.code is None:
        return Given(refused=f"its voucher is {(issued.refused or 'missing').replace('_', ' ')}")
    return as_quoted(ask, quotes)


async def take_back(session: AsyncSession, had: Sequence[Had]) -> dict[UUID, int]:
    """What nobody has used yet can't be used any more."""
    withdrawn = await withdraw_vouchers(session, SOURCE, [each.ask.id for each in had])
    return {each.ask.id: each.cost_minor for each in had if each.ask.id in withdrawn}


KIND: Final = Kind(quote, give, take_back)

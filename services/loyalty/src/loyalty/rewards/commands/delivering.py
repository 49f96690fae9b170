"""Delivering what was taken out of stock: vouchers at once, all else through the arms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from kit.database import AsyncSession, whole
from loyalty.accounts.commands import hold_accounts
from loyalty.fulfilments.commands import request_fulfilments
from loyalty.fulfilments.models import FulfilmentKind, NewFulfilment
from loyalty.rewards.models import RewardKind
from loyalty.vouchers.commands import NewVoucher, issue_vouchers

HANDED_OUT_AS: Final = {
    RewardKind.GIFT: FulfilmentKind.GIFT,
    RewardKind.TOP_UP: FulfilmentKind.TOP_UP,
    RewardKind.CASH_BACK: FulfilmentKind.CASH_BACK,
    RewardKind.PARTNER: FulfilmentKind.PARTNER_REWARD,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a customer is to get, as it was when it was kept for them; once per source.

    `value_minor` is the money of all of them.
    """

    customer_id: UUID
    source_kind: str
    source_id: UUID
    kind: str
    reward_code: str
    title: str
    money: str
    value_minor: int | None
    partner_code: str | None
    voucher_type: str | None
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Delivered:
    """It is the customer's (`voucher_id`, the first), asked for (neither), or `refused`."""

    voucher_id: UUID | None = None
    refused: str | None = None


async def hold_members(
    session: AsyncSession, customers: Iterable[UUID], kinds: Iterable[str]
) -> None:
    """Hold the accounts of those who are to have a voucher, before wallets and stock are held."""
    if RewardKind.VOUCHER in set(kinds):
        await hold_accounts(session, customers)


async def deliver(session: AsyncSession, wanted: Sequence[Delivery]) -> dict[UUID, Delivered]:
    """Have each delivered, by its source; a source that was before is delivered no second time."""
    others = [each for each in wanted if each.kind != RewardKind.VOUCHER]
    delivered = {each.source_id: Delivered() for each in others}
    await request_fulfilments(session, [_fulfilment(each) for each in others])
    vouchers = [each for each in wanted if each.kind == RewardKind.VOUCHER]
    single = [_voucher(each) for each in vouchers if each.quantity == 1]
    for issued in await issue_vouchers(session, single) if single else ():
        delivered[issued.source_id] = Delivered(issued.voucher_id, issued.refused)
    for each in vouchers:
        if each.quantity > 1:
            delivered[each.source_id] = await _several(session, each)
    return delivered


class TooFewVouchers(Exception):
    """There are not as many as are wanted, so that none is issued."""


async def _several(session: AsyncSession, delivery: Delivery) -> Delivered:
    """All of them, or none."""
    numbers = range(1, delivery.quantity + 1)
    try:
        async with whole(session):
            issued = await issue_vouchers(session, [_voucher(delivery, each) for each in numbers])
            if refused := next((each.refused for each in issued if each.refused), None):
                raise TooFewVouchers(refused)
    except TooFewVouchers as short:
        return Delivered(refused=str(short))
    return Delivered(issued[0].voucher_id)


def _fulfilment(delivery: Delivery) -> NewFulfilment:
    return NewFulfilment(
        customer_id=delivery.customer_id,
        kind=HANDED_OUT_AS[RewardKind(delivery.kind)],
        title=delivery.title,
        source_kind=delivery.source_kind,
        source_id=delivery.source_id,
        reward_code=delivery.reward_code,
        quantity=delivery.quantity,
        amount_minor=delivery.value_minor or 0,
        currency=delivery.money if delivery.value_minor else "",
        partner_code=delivery.partner_code,
    )


def _voucher(delivery: Delivery, number: int = 1) -> NewVoucher:
    return NewVoucher(
        voucher_type_code=delivery.voucher_type or "",
        customer_id=delivery.customer_id,
        source_kind=delivery.source_kind,
        source_id=delivery.source_id,
        number=number,
    )

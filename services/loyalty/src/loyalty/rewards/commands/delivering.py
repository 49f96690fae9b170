"""Delivering what was taken out of stock: vouchers at once, all else through the arms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from kit.database import AsyncSession
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
    """What a customer is to get, as it was when it was kept for them; once per source."""

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


@dataclass(frozen=True, slots=True)
class Delivered:
    """It is the customer's (`voucher_id`), is asked for (neither), or can't be had (`refused`)."""

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
    vouchers = [each for each in wanted if each.kind == RewardKind.VOUCHER]
    others = [each for each in wanted if each.kind != RewardKind.VOUCHER]
    delivered = {each.source_id: Delivered() for each in others}
    await request_fulfilments(session, [_fulfilment(each) for each in others])
    if vouchers:
        for issued in await issue_vouchers(session, [_voucher(each) for each in vouchers]):
            delivered[issued.source_id] = Delivered(issued.voucher_id, issued.refused)
    return delivered


def _fulfilment(delivery: Delivery) -> NewFulfilment:
    return NewFulfilment(
        customer_id=delivery.customer_id,
        kind=HANDED_OUT_AS[RewardKind(delivery.kind)],
        title=delivery.title,
        source_kind=delivery.source_kind,
        source_id=delivery.source_id,
        reward_code=delivery.reward_code,
        amount_minor=delivery.value_minor or 0,
        currency=delivery.money if delivery.value_minor else "",
        partner_code=delivery.partner_code,
    )


def _voucher(delivery: Delivery) -> NewVoucher:
    return NewVoucher(
        voucher_type_code=delivery.voucher_type or "",
        customer_id=delivery.customer_id,
        source_kind=delivery.source_kind,
        source_id=delivery.source_id,
    )

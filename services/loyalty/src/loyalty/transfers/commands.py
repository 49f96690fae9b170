"""Giving points to another member: two postings, or none."""

from dataclasses import dataclass, replace
from uuid import UUID

import orjson
from sqlalchemy import text

from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.models import uuid7
from loyalty.currencies.models import POINTS, Currency
from loyalty.currencies.queries import currency_by_code
from loyalty.points.commands.posting import post_one
from loyalty.points.commands.spending import by_hand, require_amount
from loyalty.points.models import Posted
from loyalty.points.queries import posting_by_key
from loyalty.transfers.errors import TransferLimitReached
from loyalty.transfers.queries import given_in_a_day

HOLD = text("SELECT hold_wallets(CAST(:wallets AS jsonb))")


@dataclass(frozen=True, slots=True)
class Transfer:
    """What one member wants to give another, and why."""

    giver: UUID
    taker: UUID
    points: int
    reason: str
    key: str
    currency: str = POINTS


async def transfer_points(session: AsyncSession, transfer: Transfer) -> Posted:
    """Give points to another member, those that expire first, with the end they have.

    The giver's posting; the same key transfers once. Raises InvalidInput, NotFound,
    NotEnoughPoints, TransferLimitReached, and IdempotencyKeyReused for other content.
    """
    require_amount(transfer.points)
    if transfer.giver == transfer.taker:
        raise InvalidInput("toAccountId", "is another account than fromAccountId")
    currency = await currency_by_code(session, transfer.currency)
    await _hold(session, transfer)
    if await posting_by_key(session, f"transfer:{transfer.key}") is None:
        await _require_limits(session, transfer, currency)
    giving = by_hand(
        "transfer",
        transfer.giver,
        -transfer.points,
        transfer.reason,
        transfer.key,
        currency=transfer.currency,
        against="transfer",
    )
    given = await post_one(session, giving)
    taking = replace(
        giving,
        id=uuid7(),
        account_id=transfer.taker,
        key=f"take:{transfer.key}",
        points=transfer.points,
        settles=given.posting_id,
    )
    await post_one(session, taking)
    return given


async def _hold(session: AsyncSession, transfer: Transfer) -> None:
    wallets = [
        {"account_id": str(each), "currency": transfer.currency}
        for each in (transfer.giver, transfer.taker)
    ]
    await session.execute(HOLD, {"wallets": orjson.dumps(wallets).decode()})


async def _require_limits(session: AsyncSession, transfer: Transfer, currency: Currency) -> None:
    given = await given_in_a_day(session, transfer.giver, transfer.currency)
    left = max(0, min(currency.transferable, currency.transferable_daily - given))
    if transfer.points > left:
        raise TransferLimitReached(asked=transfer.points, left=left)

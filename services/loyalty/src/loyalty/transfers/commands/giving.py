"""Giving points to another member: two postings, or none."""

from dataclasses import dataclass, replace
from uuid import UUID

import orjson
from sqlalchemy import text

from kit.database import AsyncSession
from kit.errors import InvalidInput, NotFound
from kit.models import uuid7
from kit.personal.erasing import erased_among
from loyalty.accounts.models import PointsAccount
from loyalty.currencies.models import POINTS, Currency
from loyalty.currencies.queries import currency_by_code
from loyalty.fraud.commands import screen
from loyalty.fraud.models import Act, ActKind, Hold
from loyalty.points.commands.posting import post_one
from loyalty.points.commands.spending import by_hand, require_amount
from loyalty.points.models import Posted
from loyalty.points.queries import posting_by_key
from loyalty.transfers.commands.holding import lock_for_review
from loyalty.transfers.errors import TransferLimitReached, TransferRefused
from loyalty.transfers.models import HeldTransfer
from loyalty.transfers.queries import given_in_a_day, held_by_key

HOLD = text("SELECT hold_wallets(CAST(:wallets AS jsonb))")


@dataclass(frozen=True, slots=True)
class Transfer:
    """What one member wants to give another, and why.

    `device` is what the giver uses; `caused_by` the colleague who asks for them.
    """

    giver: UUID
    taker: UUID
    points: int
    reason: str
    key: str
    currency: str = POINTS
    device: str | None = None
    caused_by: str | None = None


async def transfer_points(session: AsyncSession, transfer: Transfer) -> Posted | HeldTransfer:
    """Give points to another member, those that expire first, with the end they have.

    The giver's posting; or what is locked until somebody has looked at it. The same key transfers
    once. Raises InvalidInput, NotFound, NotEnoughPoints, TransferLimitReached, TransferRefused,
    and IdempotencyKeyReused for other content.
    """
    require_amount(transfer.points)
    if transfer.giver == transfer.taker:
        raise InvalidInput("toAccountId", "is another account than fromAccountId")
    currency = await currency_by_code(session, transfer.currency)
    known = await posting_by_key(session, f"transfer:{transfer.key}")
    hold = None if known is not None else await _screened(session, transfer)
    await _hold(session, transfer)
    held = await held_by_key(session, transfer.key)
    if held is not None:
        return held.asked_again(_content(transfer))
    if known is None and await posting_by_key(session, f"transfer:{transfer.key}") is None:
        await _require_limits(session, transfer, currency)
    if hold is not None:
        return await lock_for_review(session, transfer.key, _content(transfer), transfer.caused_by)
    return await make_transfer(session, transfer)


async def make_transfer(session: AsyncSession, transfer: Transfer) -> Posted:
    """Both postings; the giver's. No limit is asked."""
    giving = by_hand(
        "transfer",
        transfer.giver,
        -transfer.points,
        transfer.reason,
        transfer.key,
        currency=transfer.currency,
        against="transfer",
        asked_by=transfer.caused_by,
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


async def _screened(session: AsyncSession, transfer: Transfer) -> Hold | None:
    """Whether it has to wait; TransferRefused if it may not be at all."""
    giver, taker = [await _account(session, each) for each in (transfer.giver, transfer.taker)]
    if await erased_among(session, [taker.customer_id]):
        raise NotFound("points account", taker.id)
    act = Act(
        ActKind.TRANSFER,
        giver.customer_id,
        transfer.key,
        transfer.points,
        transfer.device,
        counterpart=taker.customer_id,
        caused_by=transfer.caused_by,
    )
    hold = (await screen(session, [act]))[act.key]
    if hold is not None and not hold.waits:
        raise TransferRefused
    return hold


async def _account(session: AsyncSession, account_id: UUID) -> PointsAccount:
    found = await session.get(PointsAccount, account_id)
    if found is None:
        raise NotFound("points account", account_id)
    return found


def _content(transfer: Transfer) -> dict[str, object]:
    return {
        "giver_id": transfer.giver,
        "taker_id": transfer.taker,
        "currency": transfer.currency,
        "points": transfer.points,
        "reason": transfer.reason,
    }


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

"""Giving points to another member: two postings, or none."""

from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text

from kit.database import AsyncSession
from kit.errors import InvalidInput, NotFound
from kit.merging.following import stay
from kit.models import uuid7
from kit.personal.erasing import erased_among
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
from loyalty.transfers.queries import Side, accounts_of_today, given_in_a_day, held_by_key

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


class Sides(NamedTuple):
    """The accounts of both as they are today."""

    giver: Side
    taker: Side


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
    await stay(session)
    sides = await _sides(session, transfer)
    known = await posting_by_key(session, f"transfer:{transfer.key}")
    hold = None if known is not None else await _screened(session, transfer, sides)
    await _hold(session, sides, transfer.currency)
    held = await held_by_key(session, transfer.key)
    if held is not None:
        return held.asked_again(_content(transfer))
    if known is None and await posting_by_key(session, f"transfer:{transfer.key}") is None:
        await _require_two(session, sides, transfer)
        await _require_limits(session, sides, transfer, currency)
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


async def _sides(session: AsyncSession, transfer: Transfer) -> Sides:
    """Both as they are today, whichever of their accounts is named; or NotFound."""
    found = await accounts_of_today(session, [transfer.giver, transfer.taker])
    for each in (transfer.giver, transfer.taker):
        if each not in found:
            raise NotFound("points account", each)
    return Sides(found[transfer.giver], found[transfer.taker])


async def _screened(session: AsyncSession, transfer: Transfer, sides: Sides) -> Hold | None:
    """Whether it has to wait; TransferRefused if it may not be at all."""
    act = Act(
        ActKind.TRANSFER,
        sides.giver.customer_id,
        transfer.key,
        transfer.points,
        transfer.device,
        counterpart=sides.taker.customer_id,
        caused_by=transfer.caused_by,
    )
    hold = (await screen(session, [act]))[act.key]
    if hold is not None and not hold.waits:
        raise TransferRefused
    return hold


def _content(transfer: Transfer) -> dict[str, object]:
    return {
        "giver_id": transfer.giver,
        "taker_id": transfer.taker,
        "currency": transfer.currency,
        "points": transfer.points,
        "reason": transfer.reason,
    }


async def _hold(session: AsyncSession, sides: Sides, currency: str) -> None:
    wallets = [{"account_id": str(each.id), "currency": currency} for each in sides]
    await session.execute(HOLD, {"wallets": orjson.dumps(wallets).decode()})


async def _require_two(session: AsyncSession, sides: Sides, transfer: Transfer) -> None:
    if sides.giver.id == sides.taker.id:
        raise InvalidInput("toAccountId", "is another member's than fromAccountId")
    if await erased_among(session, [sides.taker.customer_id]):
        raise NotFound("points account", transfer.taker)


async def _require_limits(
    session: AsyncSession, sides: Sides, transfer: Transfer, currency: Currency
) -> None:
    given = await given_in_a_day(session, sides.giver.id, transfer.currency)
    left = max(0, min(currency.transferable, currency.transferable_daily - given))
    if transfer.points > left:
        raise TransferLimitReached(asked=transfer.points, left=left)

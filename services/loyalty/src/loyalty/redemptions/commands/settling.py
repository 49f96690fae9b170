"""Confirming redemptions, and giving back the points and the reward of those that come to nothing."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text

from kit.database import AsyncSession
from kit.errors import Conflict
from kit.models import utcnow
from kit.schedules import MORE
from loyalty.accounts.queries import account_ids
from loyalty.fulfilments.commands import recall_fulfilments
from loyalty.points.commands.posting import post
from loyalty.points.models import NewPosting
from loyalty.points.queries import reversals_of
from loyalty.redemptions import queries
from loyalty.redemptions.commands.delivering import deliver_redemption, fulfil, fulfil_vouchers
from loyalty.redemptions.commands.telling import tell
from loyalty.redemptions.events import RedemptionConfirmed, RedemptionFailed, RedemptionReleased
from loyalty.redemptions.models import (
    HAD,
    SOURCE,
    Redemption,
    RedemptionReason,
    RedemptionState,
)
from loyalty.reservations.commands import settle_reservations
from loyalty.rewards.commands.delivering import hold_members
from loyalty.rewards.commands.stock import put_back
from loyalty.vouchers.commands.withdrawing import withdraw_if_unused

AT_ONCE: Final = 500
EXTEND: Final = text("UPDATE reservation SET expires_at = :at WHERE id = :reservation")


async def confirm_redemption(
    session: AsyncSession, redemption_id: UUID, asked_by: str | None = None
) -> Redemption:
    """Spend what is locked and have the reward delivered; a repeat changes nothing.

    What can't be delivered any more fails: points and stock come back. Raises NotFound, and
    Conflict for what is released, expired, failed, or waits for a review.
    """
    await _hold_members_of(session, [redemption_id])
    redemption = await queries.redemption_for_update(session, redemption_id)
    if redemption.state in HAD:
        return redemption
    redemption.require_reserved(utcnow())
    return await _confirm(session, redemption, asked_by)


async def _confirm(
    session: AsyncSession, redemption: Redemption, asked_by: str | None = None
) -> Redemption:
    if await deliver_redemption(session, redemption) is not None:
        await _give_back(session, [redemption], RedemptionReason.NO_VOUCHER)
        return redemption
    settled = await settle_reservations(session, "confirm", [redemption.posting_id], asked_by)
    redemption.spent_by = settled[redemption.posting_id].posting_id
    redemption.state, redemption.confirmed_at = RedemptionState.CONFIRMED, utcnow()
    session.add(redemption)
    tell(session, RedemptionConfirmed, redemption)
    fulfil_vouchers(session, [redemption])
    return redemption


async def release_redemption(
    session: AsyncSession, redemption_id: UUID, asked_by: str | None = None
) -> Redemption:
    """Give back what is reserved; a repeat changes nothing.

    Raises NotFound, and Conflict for what was confirmed, has expired or failed.
    """
    redemption = await queries.redemption_for_update(session, redemption_id)
    if redemption.state == RedemptionState.RELEASED:
        return redemption
    if redemption.state != RedemptionState.RESERVED:
        raise Conflict(f"The redemption is {redemption.state}.")
    await _give_back(session, [redemption], RedemptionReason.GIVEN_UP, asked_by)
    return redemption


async def end_redemptions(session: AsyncSession, now: datetime | None = None) -> object:
    """Give back what nobody confirmed in time, a bounded number at once; `MORE` if some are left."""
    due = await queries.redemptions_to_end(session, now or utcnow(), AT_ONCE)
    await _give_back(session, due, RedemptionReason.TIMED_OUT)
    return MORE if len(due) == AT_ONCE else None


async def release_redemptions_of(session: AsyncSession, customers: Iterable[UUID]) -> None:
    """Give back what is reserved for customers who are forgotten."""
    found = await queries.open_redemptions_of(session, customers)
    await _give_back(session, found, RedemptionReason.ERASED)


async def decide_redemptions(
    session: AsyncSession, released: Sequence[UUID], rejected: Sequence[UUID]
) -> None:
    """What somebody has looked at goes on as if nobody had held it, or is given back.

    Of what was let through and is rejected now, so much is taken back as still can be.
    """
    await _hold_members_of(session, [*released, *rejected])
    waiting = await queries.redemptions_for_update(
        session, [*released, *rejected], RedemptionState.RESERVED
    )
    refused = [each for each in waiting if each.id in set(rejected)]
    await _give_back(session, refused, RedemptionReason.REJECTED)
    for each in waiting:
        if each.held and each.state == RedemptionState.RESERVED:
            await _go_on(session, each)
    await _take_back(session, rejected)


async def _take_back(session: AsyncSession, rejected: Sequence[UUID]) -> None:
    """Recall what the arms have not begun to hand out, and vouchers that nobody has used."""
    confirmed = await queries.redemptions_for_update(session, rejected, RedemptionState.CONFIRMED)
    await recall_fulfilments(session, [(SOURCE, each.id) for each in confirmed])
    had = await queries.redemptions_for_update(session, rejected, RedemptionState.FULFILLED)
    unused = [
        each
        for each in had
        if each.voucher_id is not None
        and await withdraw_if_unused(session, SOURCE, each.id, each.quantity)
    ]
    await _give_back(session, unused, RedemptionReason.REJECTED)


async def _hold_members_of(session: AsyncSession, ids: Sequence[UUID]) -> None:
    found = await queries.redemptions_by_id(session, ids)
    customers = (each.customer_id for each in found.values())
    await hold_members(session, customers, {each.kind for each in found.values()})


async def _go_on(session: AsyncSession, redemption: Redemption) -> None:
    redemption.held = False
    session.add(redemption)
    if redemption.at_once:
        await _confirm(session, redemption)
        return
    redemption.expires_at = utcnow() + timedelta(seconds=redemption.seconds)
    asked = {"at": redemption.expires_at, "reservation": redemption.posting_id}
    await session.execute(EXTEND, asked)


async def fulfil_redemptions(session: AsyncSession, ids: Iterable[UUID]) -> None:
    """The arms have handed these out."""
    fulfil(session, await queries.redemptions_for_update(session, ids, RedemptionState.CONFIRMED))


async def fail_redemptions(
    session: AsyncSession,
    ids: Iterable[UUID],
    reason: RedemptionReason = RedemptionReason.NOT_HANDED_OUT,
) -> None:
    """The arms could not hand these out, or were asked not to: points and stock come back."""
    found = await queries.redemptions_for_update(session, ids, RedemptionState.CONFIRMED)
    await _give_back(session, found, reason)


async def _give_back(
    session: AsyncSession,
    redemptions: Sequence[Redemption],
    reason: RedemptionReason,
    asked_by: str | None = None,
) -> None:
    """Points first, then the stock, which everybody wants."""
    if not redemptions:
        return
    returned = await _points_back(session, redemptions, asked_by)
    for each in redemptions:
        each.state, each.reason, each.held = reason.leads_to, reason, False
        each.returned_by, each.ended_at = returned[each.id], utcnow()
        session.add(each)
    await session.flush()
    await put_back(session, SOURCE, [each.id for each in redemptions])
    event = RedemptionFailed if reason.leads_to == RedemptionState.FAILED else RedemptionReleased
    for each in redemptions:
        tell(session, event, each)


async def _points_back(
    session: AsyncSession, redemptions: Sequence[Redemption], asked_by: str | None
) -> dict[UUID, UUID]:
    """What gave back the points of each: locked ones are released, spent ones returned."""
    locked = {each.posting_id: each.id for each in redemptions if each.spent_by is None}
    released = await settle_reservations(session, "release", locked, asked_by)
    back = {locked[posting]: answer.posting_id for posting, answer in released.items()}
    spent = [each for each in redemptions if each.spent_by is not None]
    return back | await _return_spent(session, spent)


async def _return_spent(
    session: AsyncSession, redemptions: Sequence[Redemption]
) -> dict[UUID, UUID]:
    """Somebody may have reversed one by hand before: then that gave the points back."""
    accounts = await account_ids(session, {each.customer_id for each in redemptions})
    returning = [
        NewPosting(
            account_id=accounts[each.customer_id],
            key=f"return:{SOURCE}:{each.id}",
            kind="return",
            points=each.price,
            reason=each.title,
            source_kind=SOURCE,
            source_id=str(each.id),
            currency=each.currency,
            reverses=each.spent_by,
        )
        for each in redemptions
    ]
    await post(session, returning)
    reversals = await reversals_of(session, [each.spent_by for each in redemptions])
    return {each.id: reversals[each.spent_by] for each in redemptions if each.spent_by}

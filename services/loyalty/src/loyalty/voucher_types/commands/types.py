"""Voucher types are drafted, activated by somebody else, and ended."""

from typing import Any

from sqlalchemy import text
from structlog import get_logger

from kit.database import AsyncSession
from kit.errors import Conflict, InvalidInput
from kit.models import utcnow, uuid7
from kit.units import lies_below
from loyalty.tiers.queries import require_tiers
from loyalty.voucher_types.errors import OwnVoucherType
from loyalty.voucher_types.models import VoucherTaken, VoucherType, VoucherTypeState
from loyalty.voucher_types.queries import type_to_change, types_by_code, types_by_single_code

log = get_logger(__name__)
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('voucher_type', 0))")


async def draft_type(
    session: AsyncSession, terms: dict[str, Any], unit: str, by: str
) -> VoucherType:
    """Write a voucher type; a draft that is there already is written anew.

    Raises InvalidInput, and Conflict for a code that was activated before.
    """
    await session.execute(ONE_AT_A_TIME)
    await _require_free(session, terms)
    known = (await types_by_code(session, [terms["code"]])).get(terms["code"])
    if known is None:
        known = VoucherType(**terms, id=uuid7(), drafted_by=by)
    elif known.state != VoucherTypeState.DRAFT or not lies_below(known.unit, unit):
        raise Conflict(f"There is a voucher type {known.code} that stands; take another code.")
    for name, value in terms.items():
        setattr(known, name, value)
    known.drafted_by = by
    session.add(known)
    await session.flush()
    return known


async def _require_free(session: AsyncSession, terms: dict[str, Any]) -> None:
    if terms["lowest_tier"] is not None:
        await require_tiers(session, "lowestTier", [terms["lowest_tier"]])
    if terms["single_code"] is not None:
        found = await types_by_single_code(session, [terms["single_code"]])
        if any(each.code != terms["code"] for each in found.values()):
            raise InvalidInput("singleCode", "is the code of another voucher type")


async def activate_type(session: AsyncSession, code: str, unit: str, by: str) -> VoucherType:
    """Let a draft's vouchers be made, issued and redeemed.

    Raises NotFound, Conflict and OwnVoucherType.
    """
    draft = await type_to_change(session, code, unit)
    if draft.state != VoucherTypeState.DRAFT:
        raise Conflict(f"The voucher type {code} is {draft.state}.")
    if draft.drafted_by == by:
        raise OwnVoucherType
    now = utcnow()
    if draft.valid_until is not None and draft.valid_until <= now:
        raise Conflict("Its time is over; draft it anew.")
    draft.state, draft.activated_by, draft.activated_at = VoucherTypeState.LIVE, by, now
    session.add(draft)
    if draft.most_redemptions is not None:
        session.add(VoucherTaken(type_id=draft.id, most=draft.most_redemptions))
    await session.flush()
    log.info("voucher_type_activated", code=code)
    return draft


async def end_type(session: AsyncSession, code: str, unit: str) -> VoucherType:
    """No more vouchers are made or issued and its public code is refused; issued ones stay good.

    Again changes nothing. Raises NotFound, and Conflict for a draft.
    """
    found = await type_to_change(session, code, unit)
    if found.state == VoucherTypeState.DRAFT:
        raise Conflict(f"The voucher type {code} is a draft.")
    if found.state == VoucherTypeState.LIVE:
        found.state, found.ended_at = VoucherTypeState.ENDED, utcnow()
        session.add(found)
        await session.flush()
        log.info("voucher_type_ended", code=code)
    return found

"""Whether a voucher may be used by a customer now, whatever is in the cart."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from loyalty.voucher_types.models import VoucherType, VoucherTypeState
from loyalty.vouchers.models import Voucher, VoucherState
from loyalty.vouchers.reasons import VoucherReason

BY_STATE: Final = {
    VoucherState.RESERVED: VoucherReason.RESERVED,
    VoucherState.REDEEMED: VoucherReason.REDEEMED,
    VoucherState.EXPIRED: VoucherReason.EXPIRED,
    VoucherState.WITHDRAWN: VoucherReason.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who is buying: their unit, tier and segments, and how often they used which type.

    `used_up` are the types of which nobody may use any more; `partner` is whose till it is.
    """

    customer_id: UUID
    unit: str
    currency: str
    tier: str
    thresholds: Mapping[str, int]
    segments: frozenset[str]
    used: Mapping[UUID, int]
    used_up: frozenset[UUID]
    partner: str | None = None

    def reaches(self, tier: str) -> bool:
        return self.thresholds.get(self.tier, 0) >= self.thresholds[tier]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A code as it was asked for, and what it stands for, if anything."""

    asked: str
    terms: VoucherType | None
    voucher: Voucher | None

    @property
    def identity(self) -> UUID | None:
        """The same for two spellings of one code."""
        if self.voucher is not None:
            return self.voucher.id
        return None if self.terms is None else self.terms.id


def not_for(candidate: Candidate, buyer: Buyer, now: datetime) -> VoucherReason | None:
    """Why the buyer may not use it now; None if they may."""
    terms, voucher = candidate.terms, candidate.voucher
    if terms is None or (voucher is not None and voucher.pooled and voucher.customer_id is None):
        return VoucherReason.UNKNOWN
    if voucher is not None and voucher.customer_id not in (None, buyer.customer_id):
        return VoucherReason.SOMEBODY_ELSES
    if voucher is not None and voucher.state != VoucherState.OPEN:
        return BY_STATE[VoucherState(voucher.state)]
    reasons = (*_of_its_time(terms, voucher, now), *_of_buyer(terms, buyer))
    return next((reason for reason, holds in reasons if holds), None)


def _of_its_time(
    terms: VoucherType, voucher: Voucher | None, now: datetime
) -> Iterator[tuple[VoucherReason, bool]]:
    """What was issued or printed stays good when its type is ended."""
    yield VoucherReason.NOT_LIVE, terms.state == VoucherTypeState.DRAFT
    yield VoucherReason.ENDED, voucher is None and terms.state == VoucherTypeState.ENDED
    yield VoucherReason.NOT_YET_VALID, terms.valid_from is not None and now < terms.valid_from
    ends = terms.valid_until if voucher is None else voucher.expires_at
    yield VoucherReason.EXPIRED, ends is not None and ends <= now


def _of_buyer(terms: VoucherType, buyer: Buyer) -> Iterator[tuple[VoucherReason, bool]]:
    in_unit = buyer.unit == terms.unit or buyer.unit.startswith(f"{terms.unit}.")
    yield VoucherReason.NOT_AT_THIS_TILL, not terms.is_accepted_by(buyer.partner)
    yield VoucherReason.OTHER_UNIT, not in_unit
    yield VoucherReason.OTHER_CURRENCY, terms.currency != buyer.currency
    too_low = terms.lowest_tier is not None and not buyer.reaches(terms.lowest_tier)
    yield VoucherReason.TIER_TOO_LOW, too_low
    outside = bool(terms.segments) and buyer.segments.isdisjoint(terms.segments)
    yield VoucherReason.NOT_IN_SEGMENT, outside
    most = terms.most_per_customer
    too_often = most is not None and buyer.used.get(terms.id, 0) >= most
    yield VoucherReason.USED_UP_BY_CUSTOMER, too_often
    yield VoucherReason.USED_UP, terms.id in buyer.used_up

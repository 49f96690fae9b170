"""Why vouchers are not reserved or redeemed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kit.errors import DomainError, TooManyRequests
from loyalty.vouchers.reasons import VoucherReason

SAID: Final = {
    VoucherReason.UNKNOWN: "There is no such code.",
    VoucherReason.SOMEBODY_ELSES: "It was issued to another customer.",
    VoucherReason.REPEATED: "It was asked for twice.",
    VoucherReason.NOT_LIVE: "Its terms are a draft.",
    VoucherReason.ENDED: "It has been ended.",
    VoucherReason.NOT_YET_VALID: "It is not valid yet.",
    VoucherReason.EXPIRED: "It is not valid any more.",
    VoucherReason.RESERVED: "It is reserved for another order.",
    VoucherReason.REDEEMED: "It has been used.",
    VoucherReason.WITHDRAWN: "It has been withdrawn.",
    VoucherReason.USED_UP: "It has been used as often as it may be.",
    VoucherReason.USED_UP_BY_CUSTOMER: "The customer has used it as often as one may.",
    VoucherReason.NOT_AT_THIS_TILL: "It is not accepted at this till.",
    VoucherReason.OTHER_UNIT: "It is not for the customer's unit.",
    VoucherReason.TIER_TOO_LOW: "It takes a higher tier.",
    VoucherReason.NOT_IN_SEGMENT: "It is for other customers.",
    VoucherReason.OTHER_CURRENCY: "It is for another currency.",
    VoucherReason.ORDER_TOO_SMALL: "The order is too small for it.",
    VoucherReason.NO_MATCHING_PRODUCT: "Nothing in the order is what it is for.",
    VoucherReason.NOT_WITH_OTHERS: "It can't be used together with the others.",
    VoucherReason.SAME_GROUP: "Another one of its group comes before it.",
    VoucherReason.NOTHING_LEFT: "The others leave nothing to take off.",
}


@dataclass(frozen=True, slots=True)
class VoucherRefused:
    """A code that was asked for, and why it takes nothing off."""

    code: str
    reason: VoucherReason

    @property
    def message(self) -> str:
        return SAID[self.reason]


class VouchersDoNotApply(DomainError):
    """Of the codes asked for some take nothing off: none of them is taken."""

    refused: Sequence[VoucherRefused]

    def __init__(self, refused: Sequence[VoucherRefused]) -> None:
        words = " ".join(f"{each.code}: {each.message}" for each in refused)
        super().__init__(words, refused=refused)


class TooManyWrongCodes(TooManyRequests):
    """Somebody has asked for too many codes that do not exist."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(
            f"Too many wrong codes were tried; wait until {retry_at:%H:%M} UTC.", retry_at
        )

"""Why a code takes nothing off."""

from enum import StrEnum


class VoucherReason(StrEnum):
    UNKNOWN = "unknown"
    SOMEBODY_ELSES = "somebody_elses"
    REPEATED = "repeated"
    NOT_LIVE = "not_live"
    ENDED = "ended"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    RESERVED = "reserved"
    REDEEMED = "redeemed"
    WITHDRAWN = "withdrawn"
    USED_UP = "used_up"
    USED_UP_BY_CUSTOMER = "used_up_by_customer"
    NOT_AT_THIS_TILL = "not_at_this_till"
    OTHER_UNIT = "other_unit"
    TIER_TOO_LOW = "tier_too_low"
    NOT_IN_SEGMENT = "not_in_segment"
    OTHER_CURRENCY = "other_currency"
    ORDER_TOO_SMALL = "order_too_small"
    NO_MATCHING_PRODUCT = "no_matching_product"
    NOT_WITH_OTHERS = "not_with_others"
    SAME_GROUP = "same_group"
    NOTHING_LEFT = "nothing_left"

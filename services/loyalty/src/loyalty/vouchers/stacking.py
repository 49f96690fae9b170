"""Which vouchers take how much off an order together: pure arithmetic, to the last fen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from loyalty.voucher_types.models import (
    WHOLE,
    VoucherDiscount,
    VoucherStacking,
    VoucherType,
)
from loyalty.vouchers.reasons import VoucherReason

AT_SAME_PRIORITY: Final = {
    VoucherDiscount.FREE_PRODUCT: 0,
    VoucherDiscount.PERCENTAGE: 1,
    VoucherDiscount.FIXED: 2,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order: `amount_minor` is for the whole quantity."""

    product_code: str
    quantity: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Applied:
    """What the voucher at `index` takes off in all, of what, and off each line."""

    index: int
    base_minor: int
    discount_minor: int
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stacked:
    """What applies, in that order, and why the others don't, by their index."""

    applied: Sequence[Applied]
    refused: Mapping[int, VoucherReason]

    @property
    def discount_minor(self) -> int:
        return sum(each.discount_minor for each in self.applied)


def stack(lines: Sequence[Line], wanted: Mapping[int, VoucherType]) -> Stacked:
    """One voucher after the other, each off what those before it have left of the lines.

    The highest priority comes first, then free products, percentages, fixed sums, then by code.
    Percentages are rounded down to a whole minor unit.
    """
    left = [each.amount_minor for each in lines]
    applied: list[Applied] = []
    refused: dict[int, VoucherReason] = {}
    for index in sorted(wanted, key=lambda index: _place(wanted[index], index)):
        terms = wanted[index]
        reason = _keeps_apart(terms, [wanted[each.index] for each in applied])
        reason = reason or _does_not_fit(terms, lines)
        base = _open(terms, lines, left)
        taken = _spread(_discount(terms, lines, base), base)
        if reason is None and not any(taken):
            reason = VoucherReason.NOTHING_LEFT
        if reason is not None:
            refused[index] = reason
            continue
        left = [each - off for each, off in zip(left, taken, strict=True)]
        applied.append(Applied(index, sum(base), sum(taken), tuple(taken)))
    return Stacked(applied, refused)


def _place(terms: VoucherType, index: int) -> tuple[int, int, str, int]:
    kind = AT_SAME_PRIORITY[VoucherDiscount(terms.discount)]
    return (-terms.priority, kind, terms.code, index)


def _keeps_apart(terms: VoucherType, before: Sequence[VoucherType]) -> VoucherReason | None:
    exclusive = any(each.stacking == VoucherStacking.EXCLUSIVE for each in (*before, terms))
    if before and exclusive:
        return VoucherReason.NOT_WITH_OTHERS
    if any(each.stack_group == terms.stack_group for each in before):
        return VoucherReason.SAME_GROUP
    return None


def _does_not_fit(terms: VoucherType, lines: Sequence[Line]) -> VoucherReason | None:
    if sum(each.amount_minor for each in lines) < terms.lowest_order_minor:
        return VoucherReason.ORDER_TOO_SMALL
    if not any(terms.concerns(each.product_code) for each in lines):
        return VoucherReason.NO_MATCHING_PRODUCT
    return None


def _open(terms: VoucherType, lines: Sequence[Line], left: Sequence[int]) -> list[int]:
    """What is left of the lines it may take from: of a free product one line, the dearest."""
    fits = [terms.concerns(each.product_code) for each in lines]
    if terms.discount == VoucherDiscount.FREE_PRODUCT and any(fits):
        prices = [each.amount_minor // each.quantity for each in lines]
        dearest = max(
            (place for place, fit in enumerate(fits) if fit),
            key=lambda place: (min(prices[place], left[place]), -place),
        )
        fits = [place == dearest for place in range(len(lines))]
    return [amount if fit else 0 for amount, fit in zip(left, fits, strict=True)]


def _discount(terms: VoucherType, lines: Sequence[Line], base: Sequence[int]) -> int:
    if terms.discount == VoucherDiscount.FIXED:
        wanted = terms.amount_minor or 0
    elif terms.discount == VoucherDiscount.PERCENTAGE:
        wanted = sum(base) * (terms.basis_points or 0) // WHOLE
    else:
        wanted = max(
            (
                each.amount_minor // each.quantity
                for each, open_ in zip(lines, base, strict=True)
                if open_
            ),
            default=0,
        )
    most = wanted if terms.most_minor is None else terms.most_minor
    return min(wanted, most, sum(base))


def _spread(discount: int, base: Sequence[int]) -> list[int]:
    """Off each line in proportion to it; the fen that rounding leaves go where most was cut off."""
    whole = sum(base)
    if not discount:
        return [0] * len(base)
    shares = [discount * each // whole for each in base]
    cut = [discount * each % whole for each in base]
    places = sorted(range(len(base)), key=lambda place: (-cut[place], place))
    for place in places[: discount - sum(shares)]:
        shares[place] += 1
    return shares

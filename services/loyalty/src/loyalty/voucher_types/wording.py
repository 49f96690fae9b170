"""What a voucher takes off and when, in words that a customer understands."""

from kit.currencies import amount, decimal
from loyalty.voucher_types.models import VoucherDiscount, VoucherStacking, VoucherType


def terms_in_words(terms: VoucherType) -> str:
    """What it takes off, from when on, and beside what."""
    words = _taken_off(terms)
    if terms.products:
        words += f" {', '.join(terms.products)}"
    if terms.excluded_products:
        words += f", not off {', '.join(terms.excluded_products)}"
    if terms.lowest_order_minor:
        words += f", on orders from {amount(terms.lowest_order_minor, terms.currency)}"
    if terms.lowest_tier is not None:
        words += f", from the tier {terms.lowest_tier}"
    if terms.stacking == VoucherStacking.EXCLUSIVE:
        words += ", with no other voucher"
    return words


def _taken_off(terms: VoucherType) -> str:
    most = (
        ""
        if terms.most_minor is None
        else f" (at most {decimal(terms.most_minor, terms.currency)})"
    )
    of = " off" if terms.products or terms.excluded_products else " off the order"
    if terms.discount == VoucherDiscount.FIXED:
        return f"{amount(terms.amount_minor or 0, terms.currency)}{of}"
    if terms.discount == VoucherDiscount.PERCENTAGE:
        return f"{(terms.basis_points or 0) / 100:g}%{of}{most}"
    return f"One {terms.free_product} free{most}"

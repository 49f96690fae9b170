"""What vouchers take off together: stated order, exact sums, never a negative price."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.voucher_types.models import WHOLE, VoucherDiscount, VoucherStacking, VoucherType
from loyalty.vouchers.reasons import VoucherReason
from loyalty.vouchers.stacking import Line, Stacked, stack

PRODUCTS = ("plan", "phone", "case")
CART = [Line("plan", 1, 10_000), Line("phone", 2, 50_001), Line("case", 3, 1_000)]
lines = st.lists(
    st.builds(
        Line,
        product_code=st.sampled_from(PRODUCTS),
        quantity=st.integers(1, 5),
        amount_minor=st.integers(0, 100_000) | st.just(10**12),
    ),
    min_size=1,
    max_size=5,
)


def terms(code: str, discount: str, **more: Any) -> VoucherType:
    given = {"stack_group": code, "currency": "CNY", "name": code, "unit": "hq", "coding": "unique"}
    return VoucherType(code=code, discount=discount, **(given | more))


def percent(code: str, share: int, **more: Any) -> VoucherType:
    return terms(code, "percentage", basis_points=share * 100, **more)


def fixed(code: str, amount: int, **more: Any) -> VoucherType:
    return terms(code, "fixed", amount_minor=amount, **more)


def free(code: str, product: str, **more: Any) -> VoucherType:
    return terms(code, "free_product", free_product=product, **more)


@st.composite
def types(draw: st.DrawFn) -> VoucherType:
    """Any terms, with groups few enough to meet."""
    discount = draw(st.sampled_from(VoucherDiscount))
    own: dict[VoucherDiscount, dict[str, Any]] = {
        VoucherDiscount.FIXED: {"amount_minor": draw(st.integers(1, 150_000))},
        VoucherDiscount.PERCENTAGE: {"basis_points": draw(st.integers(1, WHOLE))},
        VoucherDiscount.FREE_PRODUCT: {"free_product": draw(st.sampled_from(PRODUCTS))},
    }
    most = st.none() if discount == VoucherDiscount.FIXED else st.none() | st.integers(1, 20_000)
    some = st.lists(st.sampled_from(PRODUCTS), max_size=2, unique=True)
    return terms(
        draw(st.text("abc", min_size=1, max_size=3)),
        discount,
        **own[discount],
        most_minor=draw(most),
        products=[] if discount == VoucherDiscount.FREE_PRODUCT else draw(some),
        excluded_products=draw(some),
        lowest_order_minor=draw(st.just(0) | st.integers(0, 200_000)),
        priority=draw(st.integers(-2, 2)),
        stack_group=draw(st.sampled_from("xyz")),
        stacking=draw(st.sampled_from([*VoucherStacking, VoucherStacking.WITH_OTHERS])),
    )


def asked(*wanted: VoucherType) -> dict[int, VoucherType]:
    return dict(enumerate(wanted))


def amounts(stacked: Stacked) -> list[tuple[int, int, int]]:
    return [(each.index, each.base_minor, each.discount_minor) for each in stacked.applied]


def test_forty_and_seventy_percent_are_not_free_as_each_is_taken_off_what_is_left() -> None:
    found = stack([Line("plan", 1, 10_000)], asked(percent("a", 40), percent("b", 70)))

    assert amounts(found) == [(0, 10_000, 4_000), (1, 6_000, 4_200)]


def test_percentages_come_before_fixed_sums_unless_priority_says_otherwise() -> None:
    cart = [Line("plan", 1, 10_000)]

    by_kind = stack(cart, asked(fixed("a", 1_000), percent("b", 20)))
    by_priority = stack(cart, asked(fixed("a", 1_000, priority=1), percent("b", 20)))

    assert amounts(by_kind) == [(1, 10_000, 2_000), (0, 8_000, 1_000)]
    assert amounts(by_priority) == [(0, 10_000, 1_000), (1, 9_000, 1_800)]


def test_a_discount_is_spread_over_its_lines_to_the_last_fen() -> None:
    (off,) = stack(CART, asked(fixed("a", 1_000, excluded_products=["case"]))).applied
    (third,) = stack([Line("plan", 1, 1)] * 3, asked(percent("b", 67))).applied

    assert off.lines == (167, 833, 0)
    assert (third.discount_minor, third.lines) == (2, (1, 1, 0))


def test_a_free_product_is_one_piece_of_it() -> None:
    found = stack(CART, asked(free("a", "phone"), free("b", "case", most_minor=300)))
    missing = stack(CART, asked(free("a", "tablet")))

    assert [each.lines for each in found.applied] == [(0, 25_000, 0), (0, 0, 300)]
    assert missing.refused == {0: VoucherReason.NO_MATCHING_PRODUCT}


def test_exclusive_ones_stand_alone_and_of_a_group_one_counts() -> None:
    alone = percent("a", 10, stacking="exclusive", priority=5)
    late = percent("d", 10, stacking="exclusive", priority=-5)
    beside = [percent("b", 10, stack_group="g"), percent("c", 20, stack_group="g")]

    first = stack(CART, asked(*beside, alone))
    grouped = stack(CART, asked(*beside, late))

    assert [each.index for each in first.applied] == [2]
    assert set(first.refused.values()) == {VoucherReason.NOT_WITH_OTHERS}
    assert [each.index for each in grouped.applied] == [0]
    assert grouped.refused == {1: VoucherReason.SAME_GROUP, 2: VoucherReason.NOT_WITH_OTHERS}


@given(cart=lines, wanted=st.lists(types(), min_size=1, max_size=5), data=st.data())
@settings(max_examples=200)
def test_whatever_is_stacked_the_sums_are_exact_and_no_price_falls_below_zero(
    cart: list[Line], wanted: list[VoucherType], data: st.DataObject
) -> None:
    found = stack(cart, asked(*wanted))

    left = [each.amount_minor for each in cart]
    for each in found.applied:
        of = wanted[each.index]
        fits = [of.concerns(line.product_code) for line in cart]
        base = sum(amount for amount, fit in zip(left, fits, strict=True) if fit)
        left = [amount - off for amount, off in zip(left, each.lines, strict=True)]
        assert sum(each.lines) == each.discount_minor > 0
        assert all(fit or not off for fit, off in zip(fits, each.lines, strict=True))
        assert each.discount_minor <= min(of.worth_minor or base, base)
        if of.discount == VoucherDiscount.PERCENTAGE:
            whole = base * (of.basis_points or 0) // WHOLE
            assert each.discount_minor == min(whole, of.most_minor or whole)
        if of.discount == VoucherDiscount.FIXED:
            assert each.discount_minor == min(of.amount_minor or 0, base)
    assert min(left) >= 0
    assert sum(left) == sum(each.amount_minor for each in cart) - found.discount_minor
    together = [wanted[each.index] for each in found.applied]
    assert len({each.stack_group for each in together}) == len(together)
    assert len(together) == 1 or all(each.stacking == "with_others" for each in together)
    assert {each.index for each in found.applied} | found.refused.keys() == {*range(len(wanted))}
    order = data.draw(st.permutations(range(len(wanted))))
    assert stack(cart, {index: wanted[index] for index in order}) == found

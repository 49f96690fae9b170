"""Currencies are the published ones, but for what nobody pays with, and written as published."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency

from kit.currencies import CURRENCIES, DECIMALS, amount, decimal
from kit.errors import InvalidInput
from kit.written import checked_currency

LEFT_OUT = {
    "of reckoning, in which nobody is paid": {"CHE", "CHW", "CLF", "COU", "UYI", "UYW", "VED"},
    "funds and money between banks": {"BOV", "MXV", "USN", "XAD", "XDR", "XSU", "XUA"},
    "metals": {"XAG", "XAU", "XPD", "XPT"},
    "bonds": {"XBA", "XBB", "XBC", "XBD"},
    "for tests, and for none": {"XTS", "XXX"},
}


def test_every_currency_is_published_and_every_published_one_is_taken_or_left_out_for_a_reason():
    published = {each.code for each in Currency}

    assert CURRENCIES | set().union(*LEFT_OUT.values()) == published
    assert CURRENCIES.isdisjoint(set().union(*LEFT_OUT.values()))


@pytest.mark.parametrize("written", ["XXX", "XAU", "DEM", "cny", "CNY ", "ABC", ""])
def test_what_names_no_money_that_people_pay_with_is_refused_by_its_field(written):
    assert checked_currency("CNY") == "CNY"

    with pytest.raises(InvalidInput) as refused:
        checked_currency(written, "price.currency")

    assert refused.value.field == "price.currency"


def test_money_is_written_with_as_many_decimals_as_are_published_for_it():
    published = {each.code: each.exponent for each in Currency if each.code in CURRENCIES}

    assert {code: DECIMALS.get(code, 2) for code in CURRENCIES} == published


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (128_000, "CNY", "1,280.00 CNY"),
        (128_000, "JPY", "128,000 JPY"),
        (128_000, "KWD", "128.000 KWD"),
        (-5, "CNY", "-0.05 CNY"),
        (-5, "KWD", "-0.005 KWD"),
        (0, "JPY", "0 JPY"),
        (128_000, None, "1,280.00"),
    ],
)
def test_amounts_are_written_as_their_money_is(minor, currency, written):
    assert amount(minor, currency) == written


@given(st.integers(-(10**12), 10**12), st.sampled_from([None, "CNY", "JPY", "KWD"]))
def test_amounts_are_written_so_that_they_can_be_read_back(minor, currency):
    shift = 10 ** DECIMALS.get(currency or "", 2)

    assert round(float(decimal(minor, currency).replace(",", "")) * shift) == minor

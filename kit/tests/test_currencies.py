"""The list of currencies is the published one, but for what nobody pays with."""

import pytest
from iso4217 import Currency

from kit.currencies import CURRENCIES
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

"""What a marketer writes to draft a voucher type, and how it is read."""

import re
from datetime import datetime
from typing import Any, Final

import strawberry

from kit.currencies import CURRENCIES
from kit.errors import InvalidInput
from kit.graph.scalars import Long
from kit.models import utcnow
from kit.units import UNIT_PATH
from loyalty.voucher_types import models
from loyalty.voucher_types.models import (
    MOST_MINOR,
    MOST_TAKEN,
    WHOLE,
    VoucherCoding,
    VoucherDiscount,
    VoucherStacking,
)

CODE: Final = re.compile(r"[a-z0-9_-]{1,40}")
SINGLE: Final = re.compile(r"[A-Z0-9]{4,24}")
SEPARATORS: Final = str.maketrans("", "", " -")
UNIQUE_LENGTH: Final = 12
MOST_LISTED: Final = 50
MOST_DAYS: Final = 3_650
MOST_PRIORITY: Final = 1_000
MOST_EACH: Final = 1_000_000


@strawberry.input(description="A voucher type as it is drafted. What is left out does not limit.")
class DraftVoucherTypeInput:
    code: str = strawberry.field(description="1 to 40 of a-z, 0-9, - and _.")
    name: str = strawberry.field(description="Its name for customers, 1 to 200 characters.")
    unit: str = strawberry.field(description="For customers of this unit's subtree; within yours.")
    coding: models.VoucherCoding = strawberry.field(description="One code for many, or one each.")
    single_code: str | None = strawberry.field(
        default=None,
        description="Of a SINGLE one, and only of it: 4 to 24 letters and digits but not 12, "
        "which is how long unique codes are. Case, spaces and dashes do not count.",
    )
    discount: models.VoucherDiscount = strawberry.field(description="What it takes off.")
    currency: str = strawberry.field(description="For carts in this currency, ISO 4217.")
    amount_minor: Long | None = strawberry.field(
        default=None, description="Of a FIXED one, and only of it: how much, from 1."
    )
    basis_points: int | None = strawberry.field(
        default=None,
        description="Of a PERCENTAGE, and only of it: 1 to 10,000 hundredths of a percent.",
    )
    most_minor: Long | None = strawberry.field(
        default=None, description="Not of a FIXED one: the most it takes off, from 1."
    )
    free_product: str | None = strawberry.field(
        default=None, description="Of a FREE_PRODUCT, and only of it: the product's code."
    )
    lowest_order_minor: Long = strawberry.field(
        default=Long(0),
        description="The cart, before anything is taken off, has to come to as much.",
    )
    products: list[str] = strawberry.field(
        default_factory=list,
        description="Off lines with these up to 50 products alone; not of a FREE_PRODUCT.",
    )
    excluded_products: list[str] = strawberry.field(
        default_factory=list, description="Never off these up to 50 products."
    )
    valid_from: datetime | None = strawberry.field(default=None, description="Good from then on.")
    valid_until: datetime | None = strawberry.field(
        default=None, description="Good until then, which lies ahead."
    )
    days_valid: int | None = strawberry.field(
        default=None,
        description="Of UNIQUE ones: good for so many days from their issue, 1 to 3,650.",
    )
    stacking: models.VoucherStacking = strawberry.field(
        default=VoucherStacking.WITH_OTHERS, description="Beside others or not."
    )
    stack_group: str | None = strawberry.field(
        default=None,
        description="Of one group, only one counts for an order: 1 to 40 of a-z, 0-9, - and _; "
        "left out, the type is a group of its own.",
    )
    priority: int = strawberry.field(
        default=0, description="-1,000 to 1,000; the highest comes first."
    )
    most_redemptions: Long | None = strawberry.field(
        default=None, description="How often in all, 1 to 10^9: exact, also under load."
    )
    most_per_customer: int | None = strawberry.field(
        default=None, description="How often by one customer, from 1."
    )
    lowest_tier: str | None = strawberry.field(
        default=None, description="From this tier of the ladder on: its code."
    )
    segments: list[str] = strawberry.field(
        default_factory=list, description="For who is in one of these up to 50 segments, by code."
    )
    partners: list[str] = strawberry.field(
        default_factory=list,
        description="Of partners, the tills of these up to 50 alone accept it, by code; empty: of "
        "all. Our own accept it anyway.",
    )
    pooled: bool = strawberry.field(
        default=False,
        description="Of UNIQUE ones: issued from batches alone, none when these are used up.",
    )
    by_hand: bool = strawberry.field(
        default=False, description="Of UNIQUE ones: the front line may hand one out."
    )
    returns: bool = strawberry.field(
        default=True, description="Whether a cancelled order gives the voucher back."
    )

    def read(self) -> dict[str, Any]:
        """The columns of the type, or InvalidInput."""
        terms = dict(vars(self))
        if self.single_code is not None:
            terms["single_code"] = self.single_code.upper().translate(SEPARATORS)
        if self.stack_group is None:
            terms["stack_group"] = self.code
        terms |= {"valid_from": self.valid_from, "valid_until": self.valid_until}
        for wrong in (_wrong_names, _wrong_discount, _wrong_limits):
            for field, words in wrong(terms).items():
                if words:
                    raise InvalidInput(field, words)
        return terms


def _wrong_names(terms: dict[str, Any]) -> dict[str, str | None]:
    single, code = terms["single_code"], terms["coding"]
    is_code = single is not None and SINGLE.fullmatch(single) and len(single) != UNIQUE_LENGTH
    right = is_code if code is VoucherCoding.SINGLE else single is None
    return {
        "code": _unless(CODE.fullmatch(terms["code"]), "takes 1 to 40 of a-z, 0-9, - and _"),
        "name": _unless(_is_text(terms["name"]), "takes 1 to 200 printable characters"),
        "unit": _unless(UNIT_PATH.fullmatch(terms["unit"]), "is the path of a unit"),
        "currency": _unless(terms["currency"] in CURRENCIES, "is money of ISO 4217, such as CNY"),
        "singleCode": _unless(
            right, "is 4 to 24 letters and digits, not 12, of a SINGLE one, and only of it"
        ),
        "stackGroup": _unless(
            CODE.fullmatch(terms["stack_group"]), "takes 1 to 40 of a-z, 0-9, - and _"
        ),
        "products": _unless(
            _are_texts(terms["products"])
            and not (terms["products"] and terms["discount"] is VoucherDiscount.FREE_PRODUCT),
            "are up to 50 codes, not of a FREE_PRODUCT",
        ),
        "excludedProducts": _unless(_are_texts(terms["excluded_products"]), "are up to 50 codes"),
    }


def _wrong_discount(terms: dict[str, Any]) -> dict[str, str | None]:
    kind = terms["discount"]
    fixed, share = kind is VoucherDiscount.FIXED, kind is VoucherDiscount.PERCENTAGE
    free = kind is VoucherDiscount.FREE_PRODUCT
    product, lowest = terms["free_product"], terms["lowest_order_minor"]
    return {
        "amountMinor": _only(fixed, terms["amount_minor"], MOST_MINOR, "is from 1, of a FIXED one"),
        "basisPoints": _only(share, terms["basis_points"], WHOLE, "is 1 to 10,000, of PERCENTAGE"),
        "mostMinor": _unless(
            terms["most_minor"] is None or (not fixed and 1 <= terms["most_minor"] <= MOST_MINOR),
            "is from 1, not of a FIXED one",
        ),
        "freeProduct": _unless(
            _is_text(product) if free and product is not None else not free and product is None,
            "is the code of a product, of a FREE_PRODUCT, and only of it",
        ),
        "lowestOrderMinor": _unless(0 <= lowest <= MOST_MINOR, "is from 0"),
    }


def _wrong_limits(terms: dict[str, Any]) -> dict[str, str | None]:
    unique = terms["coding"] is VoucherCoding.UNIQUE
    since, until = terms["valid_from"], terms["valid_until"]
    return {
        "daysValid": _unless(
            _up_to(terms["days_valid"], MOST_DAYS) and (unique or terms["days_valid"] is None),
            "are 1 to 3,650, of UNIQUE ones",
        ),
        "validUntil": _unless(
            until is None or (utcnow() < until and (since is None or since < until)),
            "lies ahead, and comes after validFrom",
        ),
        "priority": _unless(abs(terms["priority"]) <= MOST_PRIORITY, "is -1,000 to 1,000"),
        "mostRedemptions": _unless(_up_to(terms["most_redemptions"], MOST_TAKEN), "is 1 to 10^9"),
        "mostPerCustomer": _unless(_up_to(terms["most_per_customer"], MOST_EACH), "is from 1"),
        "segments": _unless(_are_texts(terms["segments"]), "are up to 50 codes"),
        "partners": _unless(_are_texts(terms["partners"]), "are up to 50 codes"),
        "pooled": _unless(unique or not terms["pooled"], "is of UNIQUE ones"),
        "byHand": _unless(unique or not terms["by_hand"], "is of UNIQUE ones"),
    }


def _only(needed: bool, given: int | None, most: int, wrong: str) -> str | None:
    right = given is not None and 1 <= given <= most if needed else given is None
    return _unless(right, f"{wrong}, and only of it")


def _up_to(given: int | None, most: int) -> bool:
    return given is None or 1 <= given <= most


def _unless(right: object, wrong: str) -> str | None:
    return None if right else wrong


def _is_text(given: str) -> bool:
    return bool(given.strip()) and given.isprintable() and len(given) <= 200


def _are_texts(given: list[str]) -> bool:
    return len(given) <= MOST_LISTED and all(_is_text(each) for each in given)

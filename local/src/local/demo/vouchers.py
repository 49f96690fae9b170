"""Vouchers: a public code, one handed to a customer, and what both take off a cart, also at a partner's till."""

from typing import Any

from local.demo import cast, stage
from local.doors import Doors
from local.problems import Problem

PUBLIC_CODE = "FILMS10"
TYPES: tuple[dict[str, Any], ...] = (
    {
        "code": "films-10",
        "name": "Ten percent off films",
        "coding": "SINGLE",
        "singleCode": PUBLIC_CODE,
        "discount": "PERCENTAGE",
        "basisPoints": 1_000,
        "mostMinor": 2_000,
        "products": ["streaming-plus"],
        "mostRedemptions": 10_000,
        "mostPerCustomer": 1,
    },
    {
        "code": "thank-you",
        "name": "Five yuan, for your patience",
        "coding": "UNIQUE",
        "discount": "FIXED",
        "amountMinor": 500,
        "daysValid": 90,
        "byHand": True,
    },
)
BATCH = 1_000
MAKE = """
mutation ($key: String!, $size: Int!) {
  answer: makeVouchers(voucherTypeCode: "thank-you", size: $size, idempotencyKey: $key) {
    __typename ... on Refusal { message }
  }
}
"""
ISSUE = """
mutation ($customer: UUID!, $key: String!) {
  answer: issueVoucher(customerId: $customer, voucherTypeCode: "thank-you", idempotencyKey: $key) {
    __typename
    ... on VoucherWasIssued { voucher { code } }
    ... on Refusal { message }
  }
}
"""
QUOTE = """
query ($cart: VoucherCartInput!) {
  answer: voucherQuote(cart: $cart) {
    __typename
    ... on VoucherQuote { total { minor } applied { code discount { minor } } }
    ... on Refusal { message }
  }
}
"""


async def offer_vouchers(doors: Doors) -> None:
    """Two types, live, and a batch of codes to print; what is there already stays."""
    for terms in TYPES:
        drafted = {**terms, "unit": cast.UNIT, "currency": "CNY"}
        await stage.change(
            doors,
            "draftVoucherType",
            "DraftVoucherTypeInput",
            "input",
            drafted,
            as_=cast.MARKETER,
        )
        activate = (
            f'mutation {{ answer: activateVoucherType(code: "{terms["code"]}") '
            "{ __typename ... on Refusal { message } } }"
        )
        _require(await doors.graph(activate, as_=cast.APPROVER), "Conflict")
    _require(await doors.graph(MAKE, as_=cast.MARKETER, key="demo", size=BATCH))


async def use_vouchers(doors: Doors, run: str, customer: str) -> dict[str, Any]:
    """Hand the customer one, and ask what it and the public code take off their next order."""
    issued = await doors.graph(
        ISSUE, as_=cast.FRONT_LINE, customer=customer, key=f"{run}-{customer}"
    )
    code = _require(issued)["voucher"]["code"]
    cart = {
        "customerId": customer,
        "currency": "CNY",
        "lines": [{"productCode": "streaming-plus", "amountMinor": 2_900}],
        "codes": [PUBLIC_CODE, code],
    }
    quote = _require(await doors.graph(QUOTE, as_=cast.FRONT_LINE, cart=cart))
    return quote | {"till": await _show_at_a_till(doors, run, code)}


async def _show_at_a_till(doors: Doors, run: str, code: str) -> dict[str, Any]:
    """A partner's till reserves it, and lets go of it: the customer buys nothing there."""
    cart = {
        "currency": "CNY",
        "lines": [{"product": "streaming-plus", "amount_minor": 2_900}],
        "codes": [code],
    }
    reserved = await _at_till(doors, "/v1/vouchers/reserve", cart, f"{run}-{code}")
    return await _at_till(doors, f"/v1/voucher-redemptions/{reserved['id']}/release")


async def _at_till(
    doors: Doors, path: str, content: Any = None, key: str | None = None
) -> dict[str, Any]:
    answer = await doors.rest(
        "loyalty", "POST", path, as_=cast.PARTNER_SYSTEM, content=content, key=key
    )
    said: dict[str, Any] = answer.json()
    if answer.is_error:
        raise Problem(f"The till was refused: {said['detail']}")
    return said


def _require(answered: dict[str, Any], *fine: str) -> dict[str, Any]:
    answer: dict[str, Any] = answered["answer"]
    if "message" in answer and answer["__typename"] not in fine:
        raise Problem(f"Vouchers were refused: {answer['message']}")
    return answer

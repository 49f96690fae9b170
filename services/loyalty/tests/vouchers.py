"""Vouchers as they are drafted, issued, reserved and redeemed, in the words of the tests."""

from typing import Any
from uuid import UUID

import pytest
from services.loyalty.tests.members import Members

from kit.models import uuid7

TAKEN = """ fragment Taken on VoucherRedemption { id state orderAmount { minor }
  discount { minor } total { minor }
  uses { code state discount { minor } lines { minor } voucherType { code } } }"""
REFUSED = """ ... on Refusal { message } ... on InvalidInput { field }
  ... on VouchersDoNotApply { refused { code reason } } ... on TooManyWrongCodes { retryAt } } }"""
QUOTE = """query ($cart: VoucherCartInput!) { answer: voucherQuote(cart: $cart) { __typename
  ... on VoucherQuote { discount { minor } total { minor } lines { minor }
    applied { code base { minor } discount { minor } lines { minor } voucherType { code } }
    refused { code reason message } }
  ... on Refusal { message } ... on InvalidInput { field } ... on TooManyWrongCodes { retryAt } } }"""
RESERVE_VOUCHERS = (
    """mutation ($cart: VoucherCartInput!, $key: String!, $seconds: Int! = 900) {
  answer: reserveVouchers(cart: $cart, idempotencyKey: $key, seconds: $seconds) { __typename
  ... on VouchersWereReserved { redemption { ...Taken } }"""
    + REFUSED
    + TAKEN
)
REDEEM_VOUCHERS = (
    """mutation ($cart: VoucherCartInput!, $key: String!, $order: UUID!) {
  answer: redeemVouchers(cart: $cart, idempotencyKey: $key, orderId: $order) { __typename
  ... on VouchersWereRedeemed { redemption { ...Taken } }"""
    + REFUSED
    + TAKEN
)
REDEEM_RESERVED = (
    """mutation ($id: UUID!, $order: UUID!) {
  answer: redeemReservedVouchers(id: $id, orderId: $order) { __typename
  ... on VouchersWereRedeemed { redemption { ...Taken } } ... on Refusal { message } } }"""
    + TAKEN
)
RELEASE_VOUCHERS = (
    """mutation ($id: UUID!) { answer: releaseVouchers(id: $id) { __typename
  ... on VouchersWereReleased { redemption { ...Taken } } ... on Refusal { message } } }"""
    + TAKEN
)
DRAFT_VOUCHERS = """mutation ($input: DraftVoucherTypeInput!) {
  answer: draftVoucherType(input: $input) { __typename
  ... on VoucherTypeWasDrafted { voucherType { code state words singleCode } }
  ... on Refusal { message } ... on InvalidInput { field } } }"""
ACTIVATE_VOUCHERS = """mutation ($code: String!) { answer: activateVoucherType(code: $code) {
  __typename ... on VoucherTypeWasActivated { voucherType { state } } ... on Refusal { message } } }"""
VOUCHER_FIGURES = """query ($code: String!) { voucherType(code: $code) { figures { made issued redeemed
  returned expired outstanding discount { minor } liability { minor } } } }"""
ISSUE = """mutation ($customer: UUID!, $type: String!, $key: String!) {
  answer: issueVoucher(customerId: $customer, voucherTypeCode: $type, idempotencyKey: $key) {
  __typename ... on VoucherWasIssued { voucher { id code state expiresAt } }
  ... on Refusal { message } } }"""


class Vouchers:
    """What is done with vouchers, through the graph."""

    def __init__(self, members: Members) -> None:
        self.members = members
        token = members.harness.token
        self.operator = members.operator
        self.marketer = token("marketer", subject="ada")
        self.approver = token("approver", subject="bob", scope="approve:finance")

    async def ask(self, query: str, as_: str | None = None, **variables: Any) -> dict[str, Any]:
        data = await self.members.harness.graph(query, as_=as_ or self.operator, **variables)
        answer: dict[str, Any] = data["answer"]
        return answer

    async def draft(self, code: str = "ten", as_: str | None = None, **terms: Any) -> Any:
        asked = {
            "code": code,
            "name": "Something off",
            "unit": "hq",
            "coding": "UNIQUE",
            "discount": "FIXED",
            "currency": "CNY",
            "byHand": terms.get("coding") != "SINGLE",
            **({"amountMinor": 1_000} if "discount" not in terms else {}),
        }
        return await self.ask(DRAFT_VOUCHERS, as_=as_ or self.marketer, input=asked | terms)

    async def a_type(self, code: str = "ten", **terms: Any) -> str:
        drafted = await self.draft(code, **terms)
        assert drafted["__typename"] == "VoucherTypeWasDrafted", drafted
        activated = await self.activate(code)
        assert activated["__typename"] == "VoucherTypeWasActivated", activated
        return code

    async def activate(self, code: str) -> Any:
        return await self.ask(ACTIVATE_VOUCHERS, as_=self.approver, code=code)

    async def issue(self, customer: UUID, type_code: str = "ten", **more: Any) -> Any:
        asked = {"customer": customer, "type": type_code, "key": str(uuid7())}
        return await self.ask(ISSUE, **asked | more)

    async def code(self, customer: UUID, type_code: str = "ten") -> str:
        return str((await self.issue(customer, type_code))["voucher"]["code"])

    @staticmethod
    def cart(customer: UUID, *codes: str, currency: str = "CNY", **lines: int) -> dict[str, Any]:
        """A cart with amounts by product; one plan for 100.00 if none are named."""
        bought = [
            {"productCode": product, "amountMinor": amount}
            for product, amount in (lines or {"plan": 10_000}).items()
        ]
        named = {"customerId": customer, "currency": currency}
        return {**named, "codes": list(codes), "lines": bought}

    async def quote(self, customer: UUID, *codes: str, as_: str | None = None, **lines: Any) -> Any:
        return await self.ask(QUOTE, as_=as_, cart=self.cart(customer, *codes, **lines))

    async def reserve(
        self, customer: UUID, *codes: str, as_: str | None = None, key: str = "", **more: Any
    ) -> Any:
        asked = {"cart": self.cart(customer, *codes), "key": key or str(uuid7()), **more}
        return await self.ask(RESERVE_VOUCHERS, as_=as_, **asked)

    async def redeem(
        self,
        customer: UUID,
        *codes: str,
        order: UUID | None = None,
        as_: str | None = None,
        key: str = "",
    ) -> Any:
        asked = {"cart": self.cart(customer, *codes), "key": key or str(uuid7())}
        return await self.ask(REDEEM_VOUCHERS, as_=as_, order=order or uuid7(), **asked)

    async def redeem_reserved(self, redemption: str, order: UUID, as_: str | None = None) -> Any:
        return await self.ask(REDEEM_RESERVED, as_=as_, id=redemption, order=order)

    async def release(self, redemption: str, as_: str | None = None) -> Any:
        return await self.ask(RELEASE_VOUCHERS, as_=as_, id=redemption)

    async def figures(self, code: str = "ten") -> dict[str, Any]:
        data = await self.members.harness.graph(VOUCHER_FIGURES, as_=self.operator, code=code)
        found: dict[str, Any] = data["voucherType"]["figures"]
        return found

    async def of(self, customer: UUID, as_: str | None = None) -> list[dict[str, Any]]:
        """A customer's vouchers, as the gateway would ask for them."""
        found = await self.members.harness.entity(
            {"__typename": "Customer", "id": str(customer)},
            "vouchers { edges { node { code state voucherType { code words } } } }",
            as_=as_ or self.operator,
        )
        return [edge["node"] for edge in found["vouchers"]["edges"]]


@pytest.fixture
def vouchers(members: Members) -> Vouchers:
    return Vouchers(members)

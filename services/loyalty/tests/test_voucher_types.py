"""A voucher type is worth nothing until a second person says so, and stands from then on."""

from typing import Any

import pytest

from kit.testing.harness import GraphFailed

END = """mutation ($code: String!) { answer: endVoucherType(code: $code) { __typename
  ... on VoucherTypeWasEnded { voucherType { state } } ... on Refusal { message } } }"""
ACTIVATE = """mutation ($code: String!) { answer: activateVoucherType(code: $code) { __typename
  ... on Refusal { message } } }"""
LIST = "{ voucherTypes { edges { node { code state words figures { made } } } } }"
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"code": "Ten off"}, "code"),
    ({"name": " "}, "name"),
    ({"unit": "hq zj"}, "unit"),
    ({"unit": "elsewhere"}, "unit"),
    ({"currency": "XXX"}, "currency"),
    ({"coding": "SINGLE"}, "singleCode"),
    ({"coding": "SINGLE", "singleCode": "234-567-89B-CDF", "byHand": False}, "singleCode"),
    ({"singleCode": "SUMMER10"}, "singleCode"),
    ({"coding": "SINGLE", "singleCode": "SUMMER10", "daysValid": 3}, "daysValid"),
    ({"coding": "SINGLE", "singleCode": "SUMMER10", "pooled": True}, "pooled"),
    ({"amountMinor": 0}, "amountMinor"),
    ({"amountMinor": 2**63 - 1}, "amountMinor"),
    ({"amountMinor": 1, "basisPoints": 100}, "basisPoints"),
    ({"discount": "PERCENTAGE", "basisPoints": 10_001}, "basisPoints"),
    ({"discount": "FREE_PRODUCT"}, "freeProduct"),
    ({"discount": "FREE_PRODUCT", "freeProduct": "a", "products": ["b"]}, "products"),
    ({"mostMinor": 5}, "mostMinor"),
    ({"lowestOrderMinor": -1}, "lowestOrderMinor"),
    ({"lowestTier": "platinum"}, "lowestTier"),
    ({"mostRedemptions": 0}, "mostRedemptions"),
    ({"priority": 1_001}, "priority"),
    (
        {"validFrom": "2099-01-02T00:00:00Z", "validUntil": "2099-01-01T00:00:00Z"},
        "validUntil",
    ),
    ({"validUntil": "2020-01-01T00:00:00Z"}, "validUntil"),
]


async def test_a_type_is_drafted_by_one_activated_by_another_and_stands(
    members: Any, vouchers: Any
) -> None:
    both = members.harness.token("marketer", "approver", subject="ada", scope="approve:finance")
    first = await vouchers.draft(amountMinor=500)
    second = await vouchers.draft(lowestOrderMinor=5_000)

    own = await vouchers.ask(ACTIVATE, as_=both, code="ten")
    await vouchers.ask(ACTIVATE, as_=vouchers.approver, code="ten")
    again = await vouchers.ask(ACTIVATE, as_=vouchers.approver, code="ten")
    late = await vouchers.draft(amountMinor=9_000)

    assert first["voucherType"]["words"] == "5.00 CNY off the order"
    assert second["voucherType"]["words"] == "10.00 CNY off the order, on orders from 50.00 CNY"
    assert own["__typename"] == "OwnVoucherType"
    assert (again["__typename"], late["__typename"]) == ("Conflict", "Conflict")
    (found,) = (await members.harness.graph(LIST, as_=vouchers.marketer))["voucherTypes"]["edges"]
    assert found["node"] == {
        "code": "ten",
        "state": "LIVE",
        "words": second["voucherType"]["words"],
        "figures": {"made": 0},
    }


async def test_what_was_issued_stays_good_when_its_type_is_ended_and_a_public_code_does_not(
    members: Any, vouchers: Any
) -> None:
    customer = await members.register()
    await vouchers.a_type()
    await vouchers.a_type("public", coding="SINGLE", singleCode="SUMMER10")
    code = await vouchers.code(customer)

    ended = [await vouchers.ask(END, code=each) for each in ("ten", "ten", "public")]
    issued = await vouchers.issue(customer)
    answer = await vouchers.quote(customer, code, "SUMMER10")

    assert {each["voucherType"]["state"] for each in ended} == {"ENDED"}
    assert issued["__typename"] == "Conflict"
    assert [each["code"] for each in answer["applied"]] == [code]
    assert [each["reason"] for each in answer["refused"]] == ["ENDED"]


async def test_terms_that_make_no_sense_are_refused_with_the_field_that_is_wrong(
    members: Any, vouchers: Any
) -> None:
    answers = [await vouchers.draft(**{"code": "ten", **terms}) for terms, _ in WRONG]

    assert [each["__typename"] for each in answers] == ["InvalidInput"] * len(WRONG)
    assert [each["field"] for each in answers] == [field for _, field in WRONG]
    assert (await members.harness.graph(LIST, as_=vouchers.marketer))["voucherTypes"]["edges"] == []


async def test_each_public_code_is_of_one_type(members: Any, vouchers: Any) -> None:
    await vouchers.a_type("one", coding="SINGLE", singleCode="summer-10")

    answer = await vouchers.draft("two", coding="SINGLE", singleCode="SUMMER 10")

    assert (answer["__typename"], answer["field"]) == ("InvalidInput", "singleCode")


async def test_a_voucher_is_handed_out_once_per_key_where_the_terms_allow_it(
    members: Any, vouchers: Any
) -> None:
    customer, elsewhere = await members.register(), await members.register(unit="hq.gd")
    await vouchers.a_type(unit="hq.zj")
    await vouchers.a_type("kept", byHand=False)

    answers = [await vouchers.issue(customer, key="k") for _ in range(2)]
    other = await vouchers.issue(elsewhere, key="k")
    refused = [
        (await vouchers.issue(who, what))["__typename"]
        for who, what in ((customer, "kept"), (customer, "nothing"), (elsewhere, "ten"))
    ]

    assert answers[0] == answers[1]
    assert len(await vouchers.of(customer)) == 1
    assert other["__typename"] == "IdempotencyKeyReused"
    assert refused == ["Conflict", "NotFound", "NotFound"]


async def test_each_role_does_its_part(members: Any, vouchers: Any) -> None:
    customer = await members.register()
    await vouchers.a_type()
    token = members.harness.token
    for act in (
        vouchers.draft("two", as_=vouchers.approver),
        vouchers.ask(ACTIVATE, as_=vouchers.marketer, code="ten"),
        vouchers.ask(ACTIVATE, as_=token("approver", scope="approve:business"), code="ten"),
        vouchers.issue(customer, as_=vouchers.marketer),
    ):
        with pytest.raises(GraphFailed) as failed:
            await act
        assert failed.value.codes == ["FORBIDDEN"]

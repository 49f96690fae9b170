"""Vouchers are used as often as their terms say, and what is not used is free again."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed
from loyalty.voucher_types.commands.counting import fold_voucher_figures
from loyalty.vouchers.commands.expiring import expire_vouchers
from loyalty.vouchers.commands.freeing import end_voucher_reservations

SEGMENT_CHANGED = "octoreach.customer.segment.changed.v1"
UNUSED = {
    "made": 1,
    "issued": 1,
    "redeemed": 0,
    "returned": 0,
    "expired": 0,
    "outstanding": 1,
    "discount": {"minor": 0},
    "liability": {"minor": 1_000},
}
USED = UNUSED | {
    "redeemed": 1,
    "outstanding": 0,
    "discount": {"minor": 1_000},
    "liability": {"minor": 0},
}


async def states(vouchers: Any, customer: Any) -> list[str]:
    return [each["state"] for each in await vouchers.of(customer)]


def reasons(answer: Any) -> list[str]:
    return [each["reason"] for each in answer["refused"]]


async def test_a_voucher_is_reserved_then_redeemed_for_its_order(
    members: Any, vouchers: Any
) -> None:
    customer, order = await members.register(), uuid7()
    await vouchers.a_type()
    code = await vouchers.code(customer)

    reserved = (await vouchers.reserve(customer, code.lower().replace("-", " ")))["redemption"]
    elsewhere = await vouchers.quote(customer, code)
    redeemed = await vouchers.redeem_reserved(reserved["id"], order)
    again = await vouchers.redeem_reserved(reserved["id"], order)
    other = await vouchers.redeem_reserved(reserved["id"], uuid7())

    assert (reserved["state"], reserved["total"]) == ("RESERVED", {"minor": 9_000})
    assert reasons(elsewhere) == ["RESERVED"]
    assert redeemed["redemption"]["uses"] == [
        {
            "code": code,
            "state": "REDEEMED",
            "discount": {"minor": 1_000},
            "lines": [{"minor": 1_000}],
            "voucherType": {"code": "ten"},
        }
    ]
    assert again == redeemed
    assert other["__typename"] == "Conflict"
    assert await states(vouchers, customer) == ["REDEEMED"]
    (told,) = await members.announced("voucher.redeemed")
    assert (told["order_id"], told["discount_minor"]) == (str(order), 1_000)
    assert await vouchers.figures() == USED
    await members.harness.turn(fold_voucher_figures)
    assert await vouchers.figures() == USED


async def test_the_same_voucher_spent_many_times_at_once_is_spent_once(
    members: Any, vouchers: Any
) -> None:
    customer = await members.register()
    await vouchers.a_type()
    code = await vouchers.code(customer)

    answers = await asyncio.gather(
        *(vouchers.redeem(customer, code) for _ in range(6)),
        *(vouchers.reserve(customer, code) for _ in range(6)),
    )

    outcomes = Counter(each["__typename"] for each in answers)
    assert outcomes["VouchersDoNotApply"] == 11
    assert {reason for each in answers for reason in map(str, reasons_of(each))} <= {
        "REDEEMED",
        "RESERVED",
    }
    assert len(await members.announced("voucher.redeemed")) == outcomes["VouchersWereRedeemed"]


def reasons_of(answer: Any) -> list[str]:
    return reasons(answer) if "refused" in answer else []


async def test_a_public_code_is_used_exactly_as_often_as_it_may_be(
    members: Any, vouchers: Any
) -> None:
    await vouchers.a_type("public", coding="SINGLE", singleCode="Summer-10", mostRedemptions=5)
    customers = [await members.register() for _ in range(12)]

    answers = await asyncio.gather(*(vouchers.redeem(each, "summer10") for each in customers))

    outcomes = Counter(each["__typename"] for each in answers)
    assert outcomes == {"VouchersWereRedeemed": 5, "VouchersDoNotApply": 7}
    assert {r for each in answers for r in reasons_of(each)} == {"USED_UP"}
    figures = await vouchers.figures("public")
    assert (figures["redeemed"], figures["liability"]) == (5, None)
    assert reasons(await vouchers.quote(customers[0], "SUMMER10")) == ["USED_UP"]


async def test_one_customer_uses_a_code_as_often_as_one_may_however_many_at_once(
    members: Any, vouchers: Any
) -> None:
    await vouchers.a_type("public", coding="SINGLE", singleCode="WELCOME", mostPerCustomer=2)
    customer, other = await members.register(), await members.register()

    answers = await asyncio.gather(*(vouchers.redeem(customer, "WELCOME") for _ in range(6)))

    assert Counter(each["__typename"] for each in answers)["VouchersWereRedeemed"] == 2
    assert {r for each in answers for r in reasons_of(each)} == {"USED_UP_BY_CUSTOMER"}
    assert (await vouchers.redeem(other, "WELCOME"))["__typename"] == "VouchersWereRedeemed"


async def test_what_is_released_or_times_out_is_free_again_and_makes_room(
    members: Any, vouchers: Any
) -> None:
    customer = await members.register()
    await vouchers.a_type()
    await vouchers.a_type("public", coding="SINGLE", singleCode="ONCE", mostRedemptions=1)
    code = await vouchers.code(customer)
    first = (await vouchers.reserve(customer, code, "ONCE"))["redemption"]["id"]
    released = [await vouchers.release(first) for _ in range(2)]
    second = (await vouchers.reserve(customer, code, "ONCE", seconds=60))["redemption"]["id"]
    late = utcnow() + timedelta(seconds=61)
    for now in (None, late, late):
        async with members.harness.db.transaction() as session:
            await end_voucher_reservations(session, now)

    redeemed = await vouchers.redeem_reserved(second, uuid7())

    assert [each["redemption"]["state"] for each in released] == ["RELEASED", "RELEASED"]
    assert redeemed["__typename"] == "Conflict"
    assert await states(vouchers, customer) == ["OPEN"]
    told = await members.announced("voucher.released")
    assert [each["reason"] for each in told] == ["released"] * 2 + ["timed_out"] * 2
    assert (await vouchers.redeem(customer, code, "ONCE"))["redemption"]["total"] == {
        "minor": 8_000
    }
    assert (await vouchers.release(second))["redemption"]["state"] == "RELEASED"


async def test_all_codes_are_taken_or_none(members: Any, vouchers: Any) -> None:
    customer = await members.register()
    await vouchers.a_type()
    await vouchers.a_type("public", coding="SINGLE", singleCode="ONCE", mostRedemptions=1)
    code = await vouchers.code(customer)

    answer = await vouchers.redeem(customer, code, "ONCE", "NOTHING")

    assert answer["refused"] == [{"code": "NOTHING", "reason": "UNKNOWN"}]
    assert await states(vouchers, customer) == ["OPEN"]
    assert (await vouchers.figures("public"))["redeemed"] == 0
    assert await members.announced("voucher.redeemed") == []
    assert (await vouchers.redeem(customer, code, "ONCE"))["__typename"] == "VouchersWereRedeemed"


async def test_an_order_has_its_vouchers_once(members: Any, vouchers: Any) -> None:
    customer, order = await members.register(), uuid7()
    for code in ("one", "two"):
        await vouchers.a_type(code, coding="SINGLE", singleCode=f"CODE{code}")

    answers = await asyncio.gather(
        *(vouchers.redeem(customer, each, order=order) for each in ("CODEONE", "CODETWO") * 3)
    )

    outcomes = Counter(each["__typename"] for each in answers)
    assert outcomes == {"VouchersWereRedeemed": 1, "Conflict": 5}


async def test_the_same_key_redeems_once_and_with_other_content_is_refused(
    members: Any, vouchers: Any
) -> None:
    customer, order = await members.register(), uuid7()
    await vouchers.a_type()
    code = await vouchers.code(customer)

    answers = await asyncio.gather(
        *(vouchers.redeem(customer, code, order=order, key="k") for _ in range(5))
    )
    other = await vouchers.redeem(customer, code, order=uuid7(), key="k")

    assert len({each["redemption"]["id"] for each in answers}) == 1
    assert other["__typename"] == "IdempotencyKeyReused"
    assert len(await members.announced("voucher.redeemed")) == 1


async def test_a_cancelled_order_gives_back_what_its_terms_say(members: Any, vouchers: Any) -> None:
    customer, order = await members.register(), uuid7()
    await vouchers.a_type()
    await vouchers.a_type("kept", returns=False)
    code, kept = [await vouchers.code(customer, each) for each in ("ten", "kept")]
    redeemed = await vouchers.redeem(customer, code, kept, order=order)

    for _ in range(2):
        await members.cancel(customer, order)

    assert redeemed["redemption"]["discount"] == {"minor": 2_000}
    found = {each["voucherType"]["code"]: each["state"] for each in await vouchers.of(customer)}
    assert found == {"ten": "OPEN", "kept": "REDEEMED"}
    assert await vouchers.figures() == UNUSED | {"redeemed": 1, "returned": 1}
    assert await vouchers.figures("kept") == USED | {"discount": {"minor": 0}}
    (told,) = await members.announced("voucher.released")
    assert (told["voucher_type_code"], told["reason"]) == ("ten", "order_cancelled")
    assert (await vouchers.redeem(customer, code))["__typename"] == "VouchersWereRedeemed"


async def test_an_order_that_was_cancelled_first_uses_no_voucher(
    members: Any, vouchers: Any
) -> None:
    customer, order = await members.register(), uuid7()
    await vouchers.a_type()
    code = await vouchers.code(customer)
    reserved = (await vouchers.reserve(customer, code))["redemption"]["id"]
    await members.cancel(customer, order)

    assert (await vouchers.redeem_reserved(reserved, order))["__typename"] == "Conflict"
    assert await states(vouchers, customer) == ["RESERVED"]


async def test_vouchers_are_not_used_for_the_order_of_somebody_else(
    members: Any, vouchers: Any
) -> None:
    customer, other = await members.register(), await members.register()
    order = await members.order(other, 100_00)
    await vouchers.a_type()
    code = await vouchers.code(customer)
    reserved = (await vouchers.reserve(customer, code))["redemption"]["id"]

    answers = [
        await vouchers.redeem_reserved(reserved, order),
        await vouchers.redeem(customer, await vouchers.code(customer), order=order),
    ]

    assert (
        answers == [{"__typename": "Conflict", "message": "The order is another customer's."}] * 2
    )
    assert await states(vouchers, customer) == ["OPEN", "RESERVED"]
    assert await members.announced("voucher.redeemed") == []


async def test_what_is_not_used_in_time_expires_once(members: Any, vouchers: Any) -> None:
    customer = await members.register()
    await vouchers.a_type(daysValid=30)
    code = await vouchers.code(customer)
    reserved = (await vouchers.reserve(customer, await vouchers.code(customer)))["redemption"]["id"]
    late = utcnow() + timedelta(days=30, minutes=1)
    for now in (None, late, late):
        async with members.harness.db.transaction() as session:
            await expire_vouchers(session, now)

    assert await states(vouchers, customer) == ["RESERVED", "EXPIRED"]
    assert reasons(await vouchers.quote(customer, code)) == ["EXPIRED"]
    assert len(await members.announced("voucher.expired")) == 1
    figures = await vouchers.figures()
    assert (figures["expired"], figures["outstanding"]) == (1, 1)
    assert (await vouchers.redeem_reserved(reserved, uuid7()))["__typename"] == (
        "VouchersWereRedeemed"
    )


async def test_each_code_that_may_not_be_used_says_why(members: Any, vouchers: Any) -> None:
    customer, other = await members.register(), await members.register()
    ahead = (utcnow() + timedelta(days=1)).isoformat()
    terms: dict[str, dict[str, Any]] = {
        "later": {"validFrom": ahead},
        "dollar": {"currency": "USD"},
        "gold": {"lowestTier": "gold"},
        "loyal": {"segments": ["loyal", "young"]},
        "elsewhere": {"unit": "hq.gd"},
        "large": {"lowestOrderMinor": 10_001},
        "phones": {"products": ["phone"]},
    }
    for code, more in terms.items():
        await vouchers.a_type(code, coding="SINGLE", singleCode=f"CODE{code}", **more)
    await vouchers.draft("draft", coding="SINGLE", singleCode="CODEdraft")
    await vouchers.a_type()
    theirs, used = await vouchers.code(other), await vouchers.code(customer)
    await vouchers.redeem(customer, used)
    codes = [*(f"CODE{code}" for code in terms), "CODEdraft", theirs]

    answer = await vouchers.quote(customer, *codes)
    others = await vouchers.quote(customer, used, "2222-2222-2222", "CODEgold", "codeGOLD")

    assert reasons(others) == ["REDEEMED", "UNKNOWN", "TIER_TOO_LOW", "TIER_TOO_LOW"]
    assert reasons(answer) == [
        "NOT_YET_VALID",
        "OTHER_CURRENCY",
        "TIER_TOO_LOW",
        "NOT_IN_SEGMENT",
        "OTHER_UNIT",
        "ORDER_TOO_SMALL",
        "NO_MATCHING_PRODUCT",
        "NOT_LIVE",
        "SOMEBODY_ELSES",
    ]
    assert (answer["discount"], answer["total"]) == ({"minor": 0}, {"minor": 10_000})
    joined = {"segment_id": uuid7(), "code": "loyal", "position": 1, "joined": [customer]}
    await members.harness.hear(SEGMENT_CHANGED, joined | {"left": []})
    assert reasons(await vouchers.quote(customer, "CODEloyal")) == []


async def test_whoever_guesses_codes_has_to_wait(members: Any, vouchers: Any) -> None:
    customer, other = await members.register(), await members.register()
    me = members.harness.token("customer", unit=None, customer=str(customer))
    await vouchers.a_type()
    code = await vouchers.code(customer)
    guesses = [f"GUESS{number}" for number in range(10)]

    before = [await vouchers.quote(customer, *guesses, as_=me)]
    before += [await vouchers.reserve(customer, *guesses, as_=me)]
    refused = await vouchers.quote(customer, code, as_=me)
    by_staff = await vouchers.quote(other, code)

    assert [each["__typename"] for each in before] == ["VoucherQuote", "VouchersDoNotApply"]
    assert refused["__typename"] == "TooManyWrongCodes"
    assert refused["retryAt"] > utcnow().isoformat()
    assert by_staff["__typename"] == "VoucherQuote"
    assert (await vouchers.redeem(customer, code))["__typename"] == "TooManyWrongCodes"


async def test_whoever_guesses_at_once_gets_no_more_guesses_than_one_after_the_other(
    members: Any, vouchers: Any
) -> None:
    customer = await members.register()
    me = members.harness.token("customer", unit=None, customer=str(customer))
    await vouchers.a_type()
    code = await vouchers.code(customer)
    right = [(await vouchers.quote(customer, code, as_=me))["__typename"] for _ in range(25)]

    answers = await asyncio.gather(
        *(
            vouchers.quote(customer, *(f"GUESS{number}X{each}" for each in range(10)), as_=me)
            for number in range(12)
        )
    )

    kinds = [each["__typename"] for each in answers]
    assert right == ["VoucherQuote"] * 25
    assert (kinds.count("VoucherQuote"), kinds.count("TooManyWrongCodes")) == (2, 10)


async def test_customers_use_their_own_and_partners_need_the_scope(
    members: Any, vouchers: Any
) -> None:
    customer, other = await members.register(), await members.register()
    token = members.harness.token
    me = token("customer", unit=None, customer=str(customer))
    partner = token("partner", partner="corner", unit="hq.zj", scope="vouchers:redeem")
    foreign = token("partner", partner="corner", unit="hq.gd", scope="vouchers:redeem")
    weak = token("partner", partner="corner", unit="hq.zj", scope="orders:write")
    await vouchers.a_type()
    code = await vouchers.code(customer)

    reserved = (await vouchers.reserve(customer, code, as_=me))["redemption"]["id"]
    for_other = await vouchers.quote(other, code, as_=me)
    elsewhere = await vouchers.release(reserved, as_=foreign)

    assert for_other["__typename"] == elsewhere["__typename"] == "NotFound"
    assert [each["code"] for each in await vouchers.of(customer, as_=me)] == [code]
    for act, as_ in (
        (vouchers.quote(customer, code, as_=weak), "a partner without the scope"),
        (vouchers.redeem_reserved(reserved, uuid7(), as_=me), "a customer who redeems"),
        (vouchers.redeem(customer, code, as_=vouchers.marketer), "a marketer"),
    ):
        with pytest.raises(GraphFailed) as failed:
            await act
        assert failed.value.codes == ["FORBIDDEN"], as_
    redeemed = await vouchers.redeem_reserved(reserved, uuid7(), as_=partner)
    assert redeemed["__typename"] == "VouchersWereRedeemed"


async def test_who_redeemed_and_who_let_go_of_vouchers_is_kept(members: Any, vouchers: Any) -> None:
    customer, token = await members.register(), members.harness.token
    await vouchers.a_type()
    ann, eve = (token("front_line", subject=each) for each in ("ann", "eve"))
    me = token("customer", unit=None, customer=str(customer))
    taken = [
        (await vouchers.reserve(customer, await vouchers.code(customer), as_=ann))["redemption"]
        for _ in range(3)
    ]
    ids = [each["id"] for each in taken]
    who = "{ __typename ... on Vouchers%s { redemption { redeemedBy endedBy } } }"
    redeem = "mutation ($id: UUID!, $o: UUID!) { redeemReservedVouchers(id: $id, orderId: $o) "

    await vouchers.release(ids[0], as_=eve)
    await vouchers.release(ids[1], as_=me)
    answer = await members.harness.graph(
        redeem + who % "WereRedeemed" + "}", as_=eve, id=ids[2], o=uuid7()
    )
    freed = [
        (
            await members.harness.graph(
                "mutation ($id: UUID!) { releaseVouchers(id: $id) " + who % "WereReleased" + "}",
                as_=ann,
                id=each,
            )
        )["releaseVouchers"]["redemption"]
        for each in ids[:2]
    ]

    assert answer["redeemReservedVouchers"]["redemption"] == {"redeemedBy": "eve", "endedBy": None}
    assert freed == [
        {"redeemedBy": None, "endedBy": "eve"},
        {"redeemedBy": None, "endedBy": None},
    ]


async def test_vouchers_of_the_absorbed_are_the_survivors_and_go_back(
    members: Any, vouchers: Any
) -> None:
    ada, bob, merge_id = await members.register(), await members.register(), uuid7()
    await vouchers.a_type()
    code = await vouchers.code(bob)
    merged = {"merge_id": merge_id, "customer_id": ada, "absorbed_id": bob}
    await members.harness.hear("octoreach.customer.customer.merged.v1", merged)

    quoted = [await vouchers.quote(each, code) for each in (ada, bob)]
    taken_back = {"merge_id": merge_id, "customer_id": ada, "restored_id": bob}
    await members.harness.hear("octoreach.customer.customer.unmerged.v1", taken_back)

    assert [each["discount"]["minor"] for each in quoted] == [1_000, 1_000]
    assert reasons(await vouchers.quote(ada, code)) == ["SOMEBODY_ELSES"]
    assert (await vouchers.quote(bob, code))["discount"]["minor"] == 1_000

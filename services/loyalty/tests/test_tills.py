"""Tills use vouchers over REST: looked up, reserved, redeemed, released, each as its terms say."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from kit.models import uuid7
from kit.testing.harness import GraphFailed
from loyalty.voucher_types.commands.counting import fold_voucher_figures

LINES = [{"product": "plan", "quantity": 1, "amount_minor": 10_000}]


class PartnerTill:
    """The till of a partner, at which customers show codes."""

    def __init__(self, members: Any) -> None:
        self.harness = members.harness
        self.token = self.of("corner")

    def of(self, partner: str | None, scope: str = "vouchers:redeem", unit: str = "hq.zj") -> str:
        named = {} if partner is None else {"partner": partner}
        token: str = self.harness.token("partner", unit=unit, scope=scope, **named)
        return token

    async def post(
        self, path: str, content: Any = None, *, key: str = "", as_: str | None = None
    ) -> tuple[int, Any]:
        answer = await self.harness.post(
            f"/v1/{path}",
            content or {},
            as_=as_ or self.token,
            key=key or str(uuid7()),
        )
        return answer.status_code, answer.json()

    @staticmethod
    def cart(*codes: str, **more: Any) -> dict[str, Any]:
        return {"currency": "CNY", "lines": LINES, "codes": list(codes), **more}

    async def quote(self, *codes: str, as_: str | None = None, **more: Any) -> tuple[int, Any]:
        return await self.post("vouchers/quote", self.cart(*codes, **more), as_=as_)

    async def reserve(self, *codes: str, key: str = "", as_: str | None = None, **more: Any) -> Any:
        return await self.post("vouchers/reserve", self.cart(*codes, **more), key=key, as_=as_)

    async def redeem(self, *codes: str, key: str = "", as_: str | None = None, **more: Any) -> Any:
        cart = self.cart(*codes, **{"order_id": str(uuid7()), **more})
        return await self.post("vouchers/redeem", cart, key=key, as_=as_)

    async def settle(self, id: str, what: str, as_: str | None = None, **more: Any) -> Any:
        return await self.post(f"voucher-redemptions/{id}/{what}", more, as_=as_)

    async def seen(self, id: str, as_: str | None = None) -> int:
        found = await self.harness.get(f"/v1/voucher-redemptions/{id}", as_=as_ or self.token)
        return int(found.status_code)


@pytest.fixture
def till(members: Any) -> PartnerTill:
    return PartnerTill(members)


async def a_code(members: Any, vouchers: Any, **terms: Any) -> tuple[UUID, str]:
    customer = await members.register()
    await vouchers.a_type(**terms)
    return customer, await vouchers.code(customer)


async def test_a_code_is_looked_up_reserved_and_redeemed_for_its_order(
    members: Any, vouchers: Any, till: PartnerTill
) -> None:
    customer, code = await a_code(members, vouchers)
    order = str(uuid7())

    quoted = await till.quote(code.lower(), "NONE-SUCH")
    reserved = await till.reserve(code, seconds=600)
    elsewhere = await till.redeem(code)
    redeemed = [await till.settle(reserved[1]["id"], "redeem", order_id=order) for _ in range(2)]
    late = await till.settle(reserved[1]["id"], "release")

    assert quoted == (
        200,
        {
            "customer_id": str(customer),
            "currency": "CNY",
            "order_minor": 10_000,
            "discount_minor": 1_000,
            "total_minor": 9_000,
            "applied": [
                {
                    "code": code.lower(),
                    "voucher_type": "ten",
                    "name": "Something off",
                    "discount_minor": 1_000,
                    "lines": [1_000],
                }
            ],
            "refused": [
                {"code": "NONE-SUCH", "reason": "unknown", "message": "There is no such code."}
            ],
        },
    )
    assert (reserved[0], reserved[1]["state"], reserved[1]["total_minor"]) == (
        201,
        "reserved",
        9_000,
    )
    assert (elsewhere[0], elsewhere[1]["title"]) == (409, "VouchersDoNotApply")
    assert elsewhere[1]["refused"] == [{"code": code, "reason": "reserved"}]
    assert redeemed[0] == redeemed[1]
    assert (redeemed[0][0], redeemed[0][1]["state"], redeemed[0][1]["order_id"]) == (
        200,
        "redeemed",
        order,
    )
    assert (late[0], late[1]["title"]) == (409, "Conflict")
    (told,) = await members.announced("voucher.redeemed")
    assert (told["partner_code"], told["order_id"]) == ("corner", order)


async def test_a_till_releases_what_nobody_buys(
    members: Any, vouchers: Any, till: PartnerTill
) -> None:
    _, code = await a_code(members, vouchers)
    (_, reserved) = await till.reserve(code)

    released = [await till.settle(reserved["id"], "release") for _ in range(2)]
    again = await till.redeem(code)

    assert [(status, each["state"]) for status, each in released] == [(200, "released")] * 2
    assert (again[0], again[1]["vouchers"]) == (
        201,
        [
            {
                "voucher_type": "ten",
                "name": "Something off",
                "state": "redeemed",
                "discount_minor": 1_000,
                "lines": [1_000],
            }
        ],
    )
    assert len(await members.announced("voucher.released")) == 1


async def test_a_code_shown_at_many_tills_at_once_is_used_once_and_a_key_acts_once(
    members: Any, vouchers: Any, till: PartnerTill
) -> None:
    _, code = await a_code(members, vouchers)
    order = str(uuid7())

    answers = await asyncio.gather(
        *(till.redeem(code, key="k", order_id=order) for _ in range(3)),
        *(till.redeem(code, key="k", order_id=order, as_=till.of("other")) for _ in range(3)),
    )
    reused = await till.redeem(code, key="k")

    assert sorted(Counter(status for status, _ in answers).items()) == [(201, 3), (409, 3)]
    assert len({each["id"] for status, each in answers if status == 201}) == 1
    assert (reused[0], reused[1]["title"]) in [
        (422, "IdempotencyKeyReused"),
        (409, "VouchersDoNotApply"),
    ]
    assert len(await members.announced("voucher.redeemed")) == 1
    await members.harness.turn(fold_voucher_figures)
    assert (await vouchers.figures())["redeemed"] == 1


async def test_tills_take_only_what_their_partner_accepts(
    members: Any, vouchers: Any, till: PartnerTill
) -> None:
    customer, code = await a_code(members, vouchers, partners=["corner"])
    other = till.of("other")
    ours = members.harness.token("front_line", unit="hq.zj")
    mine = members.harness.token("customer", unit=None, customer=str(customer))
    kept = (await vouchers.reserve(customer, code, as_=mine))["redemption"]["id"]

    hidden = [await till.seen(kept, as_=other), await till.seen(kept)]
    await vouchers.release(kept, as_=mine)
    refused = await till.reserve(code, as_=other)
    (_, reserved) = await till.reserve(code)
    foreign = [
        await till.seen(reserved["id"], as_=other),
        (await till.settle(reserved["id"], "release", as_=other))[0],
        (await till.settle(reserved["id"], "redeem", as_=other, order_id=str(uuid7())))[0],
    ]

    assert hidden == [404, 200]
    assert (refused[0], refused[1]["refused"]) == (
        409,
        [{"code": code, "reason": "not_at_this_till"}],
    )
    assert foreign == [404, 404, 404]
    assert await till.seen(reserved["id"], as_=ours) == 200
    assert (await till.settle(reserved["id"], "release", as_=ours))[0] == 200
    assert (await till.quote(code, as_=ours))[1]["discount_minor"] == 1_000


async def test_who_may_not_use_vouchers_is_refused_and_nothing_changes(
    members: Any, vouchers: Any, till: PartnerTill
) -> None:
    customer, code = await a_code(members, vouchers)
    mine = members.harness.token("customer", unit=None, customer=str(customer))

    answers = [
        await till.redeem(code, as_=till.of("corner", scope="orders:write")),
        await till.redeem(code, as_=mine),
        await till.redeem(code, as_=till.of(None)),
        await till.redeem(code, as_=till.of("corner", unit="hq.gd")),
        await till.redeem(code, customer_id=str(uuid7())),
        await till.redeem(code, currency="yuan"),
        await till.post("vouchers/redeem", till.cart(code) | {"order_id": "A-1"}),
        await till.settle(str(uuid7()), "release"),
    ]

    assert [status for status, _ in answers] == [403, 403, 403, 404, 404, 422, 422, 404]
    assert [each["state"] for each in await vouchers.of(customer)] == ["OPEN"]
    assert await members.announced("voucher.redeemed") == []


async def test_a_public_code_needs_the_customer_and_guessing_is_stopped(
    members: Any, vouchers: Any, till: PartnerTill
) -> None:
    customer = await members.register()
    await vouchers.a_type("public", coding="SINGLE", singleCode="SUMMER10")

    nobody = await till.quote("SUMMER10")
    named = await till.quote("SUMMER10", customer_id=str(customer))
    guesses = [f"GUESS{number}" for number in range(10)]
    for _ in range(30):
        await till.quote(*guesses)
    answer = await till.harness.post(
        "/v1/vouchers/quote", till.cart("SUMMER10", customer_id=str(customer)), as_=till.token
    )

    assert (nobody[0], nobody[1]["field"]) == (422, "customer_id")
    assert named[1]["discount_minor"] == 1_000
    assert (answer.status_code, answer.json()["title"]) == (429, "TooManyWrongCodes")
    assert 1 <= int(answer.headers["retry-after"]) <= 3_600


ADVANCED = "octoreach.channel.partner.advanced.v1"


def a_step(version: int, state: str, code: str = "corner") -> dict[str, Any]:
    """What the channel service tells of a partner, as far as loyalty reads it."""
    return {"code": code, "version": version, "to_state": state}


async def test_a_suspended_partner_is_turned_away_at_once_and_let_in_when_it_is_back(
    members: Any, vouchers: Any, till: PartnerTill
) -> None:
    customer, code = await a_code(members, vouchers)
    order = str(uuid7())
    await members.harness.hear(ADVANCED, a_step(4, "active"))
    id = (await till.reserve(code))[1]["id"]
    before = await vouchers.figures()

    await members.harness.hear(ADVANCED, a_step(5, "suspended"))
    turned_away = [
        await till.quote(code),
        await till.quote("NONE-SUCH"),
        await till.reserve(code),
        await till.redeem(code),
        await till.settle(id, "redeem", order_id=order),
        await till.settle(id, "release"),
    ]
    in_the_graph = [
        lambda: vouchers.quote(customer, code, as_=till.token),
        lambda: vouchers.redeem_reserved(id, uuid7(), as_=till.token),
        lambda: vouchers.release(id, as_=till.token),
    ]
    for act in in_the_graph:
        with pytest.raises(GraphFailed) as failed:
            await act()
        assert failed.value.codes == ["FORBIDDEN"]
    seen = await till.seen(id)
    unchanged = await vouchers.figures()
    other = await till.quote(code, as_=till.of("bakery"))
    await members.harness.hear(ADVANCED, a_step(6, "active"))

    assert {status for status, _ in turned_away} == {403}
    assert turned_away[0][1]["detail"] == (
        "The partner corner is suspended; it acts only while active."
    )
    assert (seen, unchanged, other[0]) == (403, before, 200)
    assert (await till.settle(id, "redeem", order_id=order))[0] == 200


async def test_of_a_partners_steps_the_newest_counts_however_late_and_often_they_come(
    members: Any, vouchers: Any, till: PartnerTill
) -> None:
    _, code = await a_code(members, vouchers)
    steps = [a_step(5, "suspended"), a_step(4, "active"), a_step(5, "suspended")]

    for each in steps:
        await members.harness.hear(ADVANCED, each)
    closed = await till.quote(code)
    for each in (a_step(6, "active"), a_step(5, "suspended")):
        await members.harness.hear(ADVANCED, each)
    open_again = await till.quote(code)
    await members.harness.hear(ADVANCED, a_step(7, "terminated"))

    assert (closed[0], open_again[0], (await till.quote(code))[0]) == (403, 200, 403)


async def test_a_partner_that_is_not_active_learns_nothing_of_privileges(
    members: Any, till: PartnerTill
) -> None:
    customer = await members.register(unit="hq.zj")
    asked = "query ($who: UUID!) { holdsPrivilege(customerId: $who, code: $code) }".replace(
        "$code", '"lounge"'
    )
    before = await members.harness.graph(asked, as_=till.token, who=customer)
    await members.harness.hear(ADVANCED, a_step(5, "suspended"))

    with pytest.raises(GraphFailed) as failed:
        await members.harness.graph(asked, as_=till.token, who=customer)

    assert before == {"holdsPrivilege": False}
    assert failed.value.codes == ["FORBIDDEN"]

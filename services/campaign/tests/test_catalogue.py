"""Products and offers: defined, changed, found, and refused."""

import asyncio
from typing import Any

import pytest

from kit.testing.harness import GraphFailed


async def test_a_product_is_defined_and_changed_by_its_code(marketing: Any) -> None:
    first = await marketing.product(stock=5)
    second = await marketing.product(name="Films", priceMinor=100)

    assert first["product"]["stock"] == 5
    assert second["product"] == {
        "code": "streaming",
        "name": "Films",
        "price": {"minor": 100, "currency": "CNY"},
        "stock": None,
    }


async def test_a_code_stays_with_its_unit(marketing: Any) -> None:
    await marketing.product()

    answer = await marketing.product(unit="hq.zj", name="Mine now")

    assert answer["__typename"] == "Conflict"
    assert (await marketing.product())["product"]["name"] == "Streaming"


async def test_an_offer_defined_many_times_at_once_is_one_offer(marketing: Any) -> None:
    await marketing.product()

    answers = await asyncio.gather(*(marketing.offer() for _ in range(6)))

    assert len({answer["offer"]["id"] for answer in answers}) == 1


async def test_an_offer_names_products_that_exist(marketing: Any) -> None:
    answer = await marketing.offer()

    assert answer == {
        "__typename": "NotFound",
        "message": "There is no product streaming.",
        "kind": "product",
        "key": "streaming",
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": ""}, "code"),
        ({"products": []}, "products"),
        ({"currency": "yuan"}, "currency"),
        ({"costMinor": -1}, "costMinor"),
        ({"benefit": {"kind": "POINTS", "points": -1}}, "benefit.points"),
        ({"benefit": {"kind": "POINTS"}}, "benefit.points"),
        ({"benefit": {"kind": "CASH_BACK"}}, "benefit.amountMinor"),
        ({"benefit": {"kind": "CASH_BACK", "amountMinor": 101}}, "benefit.amountMinor"),
        *(
            ({"benefit": {"kind": kind}}, "benefit.reference")
            for kind in ("GIFT", "RED_PACKET", "PRIVILEGE", "ENDORSEMENT", "LOTTERY", "BUNDLE")
        ),
        *(
            (
                {"benefit": {"kind": kind, "points": 1, "amountMinor": 1, "reference": "mug"}},
                "benefit.reference",
            )
            for kind in ("POINTS", "CASH_BACK", "REFERRAL")
        ),
        ({"benefit": {"kind": "GIFT", "reference": "a mug"}}, "benefit.reference"),
        ({"name": "  "}, "name"),
        ({"excludedWithinDays": 400}, "excludedWithinDays"),
        (
            {
                "eligibility": {
                    "compare": {"fact": "tier", "operator": "AT_LEAST", "value": {"text": "gold"}}
                }
            },
            "eligibility.compare.operator",
        ),
    ],
)
async def test_an_offer_that_makes_no_sense_is_refused(
    marketing: Any, changes: dict[str, Any], field: str
) -> None:
    await marketing.product()

    answer = await marketing.offer(**changes)

    assert (answer["__typename"], answer["field"]) == ("InvalidInput", field)


async def test_a_refused_benefit_says_what_its_kind_has_to_name(marketing: Any) -> None:
    await marketing.product()

    answers = [
        await marketing.offer(benefit=benefit)
        for benefit in ({"kind": "LOTTERY"}, {"kind": "REFERRAL", "reference": "friends"})
    ]

    assert [answer["message"] for answer in answers] == [
        "is the code of the lottery that LOTTERY gives",
        "is nothing that REFERRAL names",
    ]
    assert await offers(marketing) == []


async def test_an_offer_says_what_its_benefit_is_about(marketing: Any) -> None:
    await marketing.product()

    for code, benefit in (
        ("mug-deal", {"kind": "GIFT", "reference": "mug"}),
        ("friends-deal", {"kind": "REFERRAL"}),
        ("back-deal", {"kind": "CASH_BACK", "amountMinor": 100}),
    ):
        await marketing.offer(code, benefit=benefit)

    assert await offers(marketing) == [
        ("back-deal", {"kind": "CASH_BACK", "reference": "", "amount": {"minor": 100}}),
        ("friends-deal", {"kind": "REFERRAL", "reference": "", "amount": {"minor": 0}}),
        ("mug-deal", {"kind": "GIFT", "reference": "mug", "amount": {"minor": 0}}),
    ]


async def offers(marketing: Any) -> list[tuple[str, Any]]:
    seen = "{ offers { edges { node { code benefit { kind reference amount { minor } } } } } }"
    found = await marketing.harness.graph(seen, as_=marketing.marketer)
    nodes = [edge["node"] for edge in found["offers"]["edges"]]
    return sorted((node["code"], node["benefit"]) for node in nodes)


async def test_what_a_unit_defines_reaches_those_below_and_not_beside(marketing: Any) -> None:
    await marketing.product()
    await marketing.product("local", unit="hq.zj")
    query = "{ products { edges { node { code } } } }"

    below = await marketing.harness.graph(
        query, as_=marketing.harness.token("front_line", unit="hq.zj.hz")
    )
    beside = await marketing.harness.graph(
        query, as_=marketing.harness.token("front_line", unit="hq.js")
    )

    assert [edge["node"]["code"] for edge in below["products"]["edges"]] == ["local", "streaming"]
    assert [edge["node"]["code"] for edge in beside["products"]["edges"]] == ["streaming"]


async def test_only_marketers_define_and_only_for_their_units(marketing: Any) -> None:
    marketing.marketer = marketing.harness.token("front_line")
    with pytest.raises(GraphFailed) as role:
        await marketing.product()
    marketing.marketer = marketing.harness.token("marketer", unit="hq.zj")
    with pytest.raises(GraphFailed) as unit:
        await marketing.product(unit="hq")

    assert (role.value.codes, unit.value.codes) == (["FORBIDDEN"], ["FORBIDDEN"])


async def test_entities_are_found_by_their_keys(marketing: Any) -> None:
    await marketing.product()
    offer = (await marketing.offer())["offer"]["id"]
    entity = marketing.harness.entity
    token = marketing.harness.token("front_line", unit="hq.zj")

    product = await entity({"__typename": "Product", "code": "streaming"}, "name", as_=token)
    found = await entity(
        {"__typename": "Offer", "id": offer},
        "code products { code } benefit { kind points }",
        as_=token,
    )
    nothing = await entity({"__typename": "Product", "code": "nothing"}, "name", as_=token)

    assert product == {"name": "Streaming"}
    assert found == {
        "code": "streaming-deal",
        "products": [{"code": "streaming"}],
        "benefit": {"kind": "POINTS", "points": 50},
    }
    assert nothing is None

"""Money set aside for red packets: never more than the budget, and exact to the end."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from kit.models import uuid7

REQUESTED = "octoreach.loyalty.allotment.requested.v1"
SETTLED = "octoreach.loyalty.allotment.settled.v1"
SHOWN = """query ($id: UUID!) { campaign(id: $id) {
  allotments { title amount { minor currency } spent { minor } released { minor } }
  funnel { totals { cost { minor } } byUnit { unit cost { minor } } byArm { arm } } } }"""


class Purse:
    """Loyalty, which asks campaigns for money, and what can be seen of it."""

    def __init__(self, marketing: Any) -> None:
        self.marketing, self.harness = marketing, marketing.harness

    def asking(self, amount_minor: int, **changes: Any) -> dict[str, Any]:
        return {
            "allotment_id": uuid7(),
            "campaign_code": "films",
            "title": "Spring festival",
            "unit": "hq.zj.hz",
            "opener_unit": "hq.zj",
            "amount_minor": amount_minor,
            "currency": "CNY",
        } | changes

    async def ask(self, asked: dict[str, Any]) -> None:
        await self.harness.hear(REQUESTED, asked)

    async def settle(self, allotment: UUID, spent: int = 0, released: int = 0, **more: Any) -> None:
        told = {"allotment_id": allotment, "spent_minor": spent, "released_minor": released}
        await self.harness.hear(SETTLED, told, **more)

    async def answers(self) -> tuple[int, list[str]]:
        made = await self.marketing.recorded("allotment.made")
        refused = await self.marketing.recorded("allotment.refused")
        return len(made), [each["reason"] for each in refused]

    async def money(self, id: str) -> tuple[int, int, int]:
        budget = await self.marketing.budget(id)
        return budget["committed"], budget["spent"], budget["available"]


@pytest.fixture
def purse(marketing: Any) -> Purse:
    return Purse(marketing)


async def test_money_is_set_aside_and_spent_and_the_rest_comes_back(
    purse: Purse, marketing: Any
) -> None:
    id = await marketing.running(unit="hq.zj", budget={"amountMinor": 1_000, "currency": "CNY"})
    asked = purse.asking(600)
    seen = []

    await purse.ask(asked)
    seen.append(await purse.money(id))
    event = uuid7()
    for _ in range(2):
        await purse.settle(asked["allotment_id"], spent=250, event_id=event)
    seen.append(await purse.money(id))
    await purse.settle(asked["allotment_id"], released=350)
    await purse.settle(asked["allotment_id"], spent=-50, released=50)
    seen.append(await purse.money(id))

    assert seen == [(600, 0, 350), (350, 250, 350), (0, 200, 750)]
    (told,) = await marketing.recorded("allotment.made")
    assert (told["campaign_id"], told["amount_minor"]) == (id, 600)
    shown = await marketing.harness.graph(SHOWN, as_=marketing.analyst, id=id)
    (allotment,) = shown["campaign"]["allotments"]
    funnel = shown["campaign"]["funnel"]
    assert allotment == {
        "title": "Spring festival",
        "amount": {"minor": 600, "currency": "CNY"},
        "spent": {"minor": 200},
        "released": {"minor": 400},
    }
    assert funnel["totals"]["cost"]["minor"] == 200
    assert funnel["byUnit"] == [{"unit": "hq.zj.hz", "cost": {"minor": 200}}]
    assert funnel["byArm"] == []


async def test_what_is_told_in_another_order_comes_to_the_same(
    purse: Purse, marketing: Any
) -> None:
    id = await marketing.running(unit="hq.zj", budget={"amountMinor": 1_000, "currency": "CNY"})
    asked = purse.asking(600)
    await purse.ask(asked)

    await purse.settle(asked["allotment_id"], released=350)
    await purse.settle(asked["allotment_id"], spent=-50, released=50)
    await purse.settle(asked["allotment_id"], spent=250)

    assert await purse.money(id) == (0, 200, 750)


async def test_askings_at_once_never_take_more_than_is_left(purse: Purse, marketing: Any) -> None:
    id = await marketing.running(unit="hq.zj", budget={"amountMinor": 1_000, "currency": "CNY"})
    askings = [purse.asking(300) for _ in range(6)]

    await asyncio.gather(*(purse.ask(each) for each in askings * 2))

    made, refused = await purse.answers()
    assert (made, len(refused)) == (3, 6)
    assert set(refused) == {"it takes 300 minor units of CNY, and 50 of the budget are left"}
    assert await purse.money(id) == (900, 0, 50)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"campaign_code": "none"}, "there is no campaign 'none'"),
        ({"opener_unit": "hq.js"}, "there is no campaign 'films'"),
        ({"opener_unit": "hq.zj.hz"}, "there is no campaign 'films'"),
        ({"unit": "hq.js"}, "the campaign is for members of hq.zj"),
        ({"currency": "EUR"}, "the campaign pays CNY, not EUR"),
    ],
)
async def test_who_may_not_spend_a_campaigns_money_gets_none(
    purse: Purse, marketing: Any, changes: dict[str, str], reason: str
) -> None:
    id = await marketing.running(unit="hq.zj", budget={"amountMinor": 1_000, "currency": "CNY"})

    await purse.ask(purse.asking(300, **changes))

    assert await purse.answers() == (0, [reason])
    assert await purse.money(id) == (0, 0, 950)


async def test_a_campaign_that_is_not_approved_pays_nothing(purse: Purse, marketing: Any) -> None:
    id = await marketing.planned(unit="hq.zj")

    await purse.ask(purse.asking(1))

    assert await purse.answers() == (0, ["the campaign is draft"])
    assert (await purse.money(id))[:2] == (0, 0)

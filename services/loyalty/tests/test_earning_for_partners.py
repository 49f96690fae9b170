"""Partners pay their share of what is earned, and see what it came to."""

import asyncio
from datetime import timedelta

import pytest
from services.loyalty.tests.rules import line

from kit.models import utcnow
from kit.testing.harness import GraphFailed


async def test_a_partner_pays_their_share_and_gets_it_back_with_the_order(rules, members):
    customer = await members.register()
    await rules.give(
        "base", name="Base", kind="PROPORTIONAL", points=1, perMinor=100, partnerPercent=30,
        stacking="EXCLUSIVE", priority=1,
    )  # fmt: skip
    order = await members.order(customer, 111_00, partner_code="corner")
    await members.order(customer, 100_00)

    given = await figures(members)
    explained = (await rules.explained(customer))[1]["lines"]
    entries = await members.points(customer, "postings { edges { node { entries { account } } } }")
    await members.cancel(customer, order)

    month = f"{utcnow():%Y-%m}"
    assert given == [
        {"partnerCode": "corner", "month": month, "postings": 1, "points": 33,
         "amount": {"minor": 33, "currency": "CNY"}, "isSettled": False}
    ]  # fmt: skip
    assert explained == [
        line("base", 111, "Base: 111 for 111.00 at 1 for each 1.00", 1, "corner", 33)
    ]
    accounts = [edge["node"]["entries"][-1]["account"] for edge in entries["postings"]["edges"]]
    assert sorted(accounts) == ["liability", "liability", "partner_funding"]
    assert [(each["points"], each["postings"]) for each in await figures(members)] == [(0, 2)]
    assert await members.points(customer) == {"balance": 100, "debt": 0}
    assert await members.is_sound()


FIGURES = """query ($month: String!, $partner: String) {
  partnerPoints(month: $month, partnerCode: $partner) {
    partnerCode month postings points amount { minor currency } isSettled } }"""


async def figures(members, as_=None, month=None, partner=None):
    data = await members.harness.graph(
        FIGURES, as_=as_ or members.operator, month=month or f"{utcnow():%Y-%m}", partner=partner
    )
    return data["partnerPoints"]


async def test_a_partner_sees_their_own_figures_and_a_province_its_own(rules, members):
    customer = await members.register()
    await rules.give(points=5, partnerPercent=100)
    await members.order(customer, 0, partner_code="corner", unit="hq.zj.hz")
    await members.order(customer, 0, partner_code="kiosk", unit="hq.js")
    token = members.harness.token
    corner = token("partner", partner="corner", unit=None, scope="settlements:read")

    own = await figures(members, as_=corner)
    province = await figures(members, as_=token("analyst", unit="hq.js"))
    with pytest.raises(GraphFailed) as refused:
        await figures(members, as_=corner, partner="kiosk")

    assert [each["partnerCode"] for each in own] == ["corner"]
    assert [each["partnerCode"] for each in province] == ["kiosk"]
    assert refused.value.codes == ["FORBIDDEN"]


async def test_a_month_is_settled_once_when_it_is_over(rules, members):
    from loyalty.settlements.commands import settle_partner_points

    customer = await members.register()
    await rules.give(points=5, partnerPercent=100, partnerCode="corner")
    await members.order(customer, 0)
    await members.order(customer, 0)
    month = f"{utcnow():%Y-%m}"
    over = (utcnow().replace(day=28) + timedelta(days=4)).replace(day=2)

    async def settle(now):
        async with members.harness.db.transaction() as session:
            return await settle_partner_points(session, now)

    early = await settle(utcnow())
    await asyncio.gather(*(settle(over) for _ in range(3)))

    assert early == 0
    (told,) = await members.announced("partner_points.settled")
    assert (told["partner_code"], told["month"], told["postings"]) == ("corner", month, 2)
    assert (told["points"], told["amount_minor"], told["currency"]) == (10, 10, "CNY")
    assert (await figures(members))[0]["isSettled"] is True

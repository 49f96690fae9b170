import asyncio

import pytest

from kit.models import uuid7
from kit.testing.harness import GraphFailed


async def test_a_registered_customer_has_an_account_and_it_is_announced_once(members):
    customer = await members.register()

    account = await members.account(customer)

    assert await members.points(customer) == {"balance": 0, "debt": 0}
    assert await members.announced("account.opened") == [
        {
            "subject": "octoreach.loyalty.account.opened.v1",
            "account_id": account,
            "customer_id": str(customer),
        }
    ]


async def test_a_customer_heard_of_twenty_times_at_once_has_one_account(members):
    customer = uuid7()

    await asyncio.gather(
        *(members.register(customer) for _ in range(10)),
        *(members.order(customer, 10_00) for _ in range(10)),
    )

    assert len(await members.announced("account.opened")) == 1
    assert await members.balance(customer) == 100


async def test_an_order_of_somebody_unknown_opens_an_account_that_waits_for_its_unit(members):
    customer = uuid7()
    await members.order(customer, 10_00)

    before = await members.points(customer)
    await members.register(customer)

    assert before is None
    assert await members.points(customer) == {"balance": 10, "debt": 0}


async def test_an_account_follows_the_newest_facts_whatever_their_order(members):
    customer = await members.register(unit="hq.zj", version=1)
    await members.register(customer, unit="hq.js", version=3)
    await members.register(customer, unit="hq.ah", version=2)

    seen = {
        unit: await members.points(customer, as_=members.harness.token("analyst", unit=unit))
        for unit in ("hq.zj", "hq.ah", "hq.js", "hq.js.nj")
    }

    assert seen == {
        "hq.zj": None,
        "hq.ah": None,
        "hq.js": {"balance": 0, "debt": 0},
        "hq.js.nj": None,
    }


async def test_a_changed_customer_who_was_never_registered_has_an_account(members):
    customer = await members.register(version=7)

    assert await members.points(customer) == {"balance": 0, "debt": 0}
    assert len(await members.announced("account.opened")) == 1


async def test_a_customer_sees_only_their_own_points(members):
    mine, other = await members.register(), await members.register()
    me = members.harness.token("customer", unit=None, customer=str(mine))

    assert await members.points(mine, as_=me) == {"balance": 0, "debt": 0}
    assert await members.points(other, as_=me) is None


async def test_an_account_is_found_by_its_id_within_the_unit_alone(members):
    customer = await members.register(unit="hq.zj")
    account = await members.account(customer)
    query = "query ($id: UUID!) { pointsAccount(id: $id) { id balance } }"

    inside = await members.harness.graph(
        query, as_=members.harness.token("front_line", unit="hq.zj"), id=account
    )
    outside = await members.harness.graph(
        query, as_=members.harness.token("front_line", unit="hq.js"), id=account
    )

    assert inside["pointsAccount"] == {"id": account, "balance": 0}
    assert outside["pointsAccount"] is None


async def test_the_gateway_is_given_accounts_by_their_key(members):
    customer = await members.register()
    account = await members.account(customer)

    found = await members.harness.entity(
        {"__typename": "PointsAccount", "id": account}, "id balance", as_=members.operator
    )

    assert found == {"id": account, "balance": 0}


async def test_a_partner_does_not_see_points(members):
    customer = await members.register()

    with pytest.raises(GraphFailed) as failed:
        await members.points(customer, as_=members.harness.token("partner"))

    assert failed.value.codes == ["FORBIDDEN"]

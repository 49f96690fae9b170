"""Points that are earned and may not be spent yet, and lots that are about to end."""

from datetime import timedelta

import pytest

from kit.errors import Conflict
from kit.models import utcnow, uuid7
from loyalty.points.commands import post
from loyalty.points.commands.ageing import age_lots
from loyalty.points.commands.posting import post_one
from loyalty.points.models import NewPosting

SEEN = "balance pending debt"


@pytest.fixture
def earn(members):
    async def act(customer, points, **more):
        earning = NewPosting(
            account_id=await members.account(customer),
            key=f"test:{uuid7()}",
            kind="earn",
            points=points,
            reason="test",
            source_kind="request",
            source_id="1",
            **more,
        )
        async with members.harness.db.transaction() as session:
            await post(session, [earning])
        return earning

    return act


@pytest.fixture
def confirm(members):
    async def act(earning):
        maturing = NewPosting(
            account_id=earning.account_id,
            key=f"mature:{earning.id}",
            kind="mature",
            points=earning.points,
            reason="confirmed",
            source_kind="request",
            source_id="1",
            settles=earning.id,
        )
        async with members.harness.db.transaction() as session:
            return await post_one(session, maturing)

    return act


async def age(members, now=None):
    for _ in range(3):
        async with members.harness.db.transaction() as session:
            await age_lots(session, now)


async def test_what_is_pending_can_not_be_spent_until_its_time_has_come(members, earn, spend):
    customer = await members.register()
    await earn(customer, 50, usable_at=utcnow() + timedelta(days=14))

    early = await spend(customer, 10)
    await age(members, utcnow() + timedelta(days=13))
    before = await members.points(customer, SEEN)
    await age(members, utcnow() + timedelta(days=15))

    assert early["__typename"] == "NotEnoughPoints"
    assert before == {"balance": 0, "pending": 50, "debt": 0}
    assert await members.points(customer, SEEN) == {"balance": 50, "pending": 0, "debt": 0}
    assert [each["balance"] for each in await members.announced("points.matured")] == [50]
    assert await members.is_sound()


async def test_what_waits_for_confirmation_matures_once(members, earn, confirm):
    customer = await members.register()
    earning = await earn(customer, 50, pending=True)
    await age(members, utcnow() + timedelta(days=400))
    waiting = await members.points(customer, "pending lots { pending usableAt }")

    first, again = await confirm(earning), await confirm(earning)

    assert waiting == {"pending": 50, "lots": [{"pending": True, "usableAt": None}]}
    assert (first.outcome, again.outcome) == ("posted", "repeated")
    assert await members.points(customer, SEEN) == {"balance": 50, "pending": 0, "debt": 0}
    assert await members.is_sound()


async def test_what_is_reversed_while_pending_never_matures(members, earn, confirm):
    customer = await members.register()
    earning = await earn(customer, 50, pending=True)
    reversal = NewPosting(
        account_id=earning.account_id,
        key="gone",
        kind="reverse",
        points=-50,
        reason="cancelled",
        source_kind="request",
        source_id="1",
        reverses=earning.id,
    )
    async with members.harness.db.transaction() as session:
        await post(session, [reversal])

    with pytest.raises(Conflict):
        await confirm(earning)

    assert await members.points(customer, SEEN) == {"balance": 0, "pending": 0, "debt": 0}
    assert await members.is_sound()


async def test_what_expires_soon_is_announced_once_and_then_expires_once(members, spend):
    customer = await members.register()
    await members.order(customer, 100_00)
    await spend(customer, 30)
    (lot,) = (await members.points(customer, "lots { expiresAt }"))["lots"]
    end = type(utcnow()).fromisoformat(lot["expiresAt"])

    await age(members, end - timedelta(days=31))
    early = await members.announced("points.expiring")
    await age(members, end - timedelta(days=29))
    (warning,) = await members.announced("points.expiring")
    await age(members, end + timedelta(days=1))

    assert early == []
    assert (warning["points"], warning["currency"]) == (70, "points")
    assert type(end).fromisoformat(warning["expires_at"]) == end
    assert len(await members.announced("points.expiring")) == 1
    assert [each["points"] for each in await members.announced("points.expired")] == [70]
    assert await members.is_sound()


async def test_a_clock_that_jumps_neither_expires_twice_nor_brings_back(members):
    customer = await members.register()
    await members.order(customer, 100_00)

    for days in (800, -800, 800, 0):
        await age(members, utcnow() + timedelta(days=days))

    assert await members.balance(customer) == 0
    assert [each["points"] for each in await members.announced("points.expired")] == [100]
    assert await members.is_sound()


async def test_each_currency_has_a_wallet_of_its_own(members, earn, spend):
    customer = await members.register()
    await members.order(customer, 100_00)
    await earn(customer, 1_250, currency="cash_back")
    await earn(customer, 7, currency="growth")

    spent = await spend(customer, 1_000, currency="cash_back")
    only_counts = await spend(customer, 1, currency="growth")

    wallets = await members.points(customer, "wallets { currency available pending locked debt }")
    empty = {"pending": 0, "locked": 0, "debt": 0}
    assert spent["balance"] == 250
    assert (only_counts["__typename"], only_counts["field"]) == ("InvalidInput", "currency")
    assert wallets["wallets"] == [
        {"currency": "cash_back", "available": 250, **empty},
        {"currency": "growth", "available": 7, **empty},
        {"currency": "points", "available": 100, **empty},
    ]
    assert await members.is_sound()


async def test_the_ledger_adds_up_each_currency(members, earn):
    customer = await members.register()
    await earn(customer, 1_250, currency="cash_back", against="partner_funding", partner="p1")
    await earn(customer, 10, pending=True)

    query = "{ ledger { currencies { currency sumOfEntries available pending partnerFunding } } }"
    states = (await members.harness.graph(query, as_=members.operator))["ledger"]["currencies"]

    assert [tuple(each.values()) for each in states] == [
        ("cash_back", 0, 1_250, 0, -1_250),
        ("growth", 0, 0, 0, 0),
        ("points", 0, 0, 10, 0),
    ]

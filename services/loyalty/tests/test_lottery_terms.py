"""Who may draft, open, grant and draw, until when, and on which terms."""

from datetime import timedelta

import pytest
from services.loyalty.tests.lotteries import ALWAYS, BLANK, prize

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed


async def test_a_closed_lottery_is_drawn_from_no_more_and_tells_its_seed(lotteries):
    customer = await lotteries.members.register()
    await lotteries.opened(prizes=ALWAYS)

    await lotteries.close()
    refused = await lotteries.draw(customer)

    assert refused["__typename"] == "LotteryIsClosed"
    assert len(await lotteries.told("revealed")) == 1
    assert (await lotteries.close())["__typename"] == "Conflict"
    assert await lotteries.members.balance(customer) == 0


async def test_a_lottery_whose_time_is_over_closes_by_itself(lotteries):
    customer = await lotteries.members.register()
    await lotteries.opened(prizes=ALWAYS)
    await lotteries.members.sql("UPDATE lottery SET ends_at = now() - interval '1 second'")
    await lotteries.midnight()

    refused = await lotteries.draw(customer)

    assert refused["__typename"] == "LotteryIsClosed"
    assert (await lotteries.shown())["state"] == "CLOSED"
    assert len(await lotteries.told("revealed")) == 1


async def test_a_lottery_is_for_its_unit_and_tiers_and_opened_by_another_than_its_author(lotteries):
    near = await lotteries.members.register()
    far = await lotteries.members.register(unit="hq.js")
    both = lotteries.harness.token("marketer", "approver", subject="eve", scope="approve:finance")
    await lotteries.draft(as_=both, tiers=["gold"])

    draft = await lotteries.draw(near)
    own = await lotteries.open(as_=both)
    await lotteries.open()
    answers = [await lotteries.draw(each) for each in (near, far, uuid7())]

    assert (draft["__typename"], own["__typename"]) == ("NotFound", "OwnLottery")
    assert {each["__typename"] for each in answers} == {"LotteryNotForThem"}
    assert await lotteries.told("drawn") == []


WRONG = [
    ({"price": -1}, "price"),
    ({"drawsPerDay": 0}, "drawsPerDay"),
    ({"timeZone": "Mars/Olympus"}, "timeZone"),
    ({"endsAt": utcnow() - timedelta(1)}, "endsAt"),
    ({"prizes": [prize("ten", 1)]}, "prizes"),
    ({"prizes": [prize("m", 300_000, "MONEY", currency="points"), BLANK]}, "prizes"),
    ({"prizes": [prize("r", 300_000, "REWARD", item="none"), BLANK]}, "prizes"),
    ({"prizes": [prize("v", 300_000, "VOUCHER", item="none"), BLANK]}, "prizes"),
    ({"prizes": [prize("v", 300_000, "VOUCHER"), BLANK]}, "prizes"),
    ({"code": " "}, "code"),
    ({"code": "../other"}, "code"),
    ({"tiers": ["gold"] * 21}, "tiers"),
    ({"tiers": ["gold", "golden"]}, "tiers"),
    ({"segments": ["films", ""]}, "segments[1]"),
]


async def test_a_lottery_that_can_not_be_is_refused(lotteries):
    answers = [await lotteries.draft(**more) for more, _ in WRONG]

    assert [(each["__typename"], each.get("field")) for each in answers] == [
        ("InvalidInput", field) for _, field in WRONG
    ]
    assert await lotteries.shown() is None


async def test_only_those_who_may_draw_grant_and_draft(lotteries):
    customer, other = [await lotteries.members.register() for _ in range(2)]
    await lotteries.opened()
    desk = lotteries.harness.token("front_line", unit="hq.zj.hz")

    for_other = await lotteries.draw(customer, customerId=other)
    unseen = await lotteries.grant(customer, as_=desk)
    odd = await lotteries.draw(customer, clientSeed="WORDS OF MINE")

    assert (for_other["__typename"], unseen["__typename"]) == ("NotFound", "NotFound")
    assert (odd["__typename"], odd["field"]) == ("InvalidInput", "clientSeed")
    for attempt in (
        lotteries.draw(customer, as_=lotteries.ann),
        lotteries.grant(customer, as_=lotteries.token_of(customer)),
        lotteries.draft(as_=lotteries.harness.token("marketer", unit="hq.js")),
    ):
        with pytest.raises(GraphFailed) as refused:
            await attempt
        assert refused.value.codes == ["FORBIDDEN"]


async def test_two_who_choose_the_same_key_both_grant_chances(lotteries):
    await lotteries.opened()
    customer = await lotteries.members.register()
    colleague = lotteries.harness.token("marketer", unit="hq", subject="eve")

    answers = [await lotteries.grant(customer, key="1", as_=as_) for as_ in (None, colleague)]
    again = await lotteries.grant(customer, key="1")

    assert [each["chances"] for each in (*answers, again)] == [1, 2, 2]


async def test_chances_are_granted_where_the_lottery_reaches_and_nowhere_else(lotteries):
    below = await lotteries.members.register(unit="hq.zj.hz")
    beside = await lotteries.members.register(unit="hq.js")
    await lotteries.opened(price=None, unit="hq.zj")
    shop, neighbour = [
        lotteries.harness.token("front_line", unit=unit) for unit in ("hq.zj.hz", "hq.js")
    ]

    granted = await lotteries.grant(below, as_=shop, key="shop")
    refused = await lotteries.grant(beside, as_=neighbour, key="neighbour")

    assert (granted["__typename"], granted["chances"]) == ("LotteryChancesWereGranted", 1)
    assert refused["__typename"] == "NotFound"
    assert [(await lotteries.mine(each))[0] for each in (below, beside)] == [1, 0]

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from services.loyalty.tests.boards import DAY, NOON

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed
from loyalty.leaderboards.commands.freezing import (
    clear_periods,
)

MERGED = "octoreach.customer.customer.merged.v1"
UNMERGED = "octoreach.customer.customer.unmerged.v1"
ERASE = "octoreach.customer.erasure.requested.v1"
NAME = """mutation ($customer: UUID!, $name: String) {
  chooseLeaderboardName(customerId: $customer, name: $name) {
    __typename ... on InvalidInput { field } } }"""


async def test_who_has_more_is_ahead_and_of_equals_who_was_there_earlier(boards, members):
    await boards.define()
    one, two, three = [await members.register() for _ in range(3)]
    for customer, days in ((one, (3, 1)), (two, (5, 2)), (three, (9,))):
        for each in days:
            await members.order(customer, 100, at=NOON - each * DAY)

    assert await boards.ranking() == [(str(two), 2), (str(one), 2), (str(three), 1)]
    assert [await boards.rank(each) for each in (one, two, three)] == [2, 1, 3]


async def test_an_order_scores_once_however_often_and_at_once_it_is_told(boards, members):
    await boards.define()
    await boards.define("earners", measure="POINTS")
    customer, order = await members.register(), uuid7()

    await asyncio.gather(*(members.order(customer, 70_00, order=order) for _ in range(5)))
    await asyncio.gather(*(members.order(customer, 1_00) for _ in range(5)))

    assert await boards.ranking() == [(str(customer), 6)]
    assert await boards.ranking("earners") == [(str(customer), 75)]
    assert (await boards.look())["members"] == 1


async def test_a_cancelled_order_scores_nothing_whichever_is_heard_first(boards, members):
    await boards.define()
    one, two, early = await members.register(), await members.register(), uuid7()
    await members.order(one, 100, at=NOON - 9 * DAY)
    await members.order(two, 100, at=NOON - 8 * DAY)
    gone = await members.order(one, 100, at=NOON - 1 * DAY)
    ahead = await boards.rank(one)

    await members.cancel(one, gone)
    await members.cancel(two, early)
    await members.order(two, 100, order=early, at=NOON - 7 * DAY)

    assert ahead == 1
    assert await boards.ranking() == [(str(one), 1), (str(two), 1)]
    last = await members.order(two, 100)
    await members.cancel(two, last)
    assert [await boards.rank(each) for each in (one, two)] == [1, 2]


async def test_only_members_of_the_unit_and_of_the_club_compete(boards, members):
    await members.sql("""INSERT INTO club (code, name, interest, description, benefits, unit,
      joining, grace_days, state, members, enrolling, created_at, changed_by)
      VALUES ('runners', 'Runners', 'running', '', '', 'hq', 'asking', 0, 'open', 0, false, now(),
      'ann')""")  # fmt: skip
    await boards.define("east", unit="hq.zj")
    await boards.define("runners", clubCode="runners")
    inside, outside = await members.register(unit="hq.zj.hz"), await members.register(unit="hq.gd")
    await members.sql(
        """INSERT INTO club_membership (id, created_at, club_code, customer_id, joined_by)
        VALUES (gen_random_uuid(), now(), 'runners', :customer, 'asking')""",
        customer=outside,
    )

    for customer in (inside, outside):
        await members.order(customer, 100)

    assert await boards.ranking("east") == [(str(inside), 1)]
    assert await boards.ranking("runners") == [(str(outside), 1)]


async def test_reached_levels_score_and_lost_ones_do_so_no_longer(boards, members):
    await boards.define("achievers", measure="ACHIEVEMENTS")
    await members.sql("""INSERT INTO achievement (id, created_at, code, version, state, name,
      description, badge, unit, measure, touchpoint_kinds, span, within_days, rounds, levels,
      valid_from, history, history_kind, history_seen, drafted_by)
      VALUES (gen_random_uuid(), now(), 'buyer', 1, 'active', 'Buyer', '', '', 'hq', 'orders', '{}',
      'ever', 1, 1, '[{"name": "one", "threshold": 1, "points": 0}, {"name": "two", "threshold": 2, "points": 0}]',
      now() - interval '1 day', 'left_out', '', 0, 'ann')""")  # fmt: skip
    customer = await members.register()
    order = await members.order(customer, 100)
    await members.order(customer, 100)
    both = await boards.ranking("achievers")

    await members.cancel(customer, order)
    one = await boards.ranking("achievers")
    await members.order(customer, 100)

    assert (both, one) == ([(str(customer), 2)], [(str(customer), 1)])
    assert await boards.ranking("achievers") == both


async def test_periods_end_by_the_leaderboards_clock_and_late_events_go_where_they_belong(
    boards, members
):
    await boards.define(span="MONTH", timeZone="Asia/Shanghai")
    customer = await members.register()
    last, first = datetime(2026, 1, 31, 15, 59, tzinfo=UTC), datetime(2026, 1, 31, 16, tzinfo=UTC)

    for at in (first, last, first):
        await members.order(customer, 100, at=at)

    january, february = [
        await boards.look(day=day) for day in (date(2026, 1, 15), date(2026, 2, 28))
    ]
    assert (january["startsOn"], january["top"][0]["score"]) == ("2026-01-01", 1)
    assert (february["startsOn"], february["top"][0]["score"]) == ("2026-02-01", 2)


async def test_a_frozen_period_keeps_its_winners_and_gives_each_prize_once(boards, members):
    prizes = [
        {"fromRank": 1, "toRank": 1, "points": 100}, {"fromRank": 2, "toRank": 3, "points": 10},
    ]  # fmt: skip
    await boards.define(span="DAY", prizes=prizes)
    customers = [await members.register() for _ in range(4)]
    for many, customer in enumerate(customers, start=1):
        for _ in range(many):
            await members.order(customer, 100, at=NOON)

    await boards.freeze()
    before = await boards.won()
    await asyncio.gather(*(boards.freeze(days=2) for _ in range(4)))
    await members.order(customers[0], 100, at=NOON)
    await members.cancel(customers[0], await members.order(customers[3], 100))

    fourth, third, second, first = map(str, customers)
    assert before == []
    assert sorted(await boards.won(), key=lambda each: each[1]) == [
        (first, 1, 100), (second, 2, 10), (third, 3, 10),
    ]  # fmt: skip
    assert [await boards.prizes(each) for each in customers] == [0, 10, 10, 100]
    seen = await boards.look(day=NOON.date(), customer=customers[0])
    assert seen["frozenAt"] is not None
    assert [(each["customerId"], each["score"], each["prize"]) for each in seen["top"]] == [
        (first, 4, 100), (second, 3, 10), (third, 2, 10), (fourth, 1, 0),
    ]  # fmt: skip
    assert (seen["mine"]["rank"], seen["members"]) == (4, 4)
    assert await members.is_sound()


async def test_of_periods_frozen_long_ago_the_winners_stay(boards, members):
    await boards.define(span="DAY")
    customer = await members.register()
    await members.order(customer, 100, at=NOON)
    await boards.freeze(days=2)

    for days in (2, 40, 40, 40):
        async with members.harness.db.transaction() as session:
            await clear_periods(session, utcnow() + timedelta(days=days))

    seen = await boards.look(day=NOON.date(), customer=customer)
    assert [each["customerId"] for each in seen["top"]] == [str(customer)]
    assert (seen["mine"], seen["members"]) == (None, 1)


async def test_closing_freezes_what_is_under_way(boards, members):
    await boards.define(prizes=[{"fromRank": 1, "toRank": 1, "points": 5}])
    customer = await members.register()
    await members.order(customer, 100)

    closed = await boards.close()
    await members.order(customer, 100)
    await boards.freeze()

    assert closed == "MemberLeaderboardWasClosed"
    assert await boards.ranking() == [(str(customer), 1)]
    assert await boards.won() == [(str(customer), 1, 5)]


async def test_nobody_is_seen_by_name_who_has_not_chosen_one(boards, members):
    await boards.define()
    named, shy = await members.register(), await members.register()
    for customer in (named, named, shy):
        await members.order(customer, 100)
    themselves, other = [
        members.harness.token("customer", customer=str(each)) for each in (named, shy)
    ]
    colleague = {"as_": boards.clerk, "customer": named, "name": "Winner"}

    refused = (await members.harness.graph(NAME, **colleague))["chooseLeaderboardName"]
    await members.harness.graph(NAME, as_=themselves, customer=named, name="阿明")
    seen = (await boards.look(as_=other))["top"]
    await members.harness.graph(NAME, as_=boards.clerk, customer=named)
    nameless = (await boards.look(as_=other))["top"][0]["name"]

    assert refused == {"__typename": "InvalidInput", "field": "name"}
    assert [(each["name"], each["customerId"]) for each in seen] == [
        ("阿明", None), (seen[1]["name"], str(shy)),
    ]  # fmt: skip
    assert seen[1]["name"].startswith("Member ")
    assert nameless.startswith("Member ")


async def test_a_member_sees_their_neighbours_and_colleagues_elsewhere_see_nothing(boards, members):
    await boards.define(unit="hq.zj")
    customers = [await members.register() for _ in range(13)]
    for days, customer in enumerate(customers):
        await members.order(customer, 100, at=NOON - days * DAY)
    seventh = members.harness.token("customer", customer=str(customers[6]))

    seen = await boards.look(as_=seventh)

    assert seen["mine"]["rank"] == 7
    assert [each["rank"] for each in seen["neighbours"]] == list(range(2, 13))
    assert await boards.look(as_=members.harness.token("analyst", unit="hq.gd")) is None
    with pytest.raises(GraphFailed) as refused:
        await boards.look(customer=customers[0], as_=seventh)
    assert refused.value.codes == ["REFUSED"]


@pytest.mark.parametrize(
    ("wrong", "answer"),
    [
        ({"code": "No!"}, {"__typename": "InvalidInput", "field": "code"}),
        ({"timeZone": "Moon/Sea"}, {"__typename": "InvalidInput", "field": "timeZone"}),
        ({"settlesMinutes": -1}, {"__typename": "InvalidInput", "field": "settlesMinutes"}),
        (
            {"prizes": [{"fromRank": 1, "toRank": 2, "points": 1},
                        {"fromRank": 2, "toRank": 3, "points": 1}]},
            {"__typename": "InvalidInput", "field": "prizes"},
        ),
        ({"clubCode": "none"}, {"__typename": "NotFound", "kind": "club"}),
    ],
)  # fmt: skip
async def test_a_draft_is_written_only_when_its_terms_make_sense(boards, wrong, answer):
    assert await boards.draft(**wrong) == answer
    assert await boards.open() == "NotFound"


async def test_nobody_opens_what_they_drafted(boards, members):
    await boards.draft()

    both = members.harness.token("marketer", "approver", subject="ann", unit="hq")

    assert await boards.open(as_=both) == "OwnLeaderboard"
    assert await boards.look() is None


async def test_merged_members_have_one_score_and_two_again_when_they_are_two(boards, members):
    await boards.define()
    survivor, absorbed, third, merge = [await members.register() for _ in range(3)] + [uuid7()]
    for customer, many in ((survivor, 2), (absorbed, 2), (third, 3)):
        for _ in range(many):
            await members.order(customer, 100)
    content = {"merge_id": merge, "customer_id": survivor}

    await members.harness.hear(MERGED, content | {"absorbed_id": absorbed, "at": utcnow()})
    together = await boards.ranking(), (await boards.look())["members"]
    await members.harness.hear(UNMERGED, content | {"restored_id": absorbed, "at": utcnow()})

    assert together == ([(str(survivor), 4), (str(third), 3)], 2)
    assert [score for _, score in await boards.ranking()] == [3, 2, 2]
    assert (await boards.look())["members"] == 3


async def test_who_is_forgotten_stands_on_no_leaderboard(boards, members):
    await boards.define()
    gone, stays = await members.register(), await members.register()
    for customer in (gone, gone, stays):
        await members.order(customer, 100)

    request = {"request_id": uuid7(), "customer_id": gone, "alias_ids": []}
    await members.harness.hear(ERASE, request)

    assert await boards.ranking() == [(str(stays), 1)]
    assert (await boards.look(customer=stays))["mine"]["rank"] == 1
    assert (await boards.look())["members"] == 1

import asyncio
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed
from loyalty.leaderboards.commands.freezing import (
    add_shifts,
    clear_periods,
    freeze_periods,
    reward_winners,
)
from loyalty.leaderboards.models import Leaderboard
from loyalty.leaderboards.naming import shown_as

MERGED = "octoreach.customer.customer.merged.v1"
UNMERGED = "octoreach.customer.customer.unmerged.v1"
ERASE = "octoreach.customer.erasure.requested.v1"
DRAFT = """mutation ($input: DraftMemberLeaderboardInput!) { draftMemberLeaderboard(input: $input) {
  __typename
  ... on InvalidInput { field }
  ... on NotFound { kind }
} }"""
OPEN = """mutation ($code: String!) { openMemberLeaderboard(code: $code) { __typename } }"""
CLOSE = """mutation ($code: String!) { closeMemberLeaderboard(code: $code) { __typename } }"""
NAME = """mutation ($customer: UUID!, $name: String) {
  chooseLeaderboardName(customerId: $customer, name: $name) {
    __typename ... on InvalidInput { field } } }"""
ENTRY = "rank name score prize customerId"
LOOK = f"""query ($code: String!, $day: Date, $customer: UUID, $first: Int!) {{
  memberLeaderboard(code: $code, period: $day, customerId: $customer, first: $first) {{
    startsOn members frozenAt top {{ {ENTRY} }} mine {{ {ENTRY} }} neighbours {{ {ENTRY} }} }} }}"""
DAY = timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime.now(SHANGHAI).replace(hour=12, minute=0, second=0, microsecond=0)


class Leaderboards:
    """What marketers, approvers and members do about leaderboards."""

    def __init__(self, members) -> None:
        self.members = members
        self.harness = members.harness
        self.ann = self.harness.token("marketer", subject="ann", unit="hq")
        self.bob = self.harness.token("approver", subject="bob", unit="hq")
        self.clerk = self.harness.token("front_line", unit="hq")

    async def draft(self, code="buyers", as_=None, **terms: Any) -> dict[str, Any]:
        wanted = {
            "code": code, "name": code.title(), "unit": "hq", "measure": "ORDERS",
            "span": "EVER", **terms,
        }  # fmt: skip
        data = await self.harness.graph(DRAFT, as_=as_ or self.ann, input=wanted)
        return data["draftMemberLeaderboard"]

    async def open(self, code="buyers", as_=None) -> str:
        data = await self.harness.graph(OPEN, as_=as_ or self.bob, code=code)
        return data["openMemberLeaderboard"]["__typename"]

    async def define(self, code="buyers", **terms: Any) -> None:
        """A leaderboard that has been there for a long time."""
        assert (await self.draft(code, **terms))["__typename"] == "MemberLeaderboardWasDrafted"
        assert await self.open(code) == "MemberLeaderboardWasOpened"
        await self.members.sql("UPDATE leaderboard SET opened_at = opened_at - interval '3 years'")

    async def close(self, code="buyers") -> str:
        data = await self.harness.graph(CLOSE, as_=self.ann, code=code)
        return data["closeMemberLeaderboard"]["__typename"]

    async def look(self, code="buyers", customer=None, day=None, as_=None, first=10) -> Any:
        asked = {"code": code, "customer": customer, "day": day, "first": first}
        data = await self.harness.graph(LOOK, as_=as_ or self.clerk, **asked)
        return data["memberLeaderboard"]

    async def ranking(self, code="buyers", day=None) -> list[tuple[str, int]]:
        top = (await self.look(code, day=day, first=100))["top"]
        assert [each["rank"] for each in top] == list(range(1, len(top) + 1))
        return [(each["customerId"], each["score"]) for each in top]

    async def rank(self, customer, code="buyers") -> int | None:
        mine = (await self.look(code, customer))["mine"]
        return mine and mine["rank"]

    async def freeze(self, days=0) -> None:
        """Let the background freeze what is over, and give the prizes."""
        async with self.harness.db.transaction() as session:
            await freeze_periods(session, utcnow() + timedelta(days=days))
        await self.harness.turn(reward_winners)

    async def won(self) -> list[tuple[str, int, int]]:
        return [
            (each["customer_id"], each["rank"], each["points"])
            for each in await self.members.announced("leaderboard.won")
        ]

    async def prizes(self, customer) -> int:
        fields = "postings(first: 100) { edges { node { points reason } } }"
        edges = (await self.members.points(customer, fields))["postings"]["edges"]
        won = [each["node"] for each in edges if each["node"]["reason"] == "leaderboard"]
        return sum(each["points"] for each in won)


@pytest.fixture
def boards(members) -> Leaderboards:
    return Leaderboards(members)


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


async def test_ranks_are_those_of_sorting_all_before_and_after_counts_are_added(boards, members):
    await boards.define(measure="POINTS")
    customers = [await members.register() for _ in range(6)]
    chance = Random(7)  # the same history each time
    scores: dict[str, tuple[int, datetime]] = {}

    for number in range(40):
        who = str(chance.choice(customers))
        points = chance.choice([1, 2, 30, 64, 10_000])
        at = NOON - chance.randrange(10**6) * timedelta(seconds=1)
        await members.order(UUID(who), points * 100, at=at)
        score, last = scores.get(who, (0, at))
        scores[who] = (score + points, max(last, at))
        if number % 7 == 0:
            await members.harness.turn(add_shifts)
        expected = sorted(scores, key=lambda each: (-scores[each][0], scores[each][1]))
        if number % 4 == 0:
            asked = chance.choice(expected)
            assert await boards.rank(asked) == expected.index(asked) + 1

    assert await boards.ranking() == [(each, scores[each][0]) for each in expected]
    assert [await boards.rank(each) for each in expected] == [1, 2, 3, 4, 5, 6]


async def test_equal_scores_are_ranked_by_time_also_where_many_share_a_slot(boards, members):
    await boards.define()
    customers = [await members.register() for _ in range(9)]
    order = [4, 8, 1, 0, 7, 2, 6, 3, 5]
    for place, number in enumerate(order):
        late = timedelta(seconds=place) if place < 5 else place * 9 * DAY
        await members.order(customers[number], 100, at=NOON - 200 * DAY + late)

    ranks = [await boards.rank(customers[number]) for number in order]
    await members.harness.turn(add_shifts)

    assert ranks == list(range(1, 10))
    assert [await boards.rank(customers[number]) for number in order] == ranks


@given(st.integers(1, 10**12), st.integers(1, 10**12))
@settings(max_examples=200, deadline=None)
def test_pseudonyms_are_short_and_of_letters_that_are_told_apart(one, two) -> None:
    assert len(shown_as(one)) == len("Member ") + 5
    assert (shown_as(one) == shown_as(two)) == (one % 2**25 == two % 2**25)


async def test_buckets_rise_with_scores_and_end_where_the_next_begins(boards, members):
    await boards.define()
    await members.sql("""INSERT INTO leaderboard_period (code, starts_on, cleared)
      VALUES ('buyers', '1000-01-01', false)""")
    await members.sql(
        """INSERT INTO leaderboard_score (code, starts_on, customer_id, score, last_at,
      lot, slot) SELECT 'buyers', '1000-01-01', gen_random_uuid(), score, now(), 0, 0 FROM (
        SELECT generate_series(1, 3000) AS score
        UNION SELECT CAST(2::numeric ^ e + d AS bigint) FROM generate_series(11, 60) AS e,
        generate_series(-2, 2) AS d) AS scores""".replace("::", r"\:\:")
    )

    async with members.harness.db.reading() as session:
        found = await session.execute(
            text(r"""SELECT count(*) FILTER (WHERE bucket < before), count(*) FILTER (
              WHERE score >= 64 AND (bucket <> before) <> (
                score >= (before % 32 + 33)\:\:bigint << (before / 32 - 1)))
            FROM (SELECT score, bucket, lag(bucket) OVER (ORDER BY score) AS before
              FROM leaderboard_score WHERE score >= 63) AS row WHERE before >= 64""")
        )

    assert tuple(found.one()) == (0, 0)


def test_a_week_begins_on_monday_and_a_month_ends_with_the_next() -> None:
    weekly = Leaderboard(code="w", span="week", time_zone="Asia/Shanghai")
    monthly = Leaderboard(code="m", span="month", time_zone="UTC")

    assert weekly.first_day(date(2026, 11, 22)) == date(2026, 11, 16)
    assert weekly.ends_at(date(2026, 11, 16)) == datetime(2026, 11, 23, tzinfo=SHANGHAI)
    assert monthly.ends_at(date(2026, 12, 1)) == datetime(2027, 1, 1, tzinfo=UTC)

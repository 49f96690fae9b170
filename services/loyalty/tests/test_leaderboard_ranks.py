"""Ranks are those of sorting all scores."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from services.loyalty.tests.boards import DAY, NOON, SHANGHAI
from sqlalchemy import text

from loyalty.leaderboards.commands.freezing import (
    add_shifts,
)
from loyalty.leaderboards.models import Leaderboard
from loyalty.leaderboards.naming import shown_as


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

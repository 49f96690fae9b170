"""Each month of timelines lies by itself, and a page opens only its own."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from services.customer.tests.timelines import TIMELINE, TOUCHPOINT, partitions, timeline, touchpoint
from sqlalchemy import text

from customer.timeline.months import make_timeline_partitions
from kit.database import driver
from kit.models import utcnow
from kit.months import Month, months
from kit.testing.harness import Harness


async def test_each_month_lies_by_itself_however_late_it_is_told_of(
    harness: Harness, a_customer, front_line: str
) -> None:
    known = await a_customer()
    now = utcnow()
    old = datetime(1997, 1, 12, tzinfo=UTC)
    times = (now, old, datetime(1997, 1, 31, 23, 59, tzinfo=UTC), datetime(1997, 2, 1, tzinfo=UTC))

    for at in times:
        await harness.hear(TOUCHPOINT, touchpoint(known, at))

    assert await partitions(harness) == {
        f"timeline.month_{now:%Y_%m}": 1,
        "timeline.month_1997_01": 2,
        "timeline.month_1997_02": 1,
    }
    told = await timeline(harness, front_line, known)
    assert [entry["occurredAt"] for entry in told] == [
        at.isoformat() for at in sorted(times, reverse=True)
    ]


async def test_what_lies_outside_of_all_time_is_kept_apart(harness: Harness, a_customer) -> None:
    known = await a_customer()

    for year in (1, 1969, 2100, 9999):
        await harness.hear(TOUCHPOINT, touchpoint(known, datetime(year, 1, 1, tzinfo=UTC)))

    assert await partitions(harness) == {"timeline.before_1970": 2, "timeline.after_2099": 2}


async def test_old_months_are_made_once_by_however_many_at_once(
    harness: Harness, a_customer
) -> None:
    known = await a_customer()

    await asyncio.gather(
        *(
            harness.hear(TOUCHPOINT, touchpoint(known, datetime(2001, month, 1, tzinfo=UTC)))
            for month in (1, 2, 3) * 4
        )
    )

    found = await partitions(harness)
    assert found == {f"timeline.month_2001_0{month}": 4 for month in (1, 2, 3)}


async def test_partitions_are_made_while_reports_come_in(harness: Harness, a_customer) -> None:
    known = await a_customer()

    async def make() -> None:
        async with harness.db.transaction() as session:
            await make_timeline_partitions(session)

    await asyncio.gather(
        make(), make(), *(harness.hear(TOUCHPOINT, touchpoint(known, utcnow())) for _ in range(20))
    )

    assert sum((await partitions(harness)).values()) == 20


def test_months_follow_one_another_over_the_end_of_a_year() -> None:
    found = list(months(datetime(2026, 11, 21, tzinfo=UTC), 2))

    assert found == [Month(2026, 11), Month(2026, 12), Month(2027, 1)]
    assert [Month(2026, 1).plus(number) for number in (-1, -13, 0, 11, 12)] == [
        Month(2025, 12),
        Month(2024, 12),
        Month(2026, 1),
        Month(2026, 12),
        Month(2027, 1),
    ]


CROWD = """
INSERT INTO timeline_entry (customer_id, occurred_at, id, kind, source, title, details, heard_at)
SELECT gen_random_uuid(), occurred_at, gen_random_uuid(), kind, source, title, details, heard_at
FROM (SELECT DISTINCT ON (occurred_at) * FROM timeline_entry) AS one, generate_series(1, 2000)
"""


async def test_a_page_reads_its_own_entries_and_opens_no_other_month(
    harness: Harness, a_customer, front_line: str
) -> None:
    known = await a_customer()
    start = datetime(2025, 1, 15, tzinfo=UTC)
    for number in range(6):
        for _ in range(8):
            at = start + timedelta(days=31 * number)
            await harness.hear(TOUCHPOINT, touchpoint(known, at))
    async with harness.db.transaction() as session:
        await session.execute(text(CROWD))
        await session.execute(text("ANALYZE timeline_entry"))
    seen: list[tuple[str, Any]] = []
    take_down = lambda asked: seen.append((asked.query, asked.args))  # noqa: E731
    pool = await harness.db.reading_pool()
    async with pool.acquire() as connection:
        connection.add_query_logger(take_down)

    first = await harness.graph(TIMELINE, as_=front_line, id=known, first=5)
    cursor = first["customer"]["timeline"]["pageInfo"]["endCursor"]
    await harness.graph(TIMELINE, as_=front_line, id=known, first=5, after=cursor)
    march = {"since": "2025-03-01T00:00:00Z", "until": "2025-04-01T00:00:00Z"}
    await harness.graph(TIMELINE, as_=front_line, id=known, first=5, **march)

    async with pool.acquire() as connection:
        connection.remove_query_logger(take_down)
    asked = [each for each in seen if "FROM timeline_entry" in each[0]]
    assert [await read_by(harness, *each) for each in asked] == [
        {"month_2025_06": 6},
        {"month_2025_06": 3, "month_2025_05": 3},
        {"month_2025_03": 6},
    ]


async def read_by(harness: Harness, sql: str, values: Any) -> dict[str, int]:
    """The rows a statement reads of each month, by its indexes; other ways of reading fail."""
    async with harness.db.reading() as session:
        connection = await driver(session)
        found = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *values)
    read: dict[str, int] = {}
    todo = [(orjson.loads(found) if isinstance(found, str) else found)[0]["Plan"]]
    while todo:
        node = todo.pop()
        todo += node.get("Plans", [])
        if "Relation Name" in node and (rows := round(node["Actual Rows"] * node["Actual Loops"])):
            assert node["Node Type"] == "Index Scan"
            assert node.get("Rows Removed by Filter", 0) == 0
            read[node["Relation Name"]] = rows
    return read

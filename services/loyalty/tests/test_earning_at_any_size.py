from typing import Any

import orjson
from sqlalchemy import text

from kit.database import AsyncSession
from kit.models import utcnow, uuid7
from kit.reactions import Message

PLACED = "octoreach.channel.order.placed.v1"
READ = text("""
SELECT relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) AS rows
FROM pg_stat_xact_user_tables
""")
COUNT_ANEW = text("SELECT pg_stat_force_next_flush()")
BATCHES, EACH = 16, 40


async def test_what_orders_cost_does_not_grow_with_how_many_are_known(harness):
    read: list[dict[str, int]] = []

    async def note(session: AsyncSession) -> None:
        read.append({row.relname: row.rows for row in await session.execute(READ)})
        await session.execute(COUNT_ANEW)

    harness.running.database.before_commit = [note]
    for _ in range(BATCHES):
        await harness.running.hearing.hear([_order() for _ in range(EACH)])

    assert read[1]["posting"] > 0
    assert read[-1] == read[1]


def _order() -> Message:
    content: dict[str, Any] = {
        "order_id": uuid7(),
        "customer_id": uuid7(),
        "channel_code": "store",
        "partner_code": None,
        "unit": "hq",
        "amount_minor": 100_00,
        "currency": "CNY",
        "lines": [{"product_code": "plan", "quantity": 1, "amount_minor": 100_00}],
        "placed_at": utcnow(),
    }
    return Message(uuid7(), PLACED, utcnow().isoformat(), "", orjson.dumps(content))

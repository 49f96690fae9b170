"""Asking rules again when time alone may have changed their answer."""

from typing import Final

from prometheus_client import Gauge
from sqlalchemy import text

from customer.profiles.changes import changes_of
from customer.reckoning.rulebook import named
from customer.reckoning.waiting import many_wait
from kit.database import AsyncSession
from kit.models import utcnow
from kit.schedules import MORE

AT_ONCE: Final = 1_000
late = Gauge("rules_due_late_seconds", "How long the rule that waits longest has been due.")
_longest_due = text("SELECT min(due_at) FROM rule_due")
_take_due = text(
    "DELETE FROM rule_due WHERE (customer_id, rule_id) IN ("
    "SELECT customer_id, rule_id FROM rule_due WHERE due_at <= :now "
    "ORDER BY due_at LIMIT :most FOR UPDATE SKIP LOCKED) "
    "RETURNING customer_id, rule_id, due_at"
)


async def measure_due_rules(session: AsyncSession) -> None:
    """How late the latest is."""
    now = utcnow()
    longest = (await session.execute(_longest_due)).scalar_one() or now
    late.set(max((now - longest).total_seconds(), 0))


async def reckon_what_is_due(session: AsyncSession) -> str | None:
    """Ask what is due, the longest due first; where time will change it again, it is due again."""
    if await many_wait(session):
        return None
    now = utcnow()
    taken = (await session.execute(_take_due, {"now": now, "most": AT_ONCE})).all()
    for row in taken:
        changes_of(session).note(row.customer_id, [named(row.rule_id)])
    return MORE if len(taken) == AT_ONCE else None

"""Adding to the totals of days, and forgetting those that no window reaches."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text

from customer.activity.models import LONGEST_WINDOW, ActivityDay
from customer.entity import table_of
from customer.identifiers.queries import survivors
from customer.profiles.changes import changes_of
from kit.bulk import insert_rows
from kit.database import AsyncSession
from kit.models import utcnow
from kit.schedules import MORE

LONGEST_MEASURE: Final = 120
FORGOTTEN_AT_ONCE: Final = 20_000
_forget = text(
    "DELETE FROM activity_day WHERE ctid = ANY(ARRAY("
    "SELECT ctid FROM activity_day WHERE day < :oldest LIMIT :most))"
)


@dataclass(frozen=True, slots=True)
class Act:
    """So much of a measure, by a customer, at a time."""

    customer_id: UUID
    measure: str
    at: datetime
    amount: int = 1


async def add_activity(session: AsyncSession, acts: Sequence[Act]) -> None:
    """Add to the totals of the days; rules that read one are asked again."""
    oldest = utcnow() - timedelta(days=LONGEST_WINDOW)
    counted = [each for each in acts if each.at > oldest and len(each.measure) <= LONGEST_MEASURE]
    known_by = await survivors(session, sorted({each.customer_id for each in counted}))
    totals: Counter[tuple[UUID, str, str]] = Counter()
    changes = changes_of(session)
    for each in counted:
        customer_id = known_by.get(each.customer_id, each.customer_id)
        day = each.at.astimezone(UTC).date().isoformat()
        totals[customer_id, each.measure, day] += each.amount
        changes.note(customer_id, [f"activity.{each.measure}"])
    rows = [
        {"customer_id": customer_id, "measure": measure, "day": day, "total": total}
        for (customer_id, measure, day), total in sorted(totals.items())
    ]
    await insert_rows(
        session,
        table_of(ActivityDay),
        rows,
        "ON CONFLICT (customer_id, measure, day) "
        "DO UPDATE SET total = activity_day.total + excluded.total",
    )


async def forget_old_activity(session: AsyncSession) -> str | None:
    """Forget the days that no window reaches any more, some at a time."""
    oldest = utcnow().date() - timedelta(days=LONGEST_WINDOW)
    done = await session.execute(_forget, {"oldest": oldest, "most": FORGOTTEN_AT_ONCE})
    return MORE if done.rowcount == FORGOTTEN_AT_ONCE else None  # type: ignore[attr-defined]

"""Points for birthdays: once a year, on the day or, had nobody been at work, the two days after."""

from datetime import datetime

from sqlalchemy import text

from kit.database import AsyncSession
from kit.models import utcnow
from loyalty.earning.commands.giving import earn_for
from loyalty.earning.happenings import Happening
from loyalty.earning.models import EarningEvent
from loyalty.earning.queries import terms_between

AT_ONCE = 2_000

# Who was born on 29 February has their day on the 28th in other years.
DUE = text("""
WITH days AS (
  SELECT day, extract(month FROM day) * 100 + extract(day FROM day) AS birthday
  FROM generate_series(CAST(:now AS timestamptz) AT TIME ZONE 'UTC' - interval '2 days',
                       CAST(:now AS timestamptz) AT TIME ZONE 'UTC', interval '1 day') AS day
), celebrated AS (
  SELECT day, birthday FROM days
  UNION ALL
  SELECT day, 229 FROM days WHERE birthday = 228 AND extract(day FROM day + interval '1 day') = 1
), due AS (
  SELECT facts.customer_id, facts.unit, day::date AS day,
         md5('birthday:' || facts.customer_id || ':' || extract(year FROM day))::uuid AS source_id
  FROM celebrated JOIN member_facts AS facts ON facts.birthday = celebrated.birthday::smallint
)
SELECT customer_id, unit, day, source_id FROM due
WHERE NOT EXISTS (SELECT FROM earning WHERE source_kind = 'birthday' AND source_id = due.source_id)
  AND NOT EXISTS (SELECT FROM alias WHERE old_id = due.customer_id)
ORDER BY customer_id LIMIT :most
""")


async def earn_for_birthdays(session: AsyncSession, now: datetime | None = None) -> int:
    """Let the rules for birthdays give, a bounded number of members at once; how many."""
    now = now or utcnow()
    terms = await terms_between(session, now, now)
    if not any(terms.for_event(EarningEvent.BIRTHDAY)):
        return 0
    due = (await session.execute(DUE, {"now": now, "most": AT_ONCE})).all()
    await earn_for(
        session,
        [
            Happening(
                event=EarningEvent.BIRTHDAY,
                source_id=each.source_id,
                customer_id=each.customer_id,
                occurred_at=now,
                unit=each.unit,
            )
            for each in due
        ],
    )
    return len(due)

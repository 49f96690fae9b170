"""Folding the ledger into the sums that reports are read from, and closing months."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from structlog import get_logger

from kit.database import AsyncSession
from kit.schedules import MORE
from loyalty.reports.months import begin_of, named, number_of
from loyalty.reports.queries.ages import AGES
from loyalty.reports.queries.flows import TAIL
from loyalty.reports.queries.standing import STANDING
from loyalty.reports.queries.tiers import tier_held

AT_ONCE: Final = timedelta(days=1)
log = get_logger(__name__)

# Whoever writes postings now has begun after this, or will have them made after this: what was made
# before is committed, or never will be. Asked before the postings are read, in another statement.
HORIZON: Final = text("""
SELECT fold.folded_until, fold.closed_month, least(now(), (
    SELECT min(CASE WHEN backend_xid IS NULL THEN query_start ELSE xact_start END)
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND backend_type = 'client backend'
      AND (backend_xid IS NOT NULL OR state = 'active')
  )) AS horizon
FROM ledger_fold AS fold FOR UPDATE OF fold
""")
_BETWEEN: Final = {"since": "CAST(:since AS timestamptz)", "until": "CAST(:until AS timestamptz)"}
FOLD_FLOWS: Final = text(
    "INSERT INTO points_flow AS known (month, currency, unit, tier_code, campaign_id, kind, "
    f"against, postings, points) {TAIL.format(**_BETWEEN)} "
    "ON CONFLICT (month, currency, unit, tier_code, campaign_id, kind, against) DO UPDATE SET "
    "postings = known.postings + excluded.postings, points = known.points + excluded.points"
)
FOLD_FIRST_USES: Final = text("""
INSERT INTO first_use (account_id, used_at)
SELECT account_id, min(created_at) FROM posting
WHERE kind IN ('spend', 'lock') AND created_at >= CAST(:since AS timestamptz)
  AND created_at < CAST(:until AS timestamptz)
GROUP BY account_id ORDER BY account_id ON CONFLICT (account_id) DO NOTHING
""")
FOLD_AGES: Final = text(
    "INSERT INTO lot_age AS known (currency, lifetime, issued_month, age, share, seasoned, issued, used, "
    f"taken_back) {AGES.format(**_BETWEEN)} "
    "ON CONFLICT (currency, lifetime, issued_month, age, share, seasoned) DO UPDATE SET "
    "issued = known.issued + excluded.issued, used = known.used + excluded.used, "
    "taken_back = known.taken_back + excluded.taken_back"
)
ENDED: Final = "CAST(:ended AS timestamptz)"
CLOSE: Final = text(
    "INSERT INTO month_end (month, currency, unit, tier_code, members, available, pending, locked, "  # noqa: S608
    "debt, value_minor, value_currency) SELECT :month, standing.* FROM ("
    + STANDING.format(since=ENDED, tier=tier_held(ENDED))
    + ") AS standing"
)
NOTE: Final = text(
    "UPDATE ledger_fold SET folded_until = :folded_until, closed_month = :closed_month"
)


async def fold_ledger(session: AsyncSession) -> str | None:
    """Add what was posted since the last time to the sums, a day at most; close months that ended.

    Each posting is folded once: the sums and how far they go are one commit.
    """
    state = (await session.execute(HORIZON)).one()
    until = min(state.horizon, state.folded_until + AT_ONCE)
    if until > state.folded_until:
        window = {"since": state.folded_until, "until": until}
        await session.execute(FOLD_FLOWS, window)
        await session.execute(FOLD_FIRST_USES, window)
        await session.execute(FOLD_AGES, window)
    closed = await _close_month(session, state, until)
    await session.execute(NOTE, {"folded_until": max(until, state.folded_until), **closed})
    return MORE if until < state.horizon else None


async def _close_month(session: AsyncSession, state: Any, until: datetime) -> dict[str, str]:
    month = named(number_of(state.closed_month) + 1)
    ended = begin_of(named(number_of(month) + 1))
    if until < ended:
        return {"closed_month": state.closed_month}
    await session.execute(CLOSE, {"month": month, "ended": ended})
    log.info("month_closed", month=month)
    return {"closed_month": month}

"""Watching the ledger: what was posted since the last time is added up, and told if it is wrong."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import text
from structlog import get_logger

from kit.database import AsyncSession
from kit.schedules import MORE
from loyalty.ledger import measures
from loyalty.ledger.models import FaultKind
from loyalty.ledger.queries import UNEQUAL

log = get_logger(__name__)
AT_ONCE: Final = timedelta(minutes=10)
LOOKED_AT_AGAIN: Final = 500

# What is folded into reports is committed: nobody writes postings of that time any more.
STATE: Final = text("""
SELECT watched_until, folded_until FROM ledger_watch AS watch, ledger_fold FOR UPDATE OF watch
""")
NOTE: Final = text("UPDATE ledger_watch SET watched_until = :until")
_MADE: Final = (
    "created_at >= CAST(:since AS timestamptz) AND created_at < CAST(:until AS timestamptz)"
)
_POSTINGS: Final = f"""
SELECT 'posting' AS kind, posting.id, posting.currency
FROM posting LEFT JOIN entry ON posting_id = posting.id WHERE {{which}} GROUP BY posting.id {UNEQUAL}
"""  # noqa: S608
_WALLETS: Final = """
SELECT 'wallet' AS kind, wallet.account_id AS id, wallet.currency FROM wallet
CROSS JOIN LATERAL (
  SELECT coalesce(sum(remaining) FILTER (WHERE state <> 'pending'), 0) AS usable,
         coalesce(sum(remaining) FILTER (WHERE state = 'pending'), 0) AS pending
  FROM lot WHERE lot.account_id = wallet.account_id AND lot.currency = wallet.currency
    AND remaining > 0
) AS lots
WHERE {which} AND (wallet.balance <> lots.usable OR wallet.pending <> lots.pending
  OR least(wallet.balance, wallet.pending, wallet.locked, wallet.debt) < 0)
"""
_TOUCHED: Final = f"(wallet.account_id, wallet.currency) IN (SELECT account_id, currency FROM posting WHERE {_MADE})"  # noqa: S608
_OLDEST: Final = f"""
SELECT kind, id, currency FROM ledger_fault ORDER BY found_at, kind, id, currency
LIMIT {LOOKED_AT_AGAIN}
"""  # noqa: S608
FIND: Final = text(f"""
INSERT INTO ledger_fault (kind, id, currency, found_at)
SELECT kind, id, currency, clock_timestamp() FROM (
  {_POSTINGS.format(which=f"posting.{_MADE.replace('AND ', 'AND posting.')}")}
  UNION ALL {_WALLETS.format(which=_TOUCHED)}
) AS found
ON CONFLICT DO NOTHING RETURNING kind
""")  # noqa: S608
MEND: Final = text(f"""
WITH known AS MATERIALIZED ({_OLDEST}), wrong AS (
  {_POSTINGS.format(which="posting.id IN (SELECT id FROM known WHERE kind = 'posting')")}
  UNION ALL
  {_WALLETS.format(which="(wallet.account_id, wallet.currency) IN (SELECT id, currency FROM known)")}
)
DELETE FROM ledger_fault AS fault USING known
WHERE (fault.kind, fault.id, fault.currency) = (known.kind, known.id, known.currency)
  AND NOT EXISTS (SELECT FROM wrong WHERE (wrong.kind, wrong.id, wrong.currency)
    = (fault.kind, fault.id, fault.currency))
""")  # noqa: S608
COUNT: Final = text("SELECT kind, count(*) AS many FROM ledger_fault GROUP BY kind")


async def watch_ledger(session: AsyncSession) -> str | None:
    """Add up what was posted since the last time, ten minutes of it at most, and what was wrong.

    A posting's entries sum to zero and to its points; a wallet it touched is what its lots are.
    """
    state = (await session.execute(STATE)).one()
    until = min(state.folded_until, state.watched_until + AT_ONCE)
    if await _known(session):
        await session.execute(MEND)
    if until > state.watched_until:
        await _find(session, {"since": state.watched_until, "until": until})
        await session.execute(NOTE, {"until": until})
    return MORE if until < state.folded_until else None


async def measure_ledger(session: AsyncSession) -> None:
    """How many of each kind do not add up."""
    known = await _known(session)
    for kind in FaultKind:
        measures.out_of_balance.labels(kind).set(known.get(kind, 0))


async def _known(session: AsyncSession) -> dict[str, int]:
    return {row.kind: row.many for row in await session.execute(COUNT)}


async def _find(session: AsyncSession, window: dict[str, Any]) -> None:
    found = [row.kind for row in await session.execute(FIND, window)]
    for kind in sorted(set(found)):
        log.error("ledger_out_of_balance", kind=kind, found=found.count(kind))

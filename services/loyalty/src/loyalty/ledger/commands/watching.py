"""Watching what was posted since the last time: it is added up, and told if it is wrong."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import text

from kit.database import AsyncSession
from kit.schedules import MORE
from loyalty.ledger import faults, measures
from loyalty.ledger.commands.telling import keep_faults
from loyalty.ledger.models import FaultKind

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
_TOUCHED: Final = f"(wallet.account_id, wallet.currency) IN (SELECT account_id, currency FROM posting WHERE {_MADE})"  # noqa: S608
_OLDEST: Final = f"""
SELECT kind, id, currency FROM ledger_fault WHERE kind <> 'report'
ORDER BY found_at, kind, id, currency LIMIT {LOOKED_AT_AGAIN}
"""  # noqa: S608
_KNOWN: Final = "IN (SELECT id FROM known WHERE kind = '{kind}')"
NEW: Final = (
    faults.POSTINGS.format(which=f"posting.{_MADE.replace('AND ', 'AND posting.')}"),
    faults.TOUCHED_WALLETS.format(which=_TOUCHED),
)
MEND: Final = text(f"""
WITH known AS MATERIALIZED ({_OLDEST}), wrong AS (
  {faults.POSTINGS.format(which=f"posting.id {_KNOWN.format(kind=FaultKind.POSTING)}")}
  UNION ALL
  {faults.ORPHANS.format(which=f"entry.posting_id {_KNOWN.format(kind=FaultKind.POSTING)}")}
  UNION ALL
  {faults.TRANSFERS.format(which=f"posting.id {_KNOWN.format(kind=FaultKind.TRANSFER)}")}
  UNION ALL
  {
    faults.WALLETS.format(
        which="(wallet.account_id, wallet.currency) "
        "IN (SELECT id, currency FROM known WHERE kind = 'wallet')"
    )
}
  UNION ALL {faults.LOTS.format(which=f"lot.id {_KNOWN.format(kind=FaultKind.LOT)}")}
)
DELETE FROM ledger_fault AS fault USING known
WHERE (fault.kind, fault.id, fault.currency) = (known.kind, known.id, known.currency)
  AND NOT EXISTS (SELECT FROM wrong WHERE (wrong.kind, wrong.id, wrong.currency)
    = (fault.kind, fault.id, fault.currency))
""")  # noqa: S608
UNWATCHED: Final = text(
    "SELECT CAST(extract(epoch FROM now() - whole_since) AS float) FROM ledger_round"
)
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
        window: dict[str, Any] = {"since": state.watched_until, "until": until}
        await keep_faults(session, NEW, window)
        await session.execute(NOTE, {"until": until})
    return MORE if until < state.folded_until else None


async def measure_ledger(session: AsyncSession) -> None:
    """How many of each kind do not add up, and since when nobody has looked at all of it."""
    known = await _known(session)
    for kind in FaultKind:
        measures.out_of_balance.labels(kind).set(known.get(kind, 0))
    measures.unwatched.set((await session.execute(UNWATCHED)).scalar_one())


async def _known(session: AsyncSession) -> dict[str, int]:
    return {row.kind: row.many for row in await session.execute(COUNT)}

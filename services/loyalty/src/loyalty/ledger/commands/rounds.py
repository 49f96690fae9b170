"""The round over the whole ledger: a bite at a time, wherever nothing moves as well."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, Final, TypeAlias

from sqlalchemy import text
from sqlmodel import select
from structlog import get_logger

from kit.database import AsyncSession
from kit.models import utcnow
from loyalty.ledger import faults
from loyalty.ledger.commands.telling import keep_faults
from loyalty.ledger.models import FIRST, LedgerRound, RoundPhase

log = get_logger(__name__)
POSTINGS_AT_ONCE: Final = 10_000
WALLETS_AT_ONCE: Final = 1_000
LOTS_AT_ONCE: Final = 10_000
REST: Final = timedelta(hours=1)
"""A round begins so long after the one before began, at the earliest."""

# What reports say, below zero: what the round finds is added. Nobody folds meanwhile.
FOLDED: Final = text("SELECT folded_until FROM ledger_fold FOR SHARE")
LAST: Final = text("SELECT id FROM posting ORDER BY id DESC LIMIT 1")
FORGET: Final = text("DELETE FROM ledger_round_sum")
SAID: Final = text("""
INSERT INTO ledger_round_sum (month, currency, kind, against, postings, points)
SELECT month, currency, kind, against, -sum(postings), -sum(points) FROM points_flow
GROUP BY month, currency, kind, against
""")
_POSTINGS: Final = "{0} > CAST(:after AS uuid) AND {0} <= CAST(:upto AS uuid)"
NEXT_POSTINGS: Final = text("""
SELECT count(*) AS many, (array_agg(id ORDER BY id DESC))[1] AS id, '' AS currency FROM (
  SELECT id FROM posting WHERE id > :after AND id <= :last ORDER BY id LIMIT :most) AS bite
""")
ADD: Final = text(f"""
INSERT INTO ledger_round_sum AS known (month, currency, kind, against, postings, points)
SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM'), currency, kind, against, count(*),
  sum(CASE WHEN kind IN ('lock', 'release', 'mature') THEN 0 ELSE points END)
FROM posting WHERE {_POSTINGS.format("id")} AND created_at < :until GROUP BY 1, 2, 3, 4
ON CONFLICT (month, currency, kind, against) DO UPDATE SET
  postings = known.postings + excluded.postings, points = known.points + excluded.points
""")  # noqa: S608
REPORTS: Final = """
SELECT 'report' AS kind, CAST(:none AS uuid) AS id, currency, month FROM ledger_round_sum
GROUP BY month, currency HAVING bool_or(postings <> 0 OR points <> 0)
UNION
SELECT 'report', CAST(:none AS uuid), ended.currency, fold.closed_month
FROM ledger_fold AS fold CROSS JOIN LATERAL (
  SELECT currency, sum(available + pending + locked - debt) AS points FROM month_end
  WHERE month = fold.closed_month GROUP BY currency
) AS ended
WHERE ended.points <> (SELECT coalesce(sum(flow.points), 0) FROM points_flow AS flow
  WHERE flow.month <= fold.closed_month AND flow.currency = ended.currency)
"""
REPORTS_ARE_RIGHT: Final = text(f"""
DELETE FROM ledger_fault WHERE kind = 'report'
  AND (currency, month) NOT IN (SELECT currency, month FROM ({REPORTS}) AS wrong)
""")  # noqa: S608
NEXT_WALLETS: Final = text("""
SELECT count(*) AS many, (array_agg(account_id ORDER BY account_id DESC, currency DESC))[1] AS id,
  (array_agg(currency ORDER BY account_id DESC, currency DESC))[1] AS currency FROM (
  SELECT account_id, currency FROM wallet WHERE (account_id, currency) > (:after, :currency)
  ORDER BY account_id, currency LIMIT :most) AS bite
""")
_WALLETS: Final = (
    "(wallet.account_id, wallet.currency) > (CAST(:after AS uuid), :currency) "
    "AND (wallet.account_id, wallet.currency) <= (CAST(:upto AS uuid), :upto_currency)"
)
NEXT_LOTS: Final = text("""
SELECT count(*) AS many, (array_agg(id ORDER BY id DESC))[1] AS id, '' AS currency FROM (
  SELECT id FROM lot WHERE id > :after ORDER BY id LIMIT :most) AS bite
""")
WRONG_POSTINGS: Final = (
    faults.POSTINGS.format(which=_POSTINGS.format("posting.id")),
    faults.ORPHANS.format(which=_POSTINGS.format("entry.posting_id")),
    faults.TRANSFERS.format(which=_POSTINGS.format("posting.id")),
)
WRONG_WALLETS: Final = (faults.WALLETS.format(which=_WALLETS),)
WRONG_LOTS: Final = (faults.LOTS.format(which=_POSTINGS.format("lot.id")),)
Step: TypeAlias = Callable[[AsyncSession, LedgerRound], Awaitable[RoundPhase | None]]


async def look_through_ledger(session: AsyncSession) -> None:
    """One bite of the round, which goes on where the last one stopped: postings, wallets, lots.

    It finds all that `ledger_state` counts, also where nothing has moved for years. What it finds
    is told and kept until `watch_ledger` sees it mended.
    """
    held = (await session.exec(select(LedgerRound).with_for_update())).one()
    following = await STEPS[RoundPhase(held.phase)](session, held)
    if following is not None:
        held.phase, held.after_id, held.after_currency = following, FIRST, ""
    session.add(held)


async def _begin(session: AsyncSession, held: LedgerRound) -> RoundPhase | None:
    if utcnow() < held.began_at + REST:
        return None
    held.began_at, held.looked_at, held.found = utcnow(), 0, 0
    held.until = (await session.execute(FOLDED)).scalar_one()
    held.last_posting = (await session.execute(LAST)).scalar_one_or_none() or FIRST
    await session.execute(FORGET)
    await session.execute(SAID)
    return RoundPhase.POSTINGS


async def _postings(session: AsyncSession, held: LedgerRound) -> RoundPhase | None:
    upto = await _bite(session, held, NEXT_POSTINGS, POSTINGS_AT_ONCE)
    if upto is None:
        held.found += await keep_faults(session, [REPORTS], {"none": FIRST})
        await session.execute(REPORTS_ARE_RIGHT, {"none": FIRST})
        return RoundPhase.WALLETS
    await _look(session, held, upto, WRONG_POSTINGS)
    bite = {"after": held.after_id, "upto": upto["upto"], "until": held.until}
    await session.execute(ADD, bite)
    held.after_id = upto["upto"]
    return None


async def _wallets(session: AsyncSession, held: LedgerRound) -> RoundPhase | None:
    upto = await _bite(session, held, NEXT_WALLETS, WALLETS_AT_ONCE)
    if upto is None:
        return RoundPhase.LOTS
    await _look(session, held, upto, WRONG_WALLETS)
    held.after_id, held.after_currency = upto["upto"], upto["upto_currency"]
    return None


async def _lots(session: AsyncSession, held: LedgerRound) -> RoundPhase | None:
    upto = await _bite(session, held, NEXT_LOTS, LOTS_AT_ONCE)
    if upto is None:
        held.whole_since = held.began_at
        log.info("ledger_looked_through", looked_at=held.looked_at, found=held.found)
        return RoundPhase.RESTING
    await _look(session, held, upto, WRONG_LOTS)
    held.after_id = upto["upto"]
    return None


async def _bite(
    session: AsyncSession, held: LedgerRound, following: Any, most: int
) -> dict[str, Any] | None:
    """Up to which row the next bite goes; None behind the last."""
    asked = {"after": held.after_id, "currency": held.after_currency, "last": held.last_posting}
    row = (await session.execute(following, {**asked, "most": most})).one()
    held.looked_at += row.many
    return {"upto": row.id, "upto_currency": row.currency} if row.many else None


async def _look(
    session: AsyncSession, held: LedgerRound, upto: dict[str, Any], wrong: Sequence[str]
) -> None:
    asked = {"after": held.after_id, "currency": held.after_currency, **upto}
    held.found += await keep_faults(session, wrong, asked)


STEPS: Final[dict[RoundPhase, Step]] = {
    RoundPhase.RESTING: _begin,
    RoundPhase.POSTINGS: _postings,
    RoundPhase.WALLETS: _wallets,
    RoundPhase.LOTS: _lots,
}

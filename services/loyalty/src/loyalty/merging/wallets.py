"""Points between two accounts of one person: by postings, with their lots and reservations."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text

from kit.database import AsyncSession
from kit.models import uuid7
from loyalty.merging.models import BETWEEN_ACCOUNTS

HOLD: Final = text("""
SELECT hold_wallets(coalesce(jsonb_agg(jsonb_build_object(
  'account_id', account, 'currency', currency)), '[]'))
FROM wallet, unnest(ARRAY[CAST(:source AS uuid), CAST(:target AS uuid)]) AS account
WHERE wallet.account_id IN (:source, :target)
""")
FILLED: Final = text("""
SELECT currency, balance - debt AS usable, pending, locked, debt FROM wallet
WHERE account_id = :source AND (balance, pending, locked, debt) <> (0, 0, 0, 0) ORDER BY currency
""")
MOVE: Final = text("""
SELECT move_wallet(:going, :coming, :source, :target, :currency,
  CAST(:usable AS bigint), CAST(:pending AS bigint), CAST(:locked AS bigint), :merge)
""")
REMEMBER: Final = text("""
INSERT INTO wallet_move
  (posting_in, posting_out, merge_id, currency, source_id, target_id, debt, taken_back)
VALUES (:coming, :going, :merge, :currency, :source, :target, :debt, false)
""")
SETTLE: Final = text("SELECT settle_lots(:posting, :account, :currency)")
TAKE_BACK: Final = text("""
UPDATE wallet_move SET taken_back = true WHERE merge_id = :merge AND NOT taken_back
RETURNING posting_in, currency, debt
""")
# What the merge itself took from lots that go back, to recover a debt, comes with them.
LEFT: Final = text("""
WITH returned AS (
  SELECT lot.currency, lot.state, lot.remaining + coalesce((
    SELECT sum(points) FROM lot_use WHERE lot_id = lot.id AND posting_id = ANY(:taken)
      AND points > 0), 0) AS points
  FROM lot WHERE account_id = :target
), reserved AS (
  SELECT currency, -sum(points)::bigint AS locked FROM reservation JOIN posting USING (id)
  WHERE reservation.account_id = :target AND settled_by IS NULL GROUP BY currency
)
SELECT currency,
  coalesce(sum(points) FILTER (WHERE state <> 'pending'), 0)::bigint AS usable,
  coalesce(sum(points) FILTER (WHERE state = 'pending'), 0)::bigint AS pending,
  coalesce(max(locked), 0) AS locked
FROM returned FULL JOIN reserved USING (currency) GROUP BY currency
HAVING coalesce(sum(points), 0) + coalesce(max(locked), 0) > 0
""").bindparams(bindparam("taken", type_=ARRAY(Uuid)))
GIVE_BACK: Final = text("SELECT give_back_to_lots(:posting, :taker)")


async def move_wallets(session: AsyncSession, merge_id: UUID, source: UUID, target: UUID) -> None:
    """Everything of the source is the target's: lots keep their expiry, debts are owed on."""
    await session.execute(HOLD, {"source": source, "target": target})
    filled = (await session.execute(FILLED, {"source": source})).all()
    for each in BETWEEN_ACCOUNTS:
        await each.move(session, source, target)
    for row in filled:
        moved = _between(source, target, row, merge_id)
        await session.execute(MOVE, moved)
        told = {name: moved[name] for name in ("going", "coming", "merge", "currency")}
        await session.execute(
            REMEMBER, {**told, "source": source, "target": target, "debt": row.debt}
        )
        await _settle(session, moved)


async def move_wallets_back(
    session: AsyncSession, merge_id: UUID, source: UUID, target: UUID, origins: Sequence[UUID]
) -> None:
    """What is left of the lots that came from `origins` goes back, and so does what was owed."""
    await session.execute(HOLD, {"source": source, "target": target})
    for each in BETWEEN_ACCOUNTS:
        await each.restore(session, source, target, origins)
    moves = (await session.execute(TAKE_BACK, {"merge": merge_id})).all()
    taken = [row.posting_in for row in moves]
    left = await session.execute(LEFT, {"target": target, "taken": taken})
    owed: dict[str, int] = {}
    for row in moves:
        owed[row.currency] = owed.get(row.currency, 0) + row.debt
    rows = {row.currency: row for row in left}
    for currency in sorted(rows.keys() | {code for code, debt in owed.items() if debt}):
        back = _between(source, target, rows.get(currency), merge_id, currency)
        for moved in _apart(back, owed.get(currency, 0)):
            await session.execute(MOVE, moved)
        for row in moves:
            if row.currency == currency:
                values = {"posting": moved["going"], "taker": row.posting_in}
                await session.execute(GIVE_BACK, values)
        await _settle(session, moved)


def _apart(back: dict[str, Any], owed: int) -> list[dict[str, Any]]:
    """What goes back less what was owed; or one after the other, where together they are nothing."""
    net = {**back, "usable": back["usable"] - owed}
    if any(net[name] for name in ("usable", "pending", "locked")):
        return [net]
    return [back, {**back, "usable": -owed, "going": uuid7(), "coming": uuid7()}]


def _between(
    source: UUID, target: UUID, row: Any, merge_id: UUID, currency: str | None = None
) -> dict[str, Any]:
    return {
        "going": uuid7(),
        "coming": uuid7(),
        "source": source,
        "target": target,
        "currency": currency or row.currency,
        "usable": int(row.usable) if row else 0,
        "pending": int(row.pending) if row else 0,
        "locked": int(row.locked) if row else 0,
        "merge": str(merge_id),
    }


async def _settle(session: AsyncSession, moved: dict[str, Any]) -> None:
    """Lots follow the balances: what recovered a debt is taken from them."""
    for posting, account in (("going", "source"), ("coming", "target")):
        values = {"posting": moved[posting], "account": moved[account]}
        await session.execute(SETTLE, {**values, "currency": moved["currency"]})

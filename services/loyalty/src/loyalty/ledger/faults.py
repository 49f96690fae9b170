"""What may be wrong with postings, transfers, wallets and lots: a query each, of some or of all."""

from typing import Final

UNEQUAL: Final = """
HAVING coalesce(sum(amount), 1) <> 0
  OR points <> coalesce(sum(amount) FILTER (
    WHERE line < 3 OR line < 5 AND kind NOT IN ('lock', 'release', 'mature')), 0)
  OR bool_or(line = 5 AND account_kind <> against)
"""
"""Of postings with their entries, those that do not add up, or name another account."""

POSTINGS: Final = f"""
SELECT 'posting' AS kind, posting.id, posting.currency, '' AS month
FROM posting LEFT JOIN entry ON posting_id = posting.id WHERE {{which}} GROUP BY posting.id {UNEQUAL}
"""  # noqa: S608
ORPHANS: Final = """
SELECT DISTINCT 'posting' AS kind, entry.posting_id AS id, '' AS currency, '' AS month FROM entry
WHERE {which} AND NOT EXISTS (SELECT FROM posting WHERE posting.id = entry.posting_id)
"""
TRANSFERS: Final = """
SELECT 'transfer' AS kind, posting.id, posting.currency, '' AS month FROM posting
WHERE {which} AND (posting.against = 'transfer' OR posting.kind IN ('transfer', 'move'))
  AND NOT CASE
    WHEN posting.kind = 'move' THEN (
      SELECT sum(side.points) = 0 FROM posting AS side WHERE side.kind = 'move'
        AND side.source_id = posting.source_id AND side.currency = posting.currency)
    WHEN posting.kind = 'transfer' THEN EXISTS (
      SELECT FROM posting AS side
      WHERE CASE WHEN posting.points < 0 THEN side.settles = posting.id
            ELSE side.id = posting.settles END
        AND side.kind = 'transfer' AND side.currency = posting.currency
        AND side.points = -posting.points)
    ELSE false END
"""
_LOTS_OF_WALLET: Final = """
CROSS JOIN LATERAL (
  SELECT coalesce(sum(remaining) FILTER (WHERE state <> 'pending'), 0) AS usable,
         coalesce(sum(remaining) FILTER (WHERE state = 'pending'), 0) AS pending
  FROM lot WHERE lot.account_id = wallet.account_id AND lot.currency = wallet.currency
    AND remaining > 0
) AS lots
"""
_NOT_THE_LOTS: Final = """(wallet.balance <> lots.usable OR wallet.pending <> lots.pending
  OR least(wallet.balance, wallet.pending, wallet.locked, wallet.debt) < 0)"""
_NAMED: Final = (
    "SELECT 'wallet' AS kind, wallet.account_id AS id, wallet.currency, '' AS month FROM wallet"
)
TOUCHED_WALLETS: Final = f"{_NAMED} {_LOTS_OF_WALLET} WHERE {{which}} AND {_NOT_THE_LOTS}"
"""By their lots alone: what they have been through is not read again."""
WALLETS: Final = f"""
{_NAMED} {_LOTS_OF_WALLET}
CROSS JOIN LATERAL (
  SELECT coalesce(sum(amount) FILTER (WHERE account_kind = 'wallet'), 0) AS balance,
         coalesce(-sum(amount) FILTER (WHERE account_kind = 'debt'), 0) AS debt,
         coalesce(sum(amount) FILTER (WHERE account_kind = 'pending'), 0) AS pending,
         coalesce(sum(amount) FILTER (WHERE account_kind = 'locked'), 0) AS locked
  FROM posting JOIN entry ON entry.posting_id = posting.id
  WHERE posting.account_id = wallet.account_id AND posting.currency = wallet.currency
    AND entry.account_id = wallet.account_id
) AS said
CROSS JOIN LATERAL (
  SELECT coalesce(-sum(posting.points), 0) AS locked FROM reservation
  JOIN posting ON posting.id = reservation.id
  WHERE reservation.account_id = wallet.account_id AND reservation.settled_by IS NULL
    AND posting.currency = wallet.currency
) AS reserved
WHERE {{which}} AND ({_NOT_THE_LOTS} OR wallet.locked <> reserved.locked
  OR (wallet.balance, wallet.debt, wallet.pending, wallet.locked)
    IS DISTINCT FROM (said.balance, said.debt, said.pending, said.locked))
"""  # noqa: S608
LOTS: Final = """
SELECT 'lot' AS kind, lot.id, lot.currency, '' AS month
FROM lot LEFT JOIN lot_use ON lot_id = lot.id WHERE {which} GROUP BY lot.id
HAVING lot.points <> remaining + expired + coalesce(sum(lot_use.points), 0)
"""

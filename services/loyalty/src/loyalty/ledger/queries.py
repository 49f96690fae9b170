"""The ledger's invariants, added up from every entry whenever somebody asks."""

from dataclasses import dataclass

from sqlalchemy import text

from kit.database import AsyncSession


@dataclass(frozen=True, slots=True)
class LedgerState:
    """The ledger's invariants as figures: the four in the middle are zero, always."""

    postings: int
    entries: int
    sum_of_entries: int
    postings_out_of_balance: int
    accounts_out_of_balance: int
    negative_balances: int
    liability: int
    debts: int


LEDGER_STATE = text("""
WITH members AS (
  SELECT account_id, sum(amount) FILTER (WHERE account_kind = 'wallet') AS wallet,
         -sum(amount) FILTER (WHERE account_kind = 'debt') AS debt
  FROM entry WHERE account_id IS NOT NULL GROUP BY account_id
), lots AS (
  SELECT account_id, sum(remaining) AS remaining FROM lot WHERE remaining > 0 GROUP BY account_id
)
SELECT
  (SELECT count(*) FROM posting) AS postings,
  (SELECT count(*) FROM entry) AS entries,
  (SELECT coalesce(sum(amount), 0)::bigint FROM entry) AS sum_of_entries,
  (SELECT count(*) FROM (SELECT posting.id FROM posting LEFT JOIN entry ON posting_id = posting.id
     GROUP BY posting.id HAVING coalesce(sum(amount), 1) <> 0
       OR posting.points <> sum(amount) FILTER (WHERE line < 3)) AS unequal
  ) AS postings_out_of_balance,
  count(*) FILTER (WHERE balance <> coalesce(wallet, 0) OR account.debt <> coalesce(members.debt, 0)
    OR balance <> coalesce(remaining, 0)) AS accounts_out_of_balance,
  count(*) FILTER (WHERE balance < 0) AS negative_balances,
  (SELECT coalesce(-sum(amount), 0)::bigint FROM entry WHERE account_kind <> 'wallet') AS liability,
  (SELECT coalesce(-sum(amount), 0)::bigint FROM entry WHERE account_kind = 'debt') AS debts
FROM points_account AS account
LEFT JOIN members ON members.account_id = account.id LEFT JOIN lots ON lots.account_id = account.id
""")


async def ledger_state(session: AsyncSession) -> LedgerState:
    """All of the ledger added up anew, in one statement that sees one moment."""
    return LedgerState(**(await session.execute(LEDGER_STATE)).mappings().one())

"""The ledger's invariants, added up from every entry whenever somebody asks."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from kit.database import AsyncSession
from loyalty.ledger.faults import ORPHANS, TRANSFERS, UNEQUAL
from loyalty.reports.queries.flows import differences


@dataclass(frozen=True, slots=True)
class LedgerState:
    """The ledger's invariants as figures: all but the first two and the last two are zero, always."""

    postings: int
    entries: int
    sum_of_entries: int
    postings_out_of_balance: int
    accounts_out_of_balance: int
    lots_out_of_balance: int
    transfers_out_of_balance: int
    negative_balances: int
    reports_out_of_balance: int
    liability: int
    debts: int


@dataclass(frozen=True, slots=True)
class CurrencyState:
    """What the programme owes its members in a currency, and where it came from and went to."""

    currency: str
    sum_of_entries: int
    available: int
    pending: int
    locked: int
    debts: int
    liability: int
    expiry: int
    partner_funding: int
    adjustment: int
    transfer: int


LEDGER_STATE = text(f"""
WITH members AS (
  SELECT entry.account_id, currency,
         sum(amount) FILTER (WHERE account_kind = 'wallet') AS wallet,
         -sum(amount) FILTER (WHERE account_kind = 'debt') AS debt,
         sum(amount) FILTER (WHERE account_kind = 'pending') AS pending,
         sum(amount) FILTER (WHERE account_kind = 'locked') AS locked
  FROM entry JOIN posting ON posting.id = posting_id
  WHERE entry.account_id IS NOT NULL GROUP BY entry.account_id, currency
), lots AS (
  SELECT account_id, currency,
         sum(remaining) FILTER (WHERE state <> 'pending') AS usable,
         sum(remaining) FILTER (WHERE state = 'pending') AS pending
  FROM lot WHERE remaining > 0 GROUP BY account_id, currency
), reserved AS (
  SELECT reservation.account_id, currency, -sum(points) AS locked
  FROM reservation JOIN posting USING (id) WHERE settled_by IS NULL
  GROUP BY reservation.account_id, currency
)
SELECT
  (SELECT count(*) FROM posting) AS postings,
  (SELECT count(*) FROM entry) AS entries,
  (SELECT coalesce(sum(amount), 0)::bigint FROM entry) AS sum_of_entries,
  (SELECT count(*) FROM (
      SELECT FROM posting LEFT JOIN entry ON posting_id = posting.id
      GROUP BY posting.id {UNEQUAL}
    ) AS unequal) + (SELECT count(*) FROM ({ORPHANS.format(which="true")}) AS orphans)
    AS postings_out_of_balance,
  count(*) FILTER (WHERE
    (balance, wallet.debt, wallet.pending, wallet.locked) IS DISTINCT FROM (
      coalesce(members.wallet, 0), coalesce(members.debt, 0),
      coalesce(members.pending, 0), coalesce(members.locked, 0))
    OR (balance, wallet.pending, wallet.locked) IS DISTINCT FROM (
      coalesce(lots.usable, 0), coalesce(lots.pending, 0), coalesce(reserved.locked, 0))
  ) AS accounts_out_of_balance,
  (SELECT count(*) FROM (
      SELECT FROM lot LEFT JOIN lot_use ON lot_id = lot.id
      GROUP BY lot.id
      HAVING lot.points <> remaining + expired + coalesce(sum(lot_use.points), 0)
    ) AS unequal) AS lots_out_of_balance,
  (SELECT count(*) FROM ({TRANSFERS.format(which="true")}) AS onesided)
    AS transfers_out_of_balance,
  count(*) FILTER (WHERE least(balance, wallet.pending, wallet.locked, wallet.debt) < 0)
    AS negative_balances,
  coalesce(sum(members.wallet + coalesce(members.pending, 0) + coalesce(members.locked, 0))
    FILTER (WHERE currency = 'points'), 0)::bigint AS liability,
  coalesce(sum(members.debt) FILTER (WHERE currency = 'points'), 0)::bigint AS debts
FROM wallet
LEFT JOIN members USING (account_id, currency)
LEFT JOIN lots USING (account_id, currency)
LEFT JOIN reserved USING (account_id, currency)
""")  # noqa: S608  # our own names

CURRENCY_STATES = text("""
SELECT currency.code, coalesce(sum(amount), 0)::bigint,
       coalesce(sum(amount) FILTER (WHERE account_kind = 'wallet'), 0)::bigint,
       coalesce(sum(amount) FILTER (WHERE account_kind = 'pending'), 0)::bigint,
       coalesce(sum(amount) FILTER (WHERE account_kind = 'locked'), 0)::bigint,
       coalesce(-sum(amount) FILTER (WHERE account_kind = 'debt'), 0)::bigint,
       coalesce(sum(amount) FILTER (WHERE account_kind = 'liability'), 0)::bigint,
       coalesce(sum(amount) FILTER (WHERE account_kind = 'expiry'), 0)::bigint,
       coalesce(sum(amount) FILTER (WHERE account_kind = 'partner_funding'), 0)::bigint,
       coalesce(sum(amount) FILTER (WHERE account_kind = 'adjustment'), 0)::bigint,
       coalesce(sum(amount) FILTER (WHERE account_kind = 'transfer'), 0)::bigint
FROM currency
LEFT JOIN posting ON posting.currency = currency.code
LEFT JOIN entry ON posting_id = posting.id
GROUP BY currency.code ORDER BY currency.code
""")


async def ledger_state(session: AsyncSession) -> LedgerState:
    """All of the ledger added up anew, in statements that each see one moment."""
    found = (await session.execute(LEDGER_STATE)).mappings().one()
    return LedgerState(**found, reports_out_of_balance=await differences(session))


async def currency_states(session: AsyncSession) -> Sequence[CurrencyState]:
    """The accounts of each currency added up anew, members' and the programme's."""
    return [CurrencyState(*row) for row in await session.execute(CURRENCY_STATES)]

"""Go on where ageing stopped."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

PLANNED_FOR_ANY_SIZE = (
    "SET plan_cache_mode = force_generic_plan SET enable_seqscan = off "
    "SET enable_hashjoin = off SET enable_mergejoin = off"
)

# What was aged leaves dead entries at the front of the index: whoever begins there reads them all
# again. So each turn goes on where the last one stopped, and begins anew when it finds no more.
PROGRESS = [
    """
CREATE TABLE lot_ageing (
  state text PRIMARY KEY
    CONSTRAINT lot_ageing_state CHECK (state IN ('usable', 'expiring')),
  due_at timestamptz NOT NULL,
  lot_id uuid NOT NULL
) WITH (fillfactor = 10)
""",
    "INSERT INTO lot_ageing SELECT state, '-infinity', '00000000-0000-0000-0000-000000000000' "
    "FROM unnest(ARRAY['usable', 'expiring']) AS state",
    "CREATE INDEX lot_by_due ON lot (state, due_at, id) WHERE remaining > 0",
    "DROP INDEX lot_due",
    "ALTER INDEX lot_by_due RENAME TO lot_due",
    "ALTER TABLE lot ADD COLUMN expired_by uuid REFERENCES posting",
    "UPDATE lot SET expired_by = posting.id FROM posting "
    "WHERE kind = 'expire' AND source_id = lot.id::text",
]

GO_ON_AFTER = """
CREATE FUNCTION go_on_after(which text, found bigint, most integer, at timestamptz, lot uuid)
RETURNS void LANGUAGE sql AS $$
  UPDATE lot_ageing
  SET due_at = CASE WHEN found < most THEN '-infinity' ELSE at END,
      lot_id = CASE WHEN found < most THEN '00000000-0000-0000-0000-000000000000' ELSE lot END
  WHERE state = which
$$
"""

# So many lots at once: whoever moves one of their wallets waits for no longer than that takes.
# Wallets that are just being moved are left for the next time. What ends in a wallet at once is one
# posting, which its lots name.
EXPIRE_LOTS = """
CREATE OR REPLACE FUNCTION expire_lots(
  by_then timestamptz, most integer, subject text, trace text DEFAULT '')
RETURNS bigint LANGUAGE plpgsql PLANNED_FOR_ANY_SIZE AS $$
DECLARE
  done lot_ageing;
  lots uuid[];
  times timestamptz[];
  accounts uuid[];
  currencies text[];
  found bigint;
  taken bigint;
BEGIN
  SELECT * INTO done FROM lot_ageing WHERE state = 'expiring' FOR UPDATE;
  SELECT array_agg(id), array_agg(due_at), array_agg(account_id), array_agg(currency), count(*)
  INTO lots, times, accounts, currencies, found
  FROM (
    SELECT id, due_at, account_id, currency FROM lot
    WHERE state = 'expiring' AND (due_at, id) >= (done.due_at, done.lot_id)
      AND due_at <= by_then AND remaining > 0
    ORDER BY due_at, id LIMIT most) AS due;
  IF found > 0 OR done.due_at > '-infinity' THEN
    PERFORM go_on_after('expiring', found, most, times[found], lots[found]);
  END IF;

  SELECT array_agg(account_id), array_agg(currency) INTO accounts, currencies
  FROM (
    SELECT account_id, currency FROM wallet
    WHERE (account_id, currency) IN (SELECT * FROM unnest(accounts, currencies))
    ORDER BY account_id, currency FOR NO KEY UPDATE SKIP LOCKED
  ) AS free;
  IF accounts IS NULL THEN
    RETURN 0;
  END IF;

  WITH held AS MATERIALIZED (
    SELECT wallet.account_id, wallet.currency, wallet.balance, uuidv7() AS posting_id
    FROM unnest(accounts, currencies) AS named (account_id, currency)
    JOIN wallet USING (account_id, currency)
  ), due AS (
    SELECT held.*, lot.id, lot.remaining
    FROM held CROSS JOIN LATERAL (
      SELECT lot.* FROM lot
      WHERE lot.account_id = held.account_id AND lot.currency = held.currency
        AND lot.state = 'expiring' AND lot.due_at <= by_then AND lot.remaining > 0
      ORDER BY lot.expires_at, lot.id LIMIT 20) AS lot
    LIMIT most
  ), gone AS (
    SELECT posting_id, account_id, currency, sum(remaining)::bigint AS points,
           balance - sum(remaining)::bigint AS after,
           (array_agg(id::text ORDER BY id))[1] AS lot_id
    FROM due GROUP BY posting_id, account_id, currency, balance
  ), posted AS (
    INSERT INTO posting (id, created_at, key, account_id, currency, kind, against, points,
      balance_after, reason, source_kind, source_id, occurred_at)
    SELECT posting_id, clock_timestamp(), 'expire:' || posting_id, account_id, currency, 'expire',
      'expiry', -points, after, 'not spent in time', 'lot', lot_id, by_then
    FROM gone
  ), entered AS (
    INSERT INTO entry (posting_id, line, account_kind, account_id, amount, balance_after)
    SELECT posting_id, 1, 'wallet', account_id, -points, after FROM gone
    UNION ALL
    SELECT posting_id, 5, 'expiry', NULL, points, NULL FROM gone
  ), emptied AS (
    UPDATE lot SET remaining = 0, expired = lot.expired + lot.remaining,
      expired_by = due.posting_id
    FROM due WHERE lot.id = due.id
  ), moved AS (
    UPDATE wallet SET balance = after
    FROM gone
    WHERE wallet.account_id = gone.account_id AND wallet.currency = gone.currency
  ), told AS (
    INSERT INTO outbox (id, subject, about, time, content, trace)
    SELECT uuidv7(), subject, account.customer_id::text, clock_timestamp(),
      json_build_object('posting_id', posting_id, 'account_id', account_id,
        'customer_id', account.customer_id, 'currency', currency, 'points', points,
        'reason', 'not spent in time', 'source_id', lot_id, 'balance', after)::text, trace
    FROM gone JOIN points_account AS account ON account.id = account_id
  )
  SELECT count(*) FROM due INTO taken;
  RETURN taken;
END $$
"""

# A lot is announced once, some days before it ends; one that ends earlier than that is not.
WARN_OF_LOTS = """
CREATE FUNCTION warn_of_lots(by_then timestamptz, most integer, subject text, trace text DEFAULT '')
RETURNS bigint LANGUAGE plpgsql PLANNED_FOR_ANY_SIZE AS $$
DECLARE
  done lot_ageing;
  lots uuid[];
  times timestamptz[];
  found bigint;
  told bigint;
BEGIN
  SELECT * INTO done FROM lot_ageing WHERE state = 'usable' FOR UPDATE;
  SELECT array_agg(id), array_agg(due_at), count(*) INTO lots, times, found
  FROM (
    SELECT id, due_at FROM lot
    WHERE state = 'usable' AND (due_at, id) >= (done.due_at, done.lot_id)
      AND due_at <= by_then AND remaining > 0
    ORDER BY due_at, id LIMIT most) AS due;
  IF found > 0 OR done.due_at > '-infinity' THEN
    PERFORM go_on_after('usable', found, most, times[found], lots[found]);
  END IF;

  WITH due AS (
    SELECT id FROM lot
    WHERE id = ANY (lots) AND state = 'usable' AND due_at <= by_then AND remaining > 0
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
  ), warned AS (
    UPDATE lot SET state = 'expiring', due_at = expires_at FROM due WHERE lot.id = due.id
    RETURNING lot.id, lot.account_id, lot.currency, lot.remaining, lot.expires_at
  ), announced AS (
    INSERT INTO outbox (id, subject, about, time, content, trace)
    SELECT uuidv7(), subject, account.customer_id::text, clock_timestamp(),
      json_build_object('lot_id', warned.id, 'account_id', account_id,
        'customer_id', account.customer_id, 'currency', currency, 'points', remaining,
        'expires_at', expires_at)::text, trace
    FROM warned JOIN points_account AS account ON account.id = account_id
    WHERE expires_at > by_then
  )
  SELECT count(*) FROM warned INTO told;
  RETURN told;
END $$
"""


def upgrade() -> None:
    for statement in PROGRESS:
        op.execute(statement)
    op.execute(GO_ON_AFTER)
    op.execute("DROP FUNCTION warn_of_lots")
    for function in (EXPIRE_LOTS, WARN_OF_LOTS):
        op.execute(function.replace("PLANNED_FOR_ANY_SIZE", PLANNED_FOR_ANY_SIZE))

"""Expire a few lots of each wallet at once."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

PLANNED_FOR_ANY_SIZE = (
    "SET plan_cache_mode = force_generic_plan SET enable_seqscan = off "
    "SET enable_hashjoin = off SET enable_mergejoin = off"
)

# So many wallets and of each so few lots: whoever moves one of them waits for no longer than that
# takes. Wallets that are just being moved are left for the next time.
EXPIRE_LOTS = """
CREATE OR REPLACE FUNCTION expire_lots(
  by_then timestamptz, most integer, subject text, trace text DEFAULT '')
RETURNS bigint LANGUAGE plpgsql PLANNED_FOR_ANY_SIZE AS $$
DECLARE
  accounts uuid[];
  currencies text[];
  taken bigint;
BEGIN
  SELECT array_agg(account_id), array_agg(currency) INTO accounts, currencies
  FROM (
    SELECT account_id, currency FROM wallet
    WHERE (account_id, currency) IN (
      SELECT lot.account_id, lot.currency FROM lot
      WHERE state = 'expiring' AND due_at <= by_then AND remaining > 0
      ORDER BY due_at LIMIT most)
    ORDER BY account_id, currency FOR NO KEY UPDATE SKIP LOCKED
  ) AS held;
  IF accounts IS NULL THEN
    RETURN 0;
  END IF;

  WITH held AS (
    SELECT wallet.*, account.customer_id
    FROM unnest(accounts, currencies) AS named (account_id, currency)
    JOIN wallet USING (account_id, currency)
    JOIN points_account AS account ON account.id = account_id
  ), due AS (
    SELECT lot.id, uuidv7() AS posting_id, lot.account_id, lot.currency, lot.remaining,
           held.customer_id, held.balance - sum(lot.remaining) OVER (
             PARTITION BY lot.account_id, lot.currency ORDER BY lot.due_at, lot.id) AS after
    FROM held CROSS JOIN LATERAL (
      SELECT lot.* FROM lot
      WHERE lot.account_id = held.account_id AND lot.currency = held.currency
        AND lot.state = 'expiring' AND lot.due_at <= by_then AND lot.remaining > 0
      ORDER BY lot.expires_at, lot.id LIMIT 2) AS lot
  ), posted AS (
    INSERT INTO posting (id, created_at, key, account_id, currency, kind, against, points,
      balance_after, reason, source_kind, source_id, occurred_at)
    SELECT posting_id, clock_timestamp(), 'expire:' || id, account_id, currency, 'expire',
      'expiry', -remaining, after, 'not spent in time', 'lot', id::text, by_then
    FROM due
  ), entered AS (
    INSERT INTO entry (posting_id, line, account_kind, account_id, amount, balance_after)
    SELECT posting_id, 1, 'wallet', account_id, -remaining, after FROM due
    UNION ALL
    SELECT posting_id, 5, 'expiry', NULL, remaining, NULL FROM due
  ), emptied AS (
    UPDATE lot SET remaining = 0, expired = lot.expired + due.remaining
    FROM due WHERE lot.id = due.id
  ), moved AS (
    UPDATE wallet SET balance = wallet.balance - gone.points
    FROM (SELECT account_id, currency, sum(remaining) AS points FROM due
          GROUP BY account_id, currency) AS gone
    WHERE wallet.account_id = gone.account_id AND wallet.currency = gone.currency
  ), told AS (
    INSERT INTO outbox (id, subject, about, time, content, trace)
    SELECT gen_random_uuid(), subject, customer_id::text, clock_timestamp(),
      json_build_object('posting_id', posting_id, 'account_id', account_id,
        'customer_id', customer_id, 'currency', currency, 'points', remaining,
        'reason', 'not spent in time', 'source_id', id::text, 'balance', after)::text, trace
    FROM due
  )
  SELECT count(*) FROM due INTO taken;
  RETURN taken;
END $$
"""


def upgrade() -> None:
    op.execute(EXPIRE_LOTS.replace("PLANNED_FOR_ANY_SIZE", PLANNED_FOR_ANY_SIZE))

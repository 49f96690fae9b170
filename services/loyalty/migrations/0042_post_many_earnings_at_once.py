"""Post many earnings at once."""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

PLANNED_FOR_ANY_SIZE = (
    "SET plan_cache_mode = force_generic_plan SET enable_seqscan = off "
    "SET enable_hashjoin = off SET enable_mergejoin = off"
)

# What members simply earn is posted by one statement for all of them: the database reads each
# table's constraints anew for every statement. Where somebody owes points, or a key is known, every
# posting is looked at by itself.
POST_EARNINGS = """
CREATE FUNCTION post_earnings(asked jsonb, trace text DEFAULT '') RETURNS TABLE (
  outcome text, posting_id uuid, account_id uuid, customer_id uuid, currency text, kind text,
  points bigint, reason text, source_id text, balance bigint
) LANGUAGE plpgsql PLANNED_FOR_ANY_SIZE AS $$
#variable_conflict use_column
BEGIN
  PERFORM hold_wallets(asked);
  IF (SELECT count(*) > count(DISTINCT each ->> 'key') FROM jsonb_array_elements(asked) AS each)
    OR EXISTS (
    SELECT FROM jsonb_to_recordset(asked) AS new (
      account_id uuid, currency text, key text, points bigint)
    LEFT JOIN wallet ON wallet.account_id = new.account_id AND wallet.currency = new.currency
    WHERE wallet.account_id IS NULL OR wallet.debt > 0 OR new.points < 1
      OR wallet.balance > 8000000000000000
      OR EXISTS (SELECT FROM posting WHERE posting.key = new.key)
  ) THEN
    RETURN QUERY SELECT * FROM post_points(asked, trace);
    RETURN;
  END IF;

  RETURN QUERY
  WITH came AS MATERIALIZED (
    SELECT new.*, account.customer_id, wallet.balance + sum(new.points) OVER (
        PARTITION BY new.account_id, new.currency ORDER BY new.id)::bigint AS after,
      ends.at AS ends_at,
      CASE WHEN rules.warning_days > 0
        THEN ends.at - make_interval(days => rules.warning_days) END AS warned_at
    FROM jsonb_to_recordset(asked) AS new (
      id uuid, account_id uuid, currency text, key text, kind text, against text, partner text,
      points bigint, reason text, source_kind text, source_id text, expires_at timestamptz,
      occurred_at timestamptz, subject text)
    JOIN wallet ON wallet.account_id = new.account_id AND wallet.currency = new.currency
    JOIN points_account AS account ON account.id = new.account_id
    JOIN currency AS rules ON rules.code = new.currency
    CROSS JOIN LATERAL (SELECT coalesce(
      new.expires_at, clock_timestamp() + make_interval(months => rules.months)) AS at) AS ends
  ), posted AS (
    INSERT INTO posting (id, created_at, key, account_id, currency, kind, against, partner, points,
      balance_after, reason, source_kind, source_id, occurred_at)
    SELECT id, clock_timestamp(), key, account_id, currency, kind, against, partner, points, after,
      reason, source_kind, source_id, occurred_at
    FROM came ORDER BY id
  ), entered AS (
    INSERT INTO entry (posting_id, line, account_kind, account_id, amount, balance_after)
    SELECT id, 1, 'wallet', account_id, points, after FROM came
    UNION ALL
    SELECT id, 5, against, NULL, -points, NULL FROM came
  ), moved AS (
    UPDATE wallet SET balance = gained.after
    FROM (SELECT account_id, currency, max(after) AS after FROM came
          GROUP BY account_id, currency) AS gained
    WHERE wallet.account_id = gained.account_id AND wallet.currency = gained.currency
  ), kept AS (
    INSERT INTO lot (id, posting_id, account_id, currency, state, points, remaining, expired,
      expires_at, due_at)
    SELECT id, id, account_id, currency, CASE WHEN warned_at IS NULL THEN 'expiring' ELSE 'usable' END,
      points, points, 0, ends_at, coalesce(warned_at, ends_at)
    FROM came
  ), told AS (
    INSERT INTO outbox (id, subject, about, time, content, trace)
    SELECT uuidv7(), subject, customer_id::text, clock_timestamp(),
      json_build_object('posting_id', id, 'account_id', account_id, 'customer_id', customer_id,
        'currency', currency, 'points', points, 'reason', reason, 'source_id', source_id,
        'balance', after)::text, trace
    FROM came WHERE subject IS NOT NULL ORDER BY id
  )
  SELECT 'posted', id, account_id, customer_id, currency, kind, points, reason, source_id, after
  FROM came ORDER BY id;
END $$
"""


def upgrade() -> None:
    op.execute(POST_EARNINGS.replace("PLANNED_FOR_ANY_SIZE", PLANNED_FOR_ANY_SIZE))

"""Points are usable some days later, many of them by one statement."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

PLANNED_FOR_ANY_SIZE = (
    "SET plan_cache_mode = force_generic_plan SET enable_seqscan = off "
    "SET enable_hashjoin = off SET enable_mergejoin = off"
)

FUNCTION = sa.text("SELECT pg_get_functiondef('post_points(jsonb, text)'::regprocedure)")
# What somebody has to decide on has no day; what has one lives from that day on.
SAID = {
    "coalesce(a.expires_at, clock_timestamp() + make_interval(months => w.months))": (
        "coalesce(a.expires_at, greatest(clock_timestamp(), a.usable_at)\n"
        "        + make_interval(months => w.months))"
    ),
    "CASE WHEN to_pending > 0 THEN a.usable_at ELSE coalesce(warned_at, lives_until) END": (
        "CASE WHEN to_pending = 0 THEN coalesce(warned_at, lives_until)\n"
        "             WHEN NOT coalesce(a.pending, false) THEN a.usable_at END"
    ),
    "        json_build_object('posting_id', a.id, 'account_id', a.account_id,": (
        "        CASE WHEN to_pending > 0\n"
        "        THEN json_build_object('posting_id', a.id, 'account_id', a.account_id,\n"
        "          'customer_id', w.customer_id, 'currency', a.currency, 'points', points,\n"
        "          'reason', a.reason, 'source_id', a.source_id, 'balance', balance, 'pending', true,\n"
        "          'usable_at', CASE WHEN NOT coalesce(a.pending, false) THEN a.usable_at END)\n"
        "        ELSE json_build_object('posting_id', a.id, 'account_id', a.account_id,"
    ),
    "'reason', a.reason, 'source_id', a.source_id, 'balance', balance)::text": (
        "'reason', a.reason, 'source_id', a.source_id, 'balance', balance) END::text"
    ),
}

# What members simply earn, now or for later, is posted by one statement for all of them.
POST_EARNINGS = """
CREATE OR REPLACE FUNCTION post_earnings(asked jsonb, trace text DEFAULT '') RETURNS TABLE (
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
      OR greatest(wallet.balance, wallet.pending) > 8000000000000000
      OR EXISTS (SELECT FROM posting WHERE posting.key = new.key)
  ) THEN
    RETURN QUERY SELECT * FROM post_points(asked, trace);
    RETURN;
  END IF;

  RETURN QUERY
  WITH came AS MATERIALIZED (
    SELECT new.*, account.customer_id, state.waits,
      wallet.balance + sum(CASE WHEN state.waits THEN 0 ELSE new.points END) OVER so_far::bigint
        AS after,
      wallet.pending + sum(CASE WHEN state.waits THEN new.points ELSE 0 END) OVER so_far::bigint
        AS waiting,
      ends.at AS ends_at,
      CASE WHEN rules.warning_days > 0
        THEN ends.at - make_interval(days => rules.warning_days) END AS warned_at
    FROM jsonb_to_recordset(asked) AS new (
      id uuid, account_id uuid, currency text, key text, kind text, against text, partner text,
      points bigint, reason text, source_kind text, source_id text, pending boolean,
      usable_at timestamptz, expires_at timestamptz, occurred_at timestamptz, subject text)
    JOIN wallet ON wallet.account_id = new.account_id AND wallet.currency = new.currency
    JOIN points_account AS account ON account.id = new.account_id
    JOIN currency AS rules ON rules.code = new.currency
    CROSS JOIN LATERAL (SELECT coalesce(new.pending, false)
      OR coalesce(new.usable_at > clock_timestamp(), false) AS waits) AS state
    CROSS JOIN LATERAL (SELECT coalesce(new.expires_at, greatest(clock_timestamp(), new.usable_at)
      + make_interval(months => rules.months)) AS at) AS ends
    WINDOW so_far AS (PARTITION BY new.account_id, new.currency ORDER BY new.id)
  ), posted AS (
    INSERT INTO posting (id, created_at, key, account_id, currency, kind, against, partner, points,
      balance_after, reason, source_kind, source_id, occurred_at)
    SELECT id, clock_timestamp(), key, account_id, currency, kind, against, partner, points, after,
      reason, source_kind, source_id, occurred_at
    FROM came ORDER BY id
  ), entered AS (
    INSERT INTO entry (posting_id, line, account_kind, account_id, amount, balance_after)
    SELECT id, CASE WHEN waits THEN 3 ELSE 1 END, CASE WHEN waits THEN 'pending' ELSE 'wallet' END,
      account_id, points, CASE WHEN waits THEN waiting ELSE after END FROM came
    UNION ALL
    SELECT id, 5, against, NULL, -points, NULL FROM came
  ), moved AS (
    UPDATE wallet SET balance = gained.after, pending = gained.waiting
    FROM (SELECT account_id, currency, max(after) AS after, max(waiting) AS waiting FROM came
          GROUP BY account_id, currency) AS gained
    WHERE wallet.account_id = gained.account_id AND wallet.currency = gained.currency
  ), kept AS (
    INSERT INTO lot (id, posting_id, account_id, currency, state, points, remaining, expired,
      expires_at, due_at)
    SELECT id, id, account_id, currency,
      CASE WHEN waits THEN 'pending' WHEN warned_at IS NULL THEN 'expiring' ELSE 'usable' END,
      points, points, 0, ends_at,
      CASE WHEN NOT waits THEN coalesce(warned_at, ends_at)
           WHEN NOT coalesce(pending, false) THEN usable_at END
    FROM came
  ), told AS (
    INSERT INTO outbox (id, subject, about, time, content, trace)
    SELECT uuidv7(), subject, customer_id::text, clock_timestamp(),
      CASE WHEN waits
      THEN json_build_object('posting_id', id, 'account_id', account_id, 'customer_id', customer_id,
        'currency', currency, 'points', points, 'reason', reason, 'source_id', source_id,
        'balance', after, 'pending', true,
        'usable_at', CASE WHEN NOT coalesce(pending, false) THEN usable_at END)
      ELSE json_build_object('posting_id', id, 'account_id', account_id, 'customer_id', customer_id,
        'currency', currency, 'points', points, 'reason', reason, 'source_id', source_id,
        'balance', after) END::text, trace
    FROM came WHERE subject IS NOT NULL ORDER BY id
  )
  SELECT 'posted', id, account_id, customer_id, currency, kind, points, reason, source_id, after
  FROM came ORDER BY id;
END $$
"""

# So many lots at once, going on where the last turn stopped. Wallets that are just being moved are
# left for the next round. Where somebody owes points, each lot is looked at by itself.
MATURE_LOTS = """
CREATE FUNCTION mature_lots(
  by_then timestamptz, most integer, subject text, trace text DEFAULT '')
RETURNS bigint LANGUAGE plpgsql PLANNED_FOR_ANY_SIZE AS $$
DECLARE
  done lot_ageing;
  lots uuid[];
  times timestamptz[];
  accounts uuid[];
  currencies text[];
  found bigint;
  matured bigint;
  apart jsonb;
BEGIN
  SELECT * INTO done FROM lot_ageing WHERE state = 'pending' FOR UPDATE;
  SELECT array_agg(id), array_agg(due_at), array_agg(account_id), array_agg(currency), count(*)
  INTO lots, times, accounts, currencies, found
  FROM (
    SELECT id, due_at, account_id, currency FROM lot
    WHERE state = 'pending' AND (due_at, id) >= (done.due_at, done.lot_id)
      AND due_at <= by_then AND remaining > 0
    ORDER BY due_at, id LIMIT most) AS due;
  IF found > 0 OR done.due_at > '-infinity' THEN
    PERFORM go_on_after('pending', found, most, times[found], lots[found]);
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

  SELECT jsonb_agg(jsonb_build_object('id', uuidv7(), 'account_id', lot.account_id,
    'currency', lot.currency, 'key', 'mature:' || lot.posting_id, 'kind', 'mature',
    'against', 'liability', 'points', lot.remaining, 'reason', 'usable from now on',
    'source_kind', 'lot', 'source_id', lot.id, 'settles', lot.posting_id, 'occurred_at', by_then,
    'subject', subject) ORDER BY lot.due_at, lot.id)
  INTO apart
  FROM unnest(accounts, currencies) AS named (account_id, currency)
  JOIN wallet USING (account_id, currency)
  JOIN lot ON lot.account_id = wallet.account_id AND lot.currency = wallet.currency
  WHERE (wallet.debt > 0 OR wallet.balance > 8000000000000000)
    AND lot.state = 'pending' AND lot.due_at <= by_then AND lot.remaining > 0;

  WITH named AS MATERIALIZED (
    SELECT wallet.account_id, wallet.currency, wallet.balance, wallet.pending, rules.warning_days
    FROM unnest(accounts, currencies) AS named (account_id, currency)
    JOIN wallet USING (account_id, currency)
    JOIN currency AS rules ON rules.code = wallet.currency
    WHERE wallet.debt = 0 AND wallet.balance <= 8000000000000000
  ), due AS MATERIALIZED (
    SELECT ripe.*, uuidv7() AS maturing FROM (
      SELECT named.*, lot.id, lot.posting_id, lot.remaining,
        (sum(lot.remaining) OVER so_far)::bigint AS so_far
      FROM named CROSS JOIN LATERAL (
        SELECT lot.* FROM lot
        WHERE lot.account_id = named.account_id AND lot.currency = named.currency
          AND lot.state = 'pending' AND lot.due_at <= by_then AND lot.remaining > 0
        ORDER BY lot.due_at, lot.id LIMIT 20) AS lot
      WINDOW so_far AS (
        PARTITION BY named.account_id, named.currency ORDER BY lot.due_at, lot.id)
      ORDER BY named.account_id, named.currency, lot.due_at, lot.id) AS ripe
  ), posted AS (
    INSERT INTO posting (id, created_at, key, account_id, currency, kind, against, points,
      balance_after, reason, source_kind, source_id, settles, occurred_at)
    SELECT maturing, clock_timestamp(), 'mature:' || posting_id, account_id, currency, 'mature',
      'liability', remaining, balance + so_far, 'usable from now on', 'lot', id::text, posting_id,
      by_then
    FROM due
  ), entered AS (
    INSERT INTO entry (posting_id, line, account_kind, account_id, amount, balance_after)
    SELECT maturing, 1, 'wallet', account_id, remaining, balance + so_far FROM due
    UNION ALL
    SELECT maturing, 3, 'pending', account_id, -remaining, pending - so_far FROM due
  ), opened AS (
    UPDATE lot SET
      state = CASE WHEN expires_at IS NULL OR due.warning_days = 0 THEN 'expiring'
              ELSE 'usable' END,
      due_at = CASE WHEN due.warning_days = 0 THEN expires_at
               ELSE expires_at - make_interval(days => due.warning_days) END
    FROM due WHERE lot.id = due.id
  ), moved AS (
    UPDATE wallet SET balance = wallet.balance + gained.points,
      pending = wallet.pending - gained.points
    FROM (SELECT account_id, currency, max(so_far) AS points FROM due
          GROUP BY account_id, currency) AS gained
    WHERE wallet.account_id = gained.account_id AND wallet.currency = gained.currency
  ), told AS (
    INSERT INTO outbox (id, subject, about, time, content, trace)
    SELECT uuidv7(), subject, account.customer_id::text, clock_timestamp(),
      json_build_object('posting_id', maturing, 'account_id', account_id,
        'customer_id', account.customer_id, 'currency', currency, 'points', remaining,
        'reason', 'usable from now on', 'source_id', due.id, 'balance', balance + so_far)::text,
      trace
    FROM due JOIN points_account AS account ON account.id = account_id
  )
  SELECT count(*) FROM due INTO matured;
  IF apart IS NOT NULL THEN
    PERFORM FROM post_points(apart, trace);
    matured := matured + jsonb_array_length(apart);
  END IF;
  RETURN matured;
END $$
"""


def upgrade() -> None:
    op.add_column(
        "earning_rule",
        sa.Column("usable_after_days", sa.Integer(), nullable=False, server_default="0"),
    )
    op.create_check_constraint(
        "earning_rule_usable_after", "earning_rule", "usable_after_days BETWEEN 0 AND 365"
    )
    op.add_column(
        "earning_simulation",
        sa.Column("points_waiting", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.drop_constraint("lot_ageing_state", "lot_ageing")
    op.create_check_constraint(
        "lot_ageing_state", "lot_ageing", "state IN ('pending', 'usable', 'expiring')"
    )
    op.execute(
        "INSERT INTO lot_ageing VALUES "
        "('pending', '-infinity', '00000000-0000-0000-0000-000000000000')"
    )
    function: str = op.get_bind().execute(FUNCTION).scalar_one()
    for once, now in SAID.items():
        if function.count(once) != 1:
            raise ValueError(f"post_points does not say {once}")
        function = function.replace(once, now)
    op.execute(function.replace(":", r"\:"))
    for statement in (POST_EARNINGS, MATURE_LOTS):
        op.execute(statement.replace("PLANNED_FOR_ANY_SIZE", PLANNED_FOR_ANY_SIZE))

"""the ledger keeps its rules: one function posts, entries balance, history stands."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

HISTORY_STANDS = """
CREATE FUNCTION refuse_to_rewrite_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is only added to: % on %', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$
"""

ENTRIES_BALANCE = """
CREATE FUNCTION refuse_entries_out_of_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM written GROUP BY posting_id HAVING sum(amount) <> 0) THEN
    RAISE EXCEPTION 'the entries of a posting sum to zero'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$
"""

# A member's position is balance - debt, of which never both are there. Every posting adds its
# points to it, so a batch is one running sum per account, and balance and debt are its two halves.
# Accounts are always looked up by key: planned once, however the tables have grown since.
POST_POINTS = """
CREATE FUNCTION post_points(asked jsonb) RETURNS TABLE (
  outcome text, posting_id uuid, account_id uuid, customer_id uuid, kind text, points bigint,
  reason text, source_id text, balance bigint
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  accounts uuid[] := ARRAY(
    SELECT DISTINCT (each ->> 'account_id')::uuid FROM jsonb_array_elements(asked) AS each);
  lowered uuid[];
  overdrawn boolean;
BEGIN
  PERFORM FROM points_account WHERE id = ANY (accounts) ORDER BY customer_id FOR NO KEY UPDATE;

  WITH allowed AS (
    SELECT new.*
    FROM jsonb_to_recordset(asked) AS new (
      id uuid, account_id uuid, key text, kind text, against text, points bigint, reason text,
      source_kind text, source_id text, reverses uuid, occurred_at timestamptz)
    JOIN points_account AS account ON account.id = new.account_id
    WHERE new.kind NOT IN ('spend', 'adjust') OR account.balance + new.points >= 0
  ), fresh AS (
    INSERT INTO posting (id, created_at, key, account_id, kind, against, points, reason,
                         source_kind, source_id, reverses, occurred_at)
    SELECT id, clock_timestamp(), key, account_id, kind, against, points, reason,
           source_kind, source_id, reverses, occurred_at
    FROM allowed ORDER BY id
    ON CONFLICT (key) DO NOTHING
    RETURNING id, account_id, kind, against, points, created_at
  ), moved AS (
    SELECT fresh.*, account.balance - account.debt + sum(points) OVER so_far AS after
    FROM fresh JOIN points_account AS account ON account.id = fresh.account_id
    WINDOW so_far AS (PARTITION BY account_id ORDER BY fresh.id)
  ), entered AS (
    INSERT INTO entry (posting_id, line, account_kind, account_id, amount, balance_after)
    SELECT id, 1, 'wallet', account_id,
           greatest(after, 0) - greatest(after - points, 0), greatest(after, 0)
    FROM moved
    UNION ALL
    SELECT id, 2, 'debt', account_id, least(after, 0) - least(after - points, 0), least(after, 0)
    FROM moved WHERE least(after, 0) <> least(after - points, 0)
    UNION ALL
    SELECT id, 3, against, NULL, -points, NULL FROM moved
  ), lots AS (
    INSERT INTO lot (id, account_id, points, remaining, expires_at)
    SELECT id, account_id, points, points,
           created_at + make_interval(months => (SELECT points_months FROM programme))
    FROM moved WHERE points > 0
  ), settled AS (
    UPDATE points_account AS account
    SET balance = greatest(last.after, 0), debt = greatest(-last.after, 0)
    FROM (SELECT DISTINCT ON (account_id) account_id, after FROM moved
          ORDER BY account_id, id DESC) AS last
    WHERE account.id = last.account_id
  )
  SELECT array_agg(DISTINCT account_id) FILTER (WHERE points < 0 OR after - points < 0),
         bool_or(kind IN ('spend', 'adjust') AND points < 0 AND after < 0)
  FROM moved INTO lowered, overdrawn;

  IF overdrawn THEN
    RAISE EXCEPTION 'what may be refused has to be alone on its account in a batch'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;

  IF lowered IS NOT NULL THEN
    PERFORM take_from_lots(lowered, ARRAY(
      SELECT (each ->> 'reverses')::uuid FROM jsonb_array_elements(asked) AS each
      WHERE each ->> 'reverses' IS NOT NULL));
  END IF;

  RETURN QUERY
  SELECT CASE WHEN known.id = new.id THEN 'posted'
              WHEN known.id IS NOT NULL THEN 'repeated' ELSE 'refused' END,
         coalesce(known.id, new.id), account.id, account.customer_id,
         coalesce(known.kind, new.kind), coalesce(known.points, new.points),
         coalesce(known.reason, new.reason), coalesce(known.source_id, new.source_id),
         coalesce((SELECT balance_after FROM entry WHERE posting_id = known.id AND line = 1),
                  account.balance)
  FROM jsonb_to_recordset(asked) AS new (
    id uuid, account_id uuid, key text, kind text, points bigint, reason text, source_id text)
  LEFT JOIN posting AS known ON known.key = new.key
  JOIN points_account AS account ON account.id = coalesce(known.account_id, new.account_id)
  ORDER BY new.id;
END $$
"""

# What the lots hold beyond the balance is taken, first from the lots that are reversed, then
# from those that expire first.
TAKE_FROM_LOTS = """
CREATE FUNCTION take_from_lots(accounts uuid[], preferred uuid[]) RETURNS void
LANGUAGE sql AS $$
  WITH held AS (
    SELECT lot.id, lot.remaining, account.balance,
           sum(lot.remaining) OVER (PARTITION BY account_id) AS in_all,
           sum(lot.remaining) OVER (PARTITION BY account_id ORDER BY
             (lot.id = ANY (preferred)) DESC, expires_at, lot.id) AS so_far
    FROM lot JOIN points_account AS account ON account.id = lot.account_id
    WHERE lot.account_id = ANY (accounts) AND lot.remaining > 0
  )
  UPDATE lot
  SET remaining = lot.remaining
    - least(held.remaining, held.in_all - held.balance - (held.so_far - held.remaining))
  FROM held
  WHERE held.id = lot.id AND held.in_all - held.balance > held.so_far - held.remaining
$$
"""

TRIGGERS = [
    f"CREATE TRIGGER history_stands BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite_history()"
    for table in ("posting", "entry")
] + [
    "CREATE TRIGGER entries_balance AFTER INSERT ON entry REFERENCING NEW TABLE AS written "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_entries_out_of_balance()"
]


def upgrade() -> None:
    for statement in (HISTORY_STANDS, ENTRIES_BALANCE, TAKE_FROM_LOTS, POST_POINTS, *TRIGGERS):
        op.execute(statement)

"""Adjustments wait for approval, wallets move whole, and lots expire in small bites."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

PLANNED_FOR_ANY_SIZE = (
    "SET plan_cache_mode = force_generic_plan SET enable_seqscan = off "
    "SET enable_hashjoin = off SET enable_mergejoin = off"
)

TABLES = [
    """
CREATE TABLE adjustment (
  id uuid PRIMARY KEY,
  created_at timestamptz NOT NULL,
  key text NOT NULL UNIQUE,
  account_id uuid NOT NULL REFERENCES points_account,
  currency text NOT NULL REFERENCES currency,
  points bigint NOT NULL,
  reason text NOT NULL,
  asked_by text NOT NULL,
  state text NOT NULL CONSTRAINT adjustment_state
    CHECK (state IN ('waiting', 'approved', 'refused')),
  decided_by text,
  decided_at timestamptz,
  note text NOT NULL,
  posting_id uuid REFERENCES posting,
  CONSTRAINT adjustment_is_decided_by_somebody CHECK (
    (state = 'waiting') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
  CONSTRAINT adjustment_is_decided_by_another CHECK (decided_by <> asked_by),
  CONSTRAINT adjustment_is_posted_when_approved CHECK (
    (state = 'approved') = (posting_id IS NOT NULL))
)
""",
    "CREATE INDEX adjustment_by_state ON adjustment (state, id)",
    "CREATE INDEX ix_adjustment_account_id ON adjustment (account_id)",
]

# So many lots at once and no more: whoever moves one of their wallets waits for no longer than
# that takes. Wallets that are just being moved are left for the next time.
EXPIRE_LOTS = """
CREATE OR REPLACE FUNCTION expire_lots(
  by_then timestamptz, most integer, subject text, trace text DEFAULT '')
RETURNS bigint LANGUAGE plpgsql PLANNED_FOR_ANY_SIZE AS $$
DECLARE
  picked uuid[] := ARRAY(
    SELECT id FROM lot WHERE state = 'expiring' AND due_at <= by_then AND remaining > 0
    ORDER BY due_at LIMIT most);
  accounts uuid[];
  currencies text[];
  taken bigint;
BEGIN
  SELECT array_agg(account_id), array_agg(currency) INTO accounts, currencies
  FROM (
    SELECT account_id, currency FROM wallet
    WHERE (account_id, currency) IN (
      SELECT lot.account_id, lot.currency FROM lot WHERE id = ANY (picked))
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
    FROM lot JOIN held ON lot.account_id = held.account_id AND lot.currency = held.currency
    WHERE lot.id = ANY (picked) AND lot.state = 'expiring' AND lot.due_at <= by_then
      AND lot.remaining > 0
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

# All that an account has of a currency goes to another account, or (own) all that is left of
# what that other account once brought. Lots keep their end, reservations their time.
MOVE_WALLET = """
CREATE FUNCTION move_wallet(
  origin uuid, target uuid, what text, own boolean, posting_key text, out_id uuid, in_id uuid,
  why text)
RETURNS void LANGUAGE plpgsql PLANNED_FOR_ANY_SIZE AS $$
DECLARE
  o wallet;
  t wallet;
  lots uuid[];
  reserved uuid[];
  usable bigint;
  waiting bigint;
  held bigint;
  owed bigint;
  after bigint;
  recovered bigint;
BEGIN
  PERFORM hold_wallets(jsonb_build_array(
    jsonb_build_object('account_id', origin, 'currency', what),
    jsonb_build_object('account_id', target, 'currency', what)));
  IF EXISTS (SELECT FROM posting WHERE key = posting_key || ' out') THEN
    RETURN;
  END IF;
  SELECT * INTO STRICT o FROM wallet WHERE account_id = origin AND currency = what;
  SELECT * INTO STRICT t FROM wallet WHERE account_id = target AND currency = what;

  SELECT array_agg(lot.id),
         coalesce(sum(lot.remaining) FILTER (WHERE state <> 'pending'), 0),
         coalesce(sum(lot.remaining) FILTER (WHERE state = 'pending'), 0)
  INTO lots, usable, waiting
  FROM lot JOIN posting ON posting.id = posting_id
  WHERE lot.account_id = origin AND lot.currency = what
    AND (NOT own OR posting.account_id = target);
  SELECT array_agg(reservation.id), coalesce(-sum(points), 0) INTO reserved, held
  FROM reservation JOIN posting USING (id)
  WHERE reservation.account_id = origin AND posting.currency = what AND settled_by IS NULL
    AND (NOT own OR posting.account_id = target);
  owed := CASE WHEN own THEN least(o.debt, (
      SELECT coalesce(sum(amount), 0) FROM entry JOIN posting ON posting.id = posting_id
      WHERE posting.account_id = target AND currency = what AND kind = 'move'
        AND account_kind = 'debt'))
    ELSE o.debt END;
  owed := greatest(owed, 0);
  IF (usable, waiting, held, owed) = (0, 0, 0, 0) THEN
    UPDATE lot SET account_id = target WHERE id = ANY (lots);
    RETURN;
  END IF;

  after := t.balance - t.debt + usable - owed;
  recovered := t.balance + usable - greatest(after, 0);
  INSERT INTO posting (id, created_at, key, account_id, currency, kind, against, points,
    balance_after, reason, source_kind, source_id, settles, occurred_at)
  VALUES
    (out_id, clock_timestamp(), posting_key || ' out', origin, what, 'move', 'transfer',
     owed - usable - waiting - held, o.balance - usable, why, 'account', target::text, NULL,
     clock_timestamp()),
    (in_id, clock_timestamp(), posting_key || ' in', target, what, 'move', 'transfer',
     usable + waiting + held - owed, greatest(after, 0), why, 'account', origin::text, out_id,
     clock_timestamp());
  INSERT INTO entry (posting_id, line, account_kind, account_id, amount, balance_after)
  SELECT id, line, side, whose, amount, stands FROM (VALUES
    (out_id, 1, 'wallet', origin, -usable, o.balance - usable),
    (out_id, 2, 'debt', origin, owed, owed - o.debt),
    (out_id, 3, 'pending', origin, -waiting, o.pending - waiting),
    (out_id, 4, 'locked', origin, -held, o.locked - held),
    (out_id, 5, 'transfer', NULL, usable + waiting + held - owed, NULL),
    (in_id, 1, 'wallet', target, greatest(after, 0) - t.balance, greatest(after, 0)),
    (in_id, 2, 'debt', target, least(after, 0) + t.debt, least(after, 0)),
    (in_id, 3, 'pending', target, waiting, t.pending + waiting),
    (in_id, 4, 'locked', target, held, t.locked + held),
    (in_id, 5, 'transfer', NULL, owed - usable - waiting - held, NULL)
  ) AS sides (id, line, side, whose, amount, stands) WHERE amount <> 0;
  UPDATE wallet SET balance = o.balance - usable, debt = o.debt - owed,
    pending = o.pending - waiting, locked = o.locked - held
  WHERE account_id = origin AND currency = what;
  UPDATE wallet SET balance = greatest(after, 0), debt = greatest(-after, 0),
    pending = t.pending + waiting, locked = t.locked + held
  WHERE account_id = target AND currency = what;
  UPDATE lot SET account_id = target WHERE id = ANY (lots);
  UPDATE reservation SET account_id = target WHERE id = ANY (reserved);
  IF recovered > 0 THEN
    PERFORM take_from_lots(in_id, target, what, recovered, NULL);
  END IF;
END $$
"""


def upgrade() -> None:
    functions = [
        each.replace("PLANNED_FOR_ANY_SIZE", PLANNED_FOR_ANY_SIZE)
        for each in (EXPIRE_LOTS, MOVE_WALLET)
    ]
    for statement in (*TABLES, *functions):
        op.execute(statement)

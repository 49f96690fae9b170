"""wallets of many currencies: pending, locked, and lots that know what was taken from them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

CURRENCIES = [
    {
        "code": "points",
        "name": "积分",
        "kind": "points",
        "money": None,
        "warning_days": 30,
        "spendable": True,
        "adjustable_alone": 10_000,
        "transferable": 10_000,
        "transferable_daily": 50_000,
    },
    {
        "code": "cash_back",
        "name": "返现",
        "kind": "money",
        "money": "CNY",
        "warning_days": 30,
        "spendable": True,
        "adjustable_alone": 10_000,
        "transferable": 0,
        "transferable_daily": 0,
    },
    {
        "code": "growth",
        "name": "成长值",
        "kind": "growth",
        "money": None,
        "warning_days": 0,
        "spendable": False,
        "adjustable_alone": 10_000,
        "transferable": 0,
        "transferable_daily": 0,
    },
]

KINDS = (
    "'earn', 'grant', 'mature', 'spend', 'lock', 'confirm', 'release', 'adjust', 'transfer', "
    "'reverse', 'return', 'expire', 'move'"
)
AGAINST = "'liability', 'expiry', 'partner_funding', 'adjustment', 'transfer'"

TABLES = [
    """
CREATE TABLE currency (
  code text PRIMARY KEY,
  name text NOT NULL,
  kind text NOT NULL CONSTRAINT currency_kind CHECK (kind IN ('points', 'money', 'growth')),
  money text,
  months integer CONSTRAINT currency_months CHECK (months > 0),
  warning_days integer NOT NULL CONSTRAINT currency_warning CHECK (warning_days >= 0),
  spendable boolean NOT NULL,
  adjustable_alone bigint NOT NULL,
  transferable bigint NOT NULL,
  transferable_daily bigint NOT NULL,
  CONSTRAINT currency_of_money CHECK ((kind = 'money') = (money IS NOT NULL)),
  CONSTRAINT currency_limits CHECK (
    adjustable_alone >= 0 AND transferable >= 0 AND transferable_daily >= 0),
  CONSTRAINT currency_moves_when_spendable CHECK (spendable OR transferable = 0)
)
""",
    """
CREATE TABLE wallet (
  account_id uuid NOT NULL REFERENCES points_account,
  currency text NOT NULL REFERENCES currency,
  balance bigint NOT NULL DEFAULT 0 CONSTRAINT balance_is_never_negative CHECK (balance >= 0),
  pending bigint NOT NULL DEFAULT 0 CONSTRAINT pending_is_never_negative CHECK (pending >= 0),
  locked bigint NOT NULL DEFAULT 0 CONSTRAINT locked_is_never_negative CHECK (locked >= 0),
  debt bigint NOT NULL DEFAULT 0 CONSTRAINT debt_is_never_negative CHECK (debt >= 0),
  PRIMARY KEY (account_id, currency),
  CONSTRAINT debt_is_recovered_first CHECK (balance = 0 OR debt = 0),
  CONSTRAINT wallet_within_bounds CHECK (
    greatest(balance, pending, locked, debt) <= 9000000000000000)
) WITH (fillfactor = 70)
""",
    """
INSERT INTO wallet (account_id, currency, balance, debt)
SELECT id, 'points', balance, debt FROM points_account
""",
    "ALTER TABLE points_account DROP COLUMN balance, DROP COLUMN debt",
    # History stands for everybody but this migration, which adds what each posting already meant.
    "DROP TRIGGER history_stands ON posting",
    "DROP TRIGGER history_stands ON entry",
    "DROP TRIGGER entries_balance ON entry",
    f"""
ALTER TABLE posting
  ADD COLUMN currency text NOT NULL DEFAULT 'points',
  ADD COLUMN partner text,
  ADD COLUMN balance_after bigint NOT NULL DEFAULT 0,
  ADD COLUMN settles uuid REFERENCES posting,
  DROP CONSTRAINT posting_account_id_fkey,
  DROP CONSTRAINT posting_kind, DROP CONSTRAINT posting_sign, DROP CONSTRAINT posting_against,
  DROP CONSTRAINT posting_within_bounds,
  ADD CONSTRAINT posting_kind CHECK (kind IN ({KINDS})),
  ADD CONSTRAINT posting_against CHECK (against IN ({AGAINST})),
  ADD CONSTRAINT posting_sign CHECK (kind IN ('adjust', 'transfer', 'move')
    OR (points > 0) = (kind IN ('earn', 'grant', 'mature', 'release', 'return'))),
  ADD CONSTRAINT posting_within_bounds CHECK (
    kind = 'move' OR points <> 0 AND abs(points) <= 1000000000000),
  ADD CONSTRAINT posting_settles_something CHECK (
    (kind IN ('mature', 'confirm', 'release')) <= (settles IS NOT NULL)),
  ADD CONSTRAINT posting_moves_a_wallet FOREIGN KEY (account_id, currency) REFERENCES wallet
""",
    "ALTER TABLE posting ALTER COLUMN currency DROP DEFAULT",
    "ALTER TABLE posting ALTER COLUMN balance_after DROP DEFAULT",
    "UPDATE posting SET balance_after = entry.balance_after FROM entry "
    "WHERE posting_id = posting.id AND line = 1",
    "UPDATE posting SET partner = 'unknown' WHERE against = 'partner_funding'",
    "ALTER TABLE posting ADD CONSTRAINT posting_of_a_partner CHECK "
    "((against = 'partner_funding') = (partner IS NOT NULL))",
    "CREATE UNIQUE INDEX posting_reverses_once ON posting (reverses) WHERE reverses IS NOT NULL",
    "CREATE UNIQUE INDEX posting_settles_once ON posting (settles) WHERE settles IS NOT NULL",
    "CREATE INDEX posting_given_away ON posting (account_id, created_at) "
    "WHERE kind = 'transfer' AND points < 0",
    """
ALTER TABLE entry
  DROP CONSTRAINT entry_posting_id_fkey,
  DROP CONSTRAINT entry_account_kind, DROP CONSTRAINT entry_line_of_the_wallet,
  DROP CONSTRAINT entry_of_a_member_names_account_and_balance
""",
    "UPDATE entry SET line = 5 WHERE line = 3",
    f"""
ALTER TABLE entry
  ADD CONSTRAINT entry_account_kind CHECK (
    account_kind IN ('wallet', 'debt', 'pending', 'locked', {AGAINST})),
  ADD CONSTRAINT entry_line_of_the_account CHECK (
    account_kind = 'wallet' AND line = 1 OR account_kind = 'debt' AND line = 2
    OR account_kind = 'pending' AND line = 3 OR account_kind = 'locked' AND line = 4
    OR line = 5 AND account_id IS NULL),
  ADD CONSTRAINT entry_of_a_member_names_account_and_balance CHECK (
    (line <= 4) = (account_id IS NOT NULL AND balance_after IS NOT NULL))
""",
    "DROP INDEX lot_to_expire",
    "DROP INDEX lot_to_spend",
    """
ALTER TABLE lot
  DROP CONSTRAINT lot_id_fkey,
  DROP CONSTRAINT lot_keeps_what_it_had_at_most,
  ADD COLUMN posting_id uuid REFERENCES posting,
  ADD COLUMN currency text NOT NULL DEFAULT 'points' REFERENCES currency,
  ADD COLUMN state text NOT NULL DEFAULT 'usable'
    CONSTRAINT lot_state CHECK (state IN ('pending', 'usable', 'expiring')),
  ADD COLUMN expired bigint NOT NULL DEFAULT 0,
  ADD COLUMN due_at timestamptz,
  ALTER COLUMN expires_at DROP NOT NULL
""",
    "UPDATE lot SET posting_id = id, due_at = expires_at - interval '30 days'",
    "UPDATE lot SET expired = -points_taken FROM (SELECT source_id, points AS points_taken "
    "FROM posting WHERE kind = 'expire') AS gone WHERE gone.source_id = lot.id::text",
    """
ALTER TABLE lot
  ALTER COLUMN posting_id SET NOT NULL,
  ALTER COLUMN currency DROP DEFAULT,
  ALTER COLUMN state DROP DEFAULT,
  ALTER COLUMN expired DROP DEFAULT,
  ADD CONSTRAINT lot_keeps_what_it_had_at_most CHECK (
    remaining >= 0 AND expired >= 0 AND remaining + expired <= points)
""",
    "CREATE INDEX lot_to_spend ON lot (account_id, currency, expires_at, id) WHERE remaining > 0",
    "CREATE INDEX lot_due ON lot (state, due_at) WHERE remaining > 0",
    "CREATE INDEX lot_by_posting ON lot (posting_id)",
    """
CREATE TABLE lot_use (
  posting_id uuid NOT NULL REFERENCES posting,
  lot_id uuid NOT NULL REFERENCES lot,
  points bigint NOT NULL CONSTRAINT lot_use_moves_something CHECK (points <> 0),
  PRIMARY KEY (posting_id, lot_id, points)
)
""",
    # Which posting took how much of which lot was not kept before: the lot itself stands for it.
    "INSERT INTO lot_use (posting_id, lot_id, points) SELECT id, id, points - remaining - expired "
    "FROM lot WHERE points > remaining + expired",
    "CREATE INDEX lot_use_by_lot ON lot_use (lot_id)",
    """
CREATE TABLE reservation (
  id uuid PRIMARY KEY REFERENCES posting,
  account_id uuid NOT NULL REFERENCES points_account,
  expires_at timestamptz NOT NULL,
  settled_by uuid REFERENCES posting
)
""",
    "CREATE INDEX reservation_to_end ON reservation (expires_at) WHERE settled_by IS NULL",
    "CREATE INDEX reservation_by_account ON reservation (account_id) WHERE settled_by IS NULL",
    "DROP FUNCTION post_points(jsonb)",
    "DROP FUNCTION take_from_lots(uuid[], uuid[])",
]

# All entries of a statement at once: cheaper than a foreign key and a check for each.
ENTRIES_BALANCE = """
CREATE OR REPLACE FUNCTION refuse_entries_out_of_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM written LEFT JOIN posting ON posting.id = posting_id
             GROUP BY posting_id, posting.id
             HAVING sum(amount) <> 0 OR posting.id IS NULL) THEN
    RAISE EXCEPTION 'the entries of a posting sum to zero'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$
"""

PLANNED_FOR_ANY_SIZE = (
    "SET plan_cache_mode = force_generic_plan SET enable_seqscan = off "
    "SET enable_hashjoin = off SET enable_mergejoin = off"
)

# What expires first goes first, after the lots that `first` brought.
TAKE_FROM_LOTS = """
CREATE FUNCTION take_from_lots(taker uuid, whose uuid, what text, amount bigint, first uuid)
RETURNS void LANGUAGE sql AS $$
  WITH held AS (
    SELECT id, remaining, sum(remaining) OVER (
      ORDER BY (posting_id = first) IS TRUE DESC, expires_at, id) - remaining AS before
    FROM lot
    WHERE account_id = whose AND currency = what AND remaining > 0 AND state <> 'pending'
  ), taken AS (
    UPDATE lot SET remaining = lot.remaining - least(held.remaining, amount - held.before)
    FROM held WHERE lot.id = held.id AND held.before < amount
    RETURNING lot.id, least(held.remaining, amount - held.before) AS points
  )
  INSERT INTO lot_use (posting_id, lot_id, points) SELECT taker, id, points FROM taken
$$
"""

GIVE_BACK_TO_LOTS = """
CREATE FUNCTION give_back_to_lots(giver uuid, taker uuid) RETURNS void LANGUAGE sql AS $$
  WITH given AS (
    UPDATE lot SET remaining = remaining + taken.points
    FROM lot_use AS taken
    WHERE taken.posting_id = taker AND taken.points > 0 AND lot.id = taken.lot_id
    RETURNING lot.id, taken.points
  )
  INSERT INTO lot_use (posting_id, lot_id, points) SELECT giver, id, -points FROM given
$$
"""

# Locks what a batch moves in one order, so that no two batches wait for each other.
HOLD_WALLETS = """
CREATE FUNCTION hold_wallets(asked jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO wallet (account_id, currency)
  SELECT DISTINCT account.id, currency.code
  FROM jsonb_to_recordset(asked) AS new (account_id uuid, currency text)
  JOIN points_account AS account ON account.id = new.account_id
  JOIN currency ON currency.code = new.currency
  WHERE NOT EXISTS (SELECT FROM wallet
                    WHERE wallet.account_id = account.id AND wallet.currency = currency.code)
  ORDER BY account.id, currency.code
  ON CONFLICT DO NOTHING;
  PERFORM FROM wallet
  WHERE (account_id, currency) IN (
    SELECT new.account_id, new.currency
    FROM jsonb_to_recordset(asked) AS new (account_id uuid, currency text))
  ORDER BY account_id, currency FOR NO KEY UPDATE;
END $$
"""

# A member's position is balance - debt, of which never both are there: what may be spent is its
# upper half, the negative promise its lower. Pending and locked stand beside it.
POST_POINTS = """
CREATE FUNCTION post_points(asked jsonb, trace text DEFAULT '') RETURNS TABLE (
  outcome text, posting_id uuid, account_id uuid, customer_id uuid, currency text, kind text,
  points bigint, reason text, source_id text, balance bigint
) LANGUAGE plpgsql PLANNED_FOR_ANY_SIZE AS $$
#variable_conflict use_column
DECLARE
  a record;
  w record;
  known posting;
  came lot;
  held reservation;
  moved bigint;
  to_pending bigint;
  to_locked bigint;
  after bigint;
  recovered bigint;
  lives_until timestamptz;
  warned_at timestamptz;
BEGIN
  IF jsonb_array_length(asked) > 1 THEN
    PERFORM hold_wallets(asked);
  END IF;
  FOR a IN
    SELECT new.* FROM jsonb_to_recordset(asked) AS new (
      id uuid, account_id uuid, currency text, key text, kind text, against text, partner text,
      points bigint, reason text, source_kind text, source_id text, reverses uuid, settles uuid,
      pending boolean, usable_at timestamptz, expires_at timestamptz, occurred_at timestamptz,
      subject text)
    ORDER BY new.id
  LOOP
    outcome := 'posted';
    posting_id := a.id; account_id := a.account_id; customer_id := NULL; currency := a.currency;
    kind := a.kind; points := a.points; reason := a.reason; source_id := a.source_id; balance := 0;

    SELECT wallet.*, account.customer_id, rules.months, rules.warning_days, rules.spendable
    INTO w FROM wallet
    JOIN points_account AS account ON account.id = wallet.account_id
    JOIN currency AS rules ON rules.code = wallet.currency
    WHERE wallet.account_id = a.account_id AND wallet.currency = a.currency
    FOR NO KEY UPDATE OF wallet;
    IF NOT FOUND THEN
      PERFORM hold_wallets(jsonb_build_array(
        jsonb_build_object('account_id', a.account_id, 'currency', a.currency)));
      SELECT wallet.*, account.customer_id, rules.months, rules.warning_days, rules.spendable
      INTO w FROM wallet
      JOIN points_account AS account ON account.id = wallet.account_id
      JOIN currency AS rules ON rules.code = wallet.currency
      WHERE wallet.account_id = a.account_id AND wallet.currency = a.currency
      FOR NO KEY UPDATE OF wallet;
      IF NOT FOUND THEN
        outcome := 'unknown';
        RETURN NEXT;
        CONTINUE;
      END IF;
    END IF;
    customer_id := w.customer_id;
    balance := w.balance;

    SELECT * INTO known FROM posting WHERE key = a.key;
    IF FOUND THEN
      outcome := CASE
        WHEN (known.account_id, known.currency, known.kind, known.reason, known.source_kind,
              known.source_id) = (a.account_id, a.currency, a.kind, a.reason, a.source_kind,
              a.source_id)
          AND known.reverses IS NOT DISTINCT FROM a.reverses
          AND known.settles IS NOT DISTINCT FROM a.settles
          AND (known.points = a.points OR a.reverses IS NOT NULL OR a.settles IS NOT NULL)
        THEN 'repeated' ELSE 'reused' END;
      posting_id := known.id; points := known.points; balance := known.balance_after;
      RETURN NEXT;
      CONTINUE;
    END IF;

    moved := a.points;
    to_pending := 0;
    to_locked := 0;
    came := NULL;
    CASE
    WHEN a.kind IN ('earn', 'grant') THEN
      IF coalesce(a.pending, false) OR a.usable_at > clock_timestamp() THEN
        to_pending := a.points;
        moved := 0;
      END IF;
    WHEN a.kind IN ('spend', 'lock') OR a.kind IN ('adjust', 'transfer') AND a.points < 0 THEN
      IF NOT (w.spendable OR a.kind = 'adjust') THEN
        outcome := 'not_spendable';
      ELSIF w.balance + a.points < 0 THEN
        outcome := 'refused';
      ELSIF a.kind = 'lock' THEN
        to_locked := -a.points;
      END IF;
    WHEN a.kind = 'transfer' THEN
      PERFORM FROM posting WHERE id = a.settles;
      IF NOT FOUND THEN
        outcome := 'refused';
      END IF;
    WHEN a.kind IN ('confirm', 'release') THEN
      SELECT * INTO held FROM reservation WHERE id = a.settles AND account_id = a.account_id;
      IF NOT FOUND THEN
        outcome := 'unknown';
      ELSIF held.settled_by IS NOT NULL
        OR a.kind = 'confirm' AND held.expires_at <= clock_timestamp() THEN
        outcome := 'settled';
      ELSE
        SELECT posting.points INTO to_locked FROM posting WHERE id = a.settles;
        moved := CASE a.kind WHEN 'release' THEN -to_locked ELSE 0 END;
        points := CASE a.kind WHEN 'release' THEN -to_locked ELSE to_locked END;
      END IF;
    WHEN a.kind = 'mature' THEN
      SELECT * INTO came FROM lot
      WHERE posting_id = a.settles AND account_id = a.account_id AND state = 'pending'
        AND remaining > 0;
      IF NOT FOUND THEN
        outcome := 'settled';
      ELSE
        points := came.remaining;
        moved := points;
        to_pending := -points;
      END IF;
    WHEN a.kind IN ('reverse', 'return') AND a.reverses IS NOT NULL THEN
      SELECT * INTO known FROM posting WHERE id = a.reverses;
      IF NOT FOUND OR (known.kind IN ('spend', 'confirm')) <> (a.kind = 'return') THEN
        outcome := 'unknown';
      ELSIF EXISTS (SELECT FROM posting WHERE reverses = a.reverses) THEN
        outcome := 'settled';
      ELSIF a.kind = 'return' THEN
        points := -known.points;
      ELSE
        SELECT * INTO came FROM lot WHERE posting_id = a.reverses ORDER BY id LIMIT 1;
        points := greatest(a.points, coalesce(came.expired, 0) - known.points);
        IF points >= 0 THEN
          outcome := 'nothing';
        ELSIF came.state = 'pending' AND came.remaining > 0 THEN
          points := greatest(points, -came.remaining);
          to_pending := points;
        END IF;
      END IF;
      moved := points - to_pending;
      a.against := known.against;
      a.partner := known.partner;
    ELSE
    END CASE;

    after := w.balance - w.debt + moved;
    IF outcome = 'posted' AND greatest(abs(after), w.pending + to_pending, w.locked + to_locked)
        > 9000000000000000 THEN
      outcome := 'too_much';
    END IF;
    IF outcome <> 'posted' THEN
      RETURN NEXT;
      CONTINUE;
    END IF;

    recovered := least(w.debt, greatest(moved, 0));
    balance := greatest(after, 0);
    INSERT INTO posting (id, created_at, key, account_id, currency, kind, against, partner, points,
      balance_after, reason, source_kind, source_id, reverses, settles, occurred_at)
    VALUES (a.id, clock_timestamp(), a.key, a.account_id, a.currency, a.kind, a.against, a.partner,
      points, balance, a.reason, a.source_kind, a.source_id, a.reverses, a.settles, a.occurred_at)
    ON CONFLICT (key) DO NOTHING;
    IF NOT FOUND THEN
      outcome := 'reused';
      balance := w.balance;
      RETURN NEXT;
      CONTINUE;
    END IF;
    INSERT INTO entry (posting_id, line, account_kind, account_id, amount, balance_after)
    SELECT a.id, line, side, CASE WHEN line < 5 THEN a.account_id END, amount, stands
    FROM (VALUES
      (1, 'wallet', balance - w.balance, balance),
      (2, 'debt', least(after, 0) + w.debt, least(after, 0)),
      (3, 'pending', to_pending, w.pending + to_pending),
      (4, 'locked', to_locked, w.locked + to_locked),
      (5, a.against, -moved - to_pending - to_locked, NULL)
    ) AS sides (line, side, amount, stands) WHERE amount <> 0;
    UPDATE wallet SET balance = greatest(after, 0), debt = greatest(-after, 0),
      pending = w.pending + to_pending, locked = w.locked + to_locked
    WHERE account_id = a.account_id AND currency = a.currency;

    CASE
    WHEN a.kind IN ('earn', 'grant') OR a.kind = 'adjust' AND points > 0 THEN
      lives_until := coalesce(a.expires_at, clock_timestamp() + make_interval(months => w.months));
      warned_at := CASE WHEN w.warning_days > 0
                   THEN lives_until - make_interval(days => w.warning_days) END;
      INSERT INTO lot (id, posting_id, account_id, currency, state, points, remaining, expired,
                       expires_at, due_at)
      VALUES (a.id, a.id, a.account_id, a.currency,
        CASE WHEN to_pending > 0 THEN 'pending' WHEN warned_at IS NULL THEN 'expiring'
             ELSE 'usable' END,
        points, points - recovered, 0, lives_until,
        CASE WHEN to_pending > 0 THEN a.usable_at ELSE coalesce(warned_at, lives_until) END);
      IF recovered > 0 THEN
        INSERT INTO lot_use (posting_id, lot_id, points) VALUES (a.id, a.id, recovered);
      END IF;
      recovered := 0;
    WHEN a.kind = 'transfer' AND points > 0 THEN
      INSERT INTO lot (id, posting_id, account_id, currency, state, points, remaining, expired,
                       expires_at, due_at)
      SELECT gen_random_uuid(), a.id, a.account_id, a.currency, state, taken.points, taken.points,
             0, expires_at, due_at
      FROM lot_use AS taken JOIN lot ON lot.id = lot_id WHERE taken.posting_id = a.settles;
    WHEN a.kind = 'mature' THEN
      UPDATE lot SET
        state = CASE WHEN expires_at IS NULL OR w.warning_days = 0 THEN 'expiring'
                ELSE 'usable' END,
        due_at = CASE WHEN w.warning_days = 0 THEN expires_at
                 ELSE expires_at - make_interval(days => w.warning_days) END
      WHERE id = came.id;
    WHEN a.kind = 'release' THEN
      PERFORM give_back_to_lots(a.id, a.settles);
    WHEN a.kind = 'return' THEN
      PERFORM give_back_to_lots(a.id, coalesce(known.settles, known.id));
    WHEN to_pending < 0 THEN
      UPDATE lot SET remaining = remaining + to_pending WHERE id = came.id;
      INSERT INTO lot_use (posting_id, lot_id, points) VALUES (a.id, came.id, -to_pending);
    WHEN moved < 0 AND w.balance > 0 THEN
      PERFORM take_from_lots(a.id, a.account_id, a.currency, least(w.balance, -moved), a.reverses);
    ELSE
    END CASE;
    IF recovered > 0 THEN
      PERFORM take_from_lots(a.id, a.account_id, a.currency, recovered, NULL);
    END IF;
    IF a.kind = 'lock' THEN
      INSERT INTO reservation (id, account_id, expires_at)
      VALUES (a.id, a.account_id, a.expires_at);
    ELSIF a.kind IN ('confirm', 'release') THEN
      UPDATE reservation SET settled_by = a.id WHERE id = a.settles;
    END IF;

    IF a.subject IS NOT NULL THEN
      INSERT INTO outbox (id, subject, about, time, content, trace)
      VALUES (gen_random_uuid(), a.subject, w.customer_id::text, clock_timestamp(),
        json_build_object('posting_id', a.id, 'account_id', a.account_id,
          'customer_id', w.customer_id, 'currency', a.currency,
          'points', CASE WHEN a.kind IN ('adjust', 'transfer') THEN points ELSE abs(points) END,
          'reason', a.reason, 'source_id', a.source_id, 'balance', balance)::text,
        trace);
    END IF;
    RETURN NEXT;
  END LOOP;
END $$
"""

# Wallets that are just being moved are left for the next time: nobody waits for expiry.
EXPIRE_LOTS = """
CREATE FUNCTION expire_lots(by_then timestamptz, most integer, subject text, trace text DEFAULT '')
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
      WHERE state = 'expiring' AND due_at <= by_then AND remaining > 0 ORDER BY due_at LIMIT most)
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
    FROM held JOIN lot ON lot.account_id = held.account_id AND lot.currency = held.currency
    WHERE lot.state = 'expiring' AND lot.due_at <= by_then AND lot.remaining > 0
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

# A lot is announced once, some days before it ends; one that ends earlier than that is not.
WARN_OF_LOTS = """
CREATE FUNCTION warn_of_lots(by_then timestamptz, most integer, subject text, trace text DEFAULT '')
RETURNS bigint LANGUAGE sql PLANNED_FOR_ANY_SIZE AS $$
  WITH due AS (
    SELECT id FROM lot WHERE state = 'usable' AND due_at <= by_then AND remaining > 0
    ORDER BY due_at LIMIT most FOR NO KEY UPDATE SKIP LOCKED
  ), warned AS (
    UPDATE lot SET state = 'expiring', due_at = expires_at FROM due WHERE lot.id = due.id
    RETURNING lot.id, lot.account_id, lot.currency, lot.remaining, lot.expires_at
  ), told AS (
    INSERT INTO outbox (id, subject, about, time, content, trace)
    SELECT gen_random_uuid(), subject, account.customer_id::text, clock_timestamp(),
      json_build_object('lot_id', warned.id, 'account_id', account_id,
        'customer_id', account.customer_id, 'currency', currency, 'points', remaining,
        'expires_at', expires_at)::text, trace
    FROM warned JOIN points_account AS account ON account.id = account_id
    WHERE expires_at > by_then
  )
  SELECT count(*) FROM warned
$$
"""

TRIGGERS = [
    f"CREATE TRIGGER history_stands BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite_history()"
    for table in ("posting", "entry", "lot_use")
] + [
    "CREATE TRIGGER entries_balance AFTER INSERT ON entry REFERENCING NEW TABLE AS written "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_entries_out_of_balance()"
]

FUNCTIONS = (
    ENTRIES_BALANCE,
    TAKE_FROM_LOTS,
    GIVE_BACK_TO_LOTS,
    HOLD_WALLETS,
    POST_POINTS,
    EXPIRE_LOTS,
    WARN_OF_LOTS,
)


def upgrade() -> None:
    op.execute(TABLES[0])
    names = (*CURRENCIES[0], "months")
    currency = sa.table("currency", *map(sa.column, names))
    op.bulk_insert(currency, [{**each, "months": None} for each in CURRENCIES])
    op.execute("UPDATE currency SET months = points_months FROM programme WHERE kind <> 'growth'")
    op.drop_column("programme", "points_months")
    functions = [each.replace("PLANNED_FOR_ANY_SIZE", PLANNED_FOR_ANY_SIZE) for each in FUNCTIONS]
    for statement in (*TABLES[1:], *functions, *TRIGGERS):
        op.execute(statement)

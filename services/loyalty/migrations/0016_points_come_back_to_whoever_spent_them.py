"""Points come back to whoever spent them, and nothing is settled in another's account."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

PLANNED_FOR_ANY_SIZE = (
    "SET plan_cache_mode = force_generic_plan SET enable_seqscan = off "
    "SET enable_hashjoin = off SET enable_mergejoin = off"
)

# Wallets move by their merge: `move_wallet(going, coming, ...)`.
NO_OTHER_WAY_TO_MOVE = (
    "DROP FUNCTION move_wallet(uuid, uuid, text, boolean, text, uuid, uuid, text)"
)

# Lots that went back to another when a merge was undone stay there: for them there are new ones,
# that end when those do.
RETURN_TO_LOTS = """
CREATE FUNCTION return_to_lots(giver uuid, taker uuid, whose uuid) RETURNS void LANGUAGE sql AS $$
  WITH used AS (
    SELECT lot.*, taken.points AS taken
    FROM lot_use AS taken JOIN lot ON lot.id = taken.lot_id
    WHERE taken.posting_id = taker AND taken.points > 0
  ), given AS (
    UPDATE lot SET remaining = lot.remaining + used.taken
    FROM used WHERE lot.id = used.id AND used.account_id = whose
    RETURNING lot.id, used.taken
  ), anew AS (
    INSERT INTO lot (id, posting_id, account_id, currency, state, points, remaining, expired,
                     expires_at, due_at)
    SELECT gen_random_uuid(), giver, whose, currency, state, taken, taken, 0, expires_at, due_at
    FROM used WHERE account_id <> whose
  )
  INSERT INTO lot_use (posting_id, lot_id, points) SELECT giver, id, -taken FROM given
$$
"""

# What lies in another account by now is settled there and nowhere else.
POST_POINTS = """
CREATE OR REPLACE FUNCTION post_points(asked jsonb, trace text DEFAULT '') RETURNS TABLE (
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
      SELECT * INTO held FROM reservation WHERE id = a.settles;
      IF NOT FOUND THEN
        outcome := 'unknown';
      ELSIF held.account_id <> a.account_id THEN
        outcome := 'elsewhere';
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
      WHERE posting_id = a.settles AND state = 'pending' AND remaining > 0;
      IF NOT FOUND THEN
        outcome := 'settled';
      ELSIF came.account_id <> a.account_id THEN
        outcome := 'elsewhere';
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
        IF came.account_id <> a.account_id THEN
          outcome := 'elsewhere';
        ELSIF points >= 0 THEN
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
      PERFORM return_to_lots(a.id, a.settles, a.account_id);
    WHEN a.kind = 'return' THEN
      PERFORM return_to_lots(a.id, coalesce(known.settles, known.id), a.account_id);
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


def upgrade() -> None:
    op.execute(NO_OTHER_WAY_TO_MOVE)
    op.execute(RETURN_TO_LOTS)
    op.execute(POST_POINTS.replace("PLANNED_FOR_ANY_SIZE", PLANNED_FOR_ANY_SIZE))

"""Screen acts by fraud rules."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

PLANNED_FOR_ANY_SIZE = (
    "SET plan_cache_mode = force_generic_plan SET enable_seqscan = off "
    "SET enable_hashjoin = off SET enable_mergejoin = off"
)

# Both in the order of their keys, so that two callers can't wait for each other.
NOTE_MARKS = """
CREATE FUNCTION note_marks(seen jsonb) RETURNS void LANGUAGE plpgsql PLANNED_FOR_ANY_SIZE AS $$
BEGIN
  INSERT INTO mark AS known (id, kind, last_seen_at)
  SELECT mark_id, max(kind), max(least(at, now()))
  FROM jsonb_to_recordset(seen) AS new (mark_id uuid, kind text, at timestamptz)
  GROUP BY mark_id ORDER BY mark_id
  ON CONFLICT (id) DO UPDATE SET last_seen_at = excluded.last_seen_at
    WHERE known.last_seen_at < excluded.last_seen_at - interval '1 hour';
  INSERT INTO customer_mark AS known (mark_id, customer_id, kind, first_seen_at, last_seen_at)
  SELECT mark_id, customer_id, max(kind), min(least(at, now())), max(least(at, now()))
  FROM jsonb_to_recordset(seen) AS new (
    mark_id uuid, customer_id uuid, kind text, at timestamptz)
  GROUP BY mark_id, customer_id ORDER BY mark_id, customer_id
  ON CONFLICT (mark_id, customer_id) DO UPDATE
  SET first_seen_at = least(known.first_seen_at, excluded.first_seen_at),
      last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at)
  WHERE known.last_seen_at < excluded.last_seen_at
     OR known.first_seen_at > excluded.first_seen_at;
END $$
"""

# What an act does not tell is what its customer was last met with.
ACTS_WITH_MARKS = """
CREATE FUNCTION acts_with_marks(asked jsonb) RETURNS TABLE (
  kind text, key text, customer_id uuid, counterpart_id uuid, device uuid, account uuid,
  address uuid, content uuid, partner_code text, caused_by text, points bigint, at timestamptz
) LANGUAGE sql STABLE AS $$
  SELECT new.kind, new.key, new.customer_id, new.counterpart_id,
    coalesce(new.device, known.device), coalesce(new.account, known.account),
    coalesce(new.address, known.address), new.content, new.partner_code, new.caused_by,
    new.points, least(new.at, now())
  FROM jsonb_to_recordset(asked) AS new (
    kind text, key text, customer_id uuid, counterpart_id uuid, through_id uuid, device uuid,
    account uuid, address uuid, content uuid, partner_code text, caused_by text, points bigint,
    at timestamptz)
  CROSS JOIN LATERAL (
    SELECT
      (array_agg(mark_id ORDER BY last_seen_at DESC) FILTER (WHERE own.kind = 'device'))[1]
        AS device,
      (array_agg(mark_id ORDER BY last_seen_at DESC) FILTER (WHERE own.kind = 'account'))[1]
        AS account,
      (array_agg(mark_id ORDER BY last_seen_at DESC) FILTER (WHERE own.kind = 'address'))[1]
        AS address
    FROM customer_mark AS own WHERE own.customer_id = new.through_id
  ) AS known
$$
"""


def velocity(column: str) -> str:
    """The most of any span of the rule's length that has the act in it, up to the act itself."""
    return f"""(
        SELECT max(together) FROM (
          SELECT near.at, CASE rule.measure WHEN 'points' THEN sum(near.points) OVER span
                          ELSE count(*) OVER span END AS together
          FROM screened_act AS near
          WHERE near.{column} = act.{column} AND near.kind = ANY (rule.act_kinds)
            AND near.position <= act.position
            AND near.at BETWEEN act.at - rule.window AND act.at + rule.window
          WINDOW span AS (ORDER BY near.at RANGE BETWEEN CURRENT ROW AND rule.window FOLLOWING)
        ) AS spans WHERE spans.at <= act.at)"""  # noqa: S608  # a column of ours


def ring(column: str) -> str:
    """How many customers were met with it; one more than allowed is as good as thousands."""
    return f"""(
        SELECT count(*) FROM (
          SELECT FROM customer_mark AS shared
          WHERE shared.mark_id = act.{column} AND shared.last_seen_at >= act.at - rule.window
          LIMIT rule.threshold + 1) AS those)"""  # noqa: S608


SAME_CONTENT = """(
        SELECT count(*) FROM screened_act AS near
        WHERE near.content = act.content AND near.kind = ANY (rule.act_kinds)
          AND near.position <= act.position
          AND near.at BETWEEN act.at - rule.window AND act.at + rule.window
          AND (rule.per = 'anybody' OR near.customer_id = act.customer_id))"""

OWN_ACT = """(
        SELECT count(*) FROM member_facts AS facts
        WHERE facts.customer_id = act.customer_id
          AND (facts.attributes ->> 'works_for' = act.partner_code
               OR facts.attributes ->> 'works_as' = act.caused_by))"""

SHARED_WITH_COUNTERPART = """(
        SELECT count(*) FROM customer_mark AS own
        JOIN customer_mark AS theirs USING (mark_id)
        WHERE own.customer_id = act.customer_id AND own.kind = rule.per
          AND theirs.customer_id = act.counterpart_id
          AND least(own.last_seen_at, theirs.last_seen_at) >= act.at - rule.window)"""

MARKS = ("device", "account", "address")
MEASURED = f"""CASE rule.kind
      WHEN 'velocity' THEN CASE rule.per WHEN 'customer' THEN {velocity("customer_id")}
        {"".join(f" WHEN {each!r} THEN {velocity(each)}" for each in MARKS)} END
      WHEN 'ring' THEN CASE rule.per
        {"".join(f" WHEN {each!r} THEN {ring(each)}" for each in MARKS)} END
      WHEN 'duplicate' THEN {SAME_CONTENT}
      WHEN 'self_dealing' THEN CASE rule.per WHEN 'customer' THEN {OWN_ACT}
        ELSE {SHARED_WITH_COUNTERPART} END
    END"""

# First the members, then the marks are held, each in the order of their keys; only then the acts
# get their positions. So of two who count by the same the second sees all of the first.
SCREEN_ACTS = """
CREATE FUNCTION screen_acts(
  asked jsonb, opened text, due_seconds integer, trace text DEFAULT ''
) RETURNS TABLE (
  kind text, key text, action text, rule_code text, review_id uuid, stands text, fresh boolean
) LANGUAGE plpgsql PLANNED_FOR_ANY_SIZE AS $$
#variable_conflict use_column
DECLARE
  limited boolean;
  by_content boolean;
  told jsonb;
  positions bigint[];
BEGIN
  SELECT count(*) > 0, coalesce(bool_or(rule.per = 'anybody'), false) INTO limited, by_content
  FROM fraud_rule AS rule
  WHERE retired_at IS NULL AND act_kinds && ARRAY(
    SELECT DISTINCT new.kind FROM jsonb_to_recordset(asked) AS new (kind text));
  IF limited THEN
    PERFORM FROM points_account WHERE customer_id IN (
      SELECT new.customer_id FROM jsonb_to_recordset(asked) AS new (customer_id uuid))
    ORDER BY customer_id FOR NO KEY UPDATE;
  END IF;
  SELECT jsonb_agg(jsonb_build_object(
      'mark_id', named.mark_id, 'kind', named.kind, 'customer_id', new.through_id, 'at', new.at))
  INTO told
  FROM jsonb_to_recordset(asked) AS new (
    through_id uuid, device uuid, account uuid, address uuid, at timestamptz)
  CROSS JOIN LATERAL (VALUES
    ('device', new.device), ('account', new.account), ('address', new.address)
  ) AS named (kind, mark_id)
  WHERE named.mark_id IS NOT NULL;
  IF told IS NOT NULL THEN
    PERFORM note_marks(told);
  END IF;
  IF limited THEN
    PERFORM FROM mark WHERE id IN (
      SELECT unnest(ARRAY[act.device, act.account, act.address]) FROM acts_with_marks(asked) AS act)
    ORDER BY id FOR NO KEY UPDATE;
  END IF;
  IF by_content THEN
    PERFORM pg_advisory_xact_lock(CONTENT_LOCK, stripe) FROM (
      SELECT DISTINCT abs(hashtext(new.content::text) % 64) AS stripe
      FROM jsonb_to_recordset(asked) AS new (content uuid) WHERE content IS NOT NULL ORDER BY 1
    ) AS stripes;
  END IF;

  WITH new AS (
    INSERT INTO screened_act (kind, key, customer_id, counterpart_id, device, account, address,
      content, partner_code, caused_by, points, at)
    SELECT act.* FROM acts_with_marks(asked) AS act ORDER BY act.at, act.key
    ON CONFLICT ON CONSTRAINT an_act_is_screened_once DO NOTHING
    RETURNING position
  )
  SELECT array_agg(position) INTO positions FROM new;

  IF limited AND positions IS NOT NULL THEN
    WITH broken AS (
      SELECT act.position, act.kind, act.key, act.customer_id, act.points, act.caused_by, rule.*,
             measured
      FROM (SELECT * FROM screened_act WHERE position = ANY (positions)) AS act
      JOIN LATERAL (
        SELECT code, version, name, action, threshold, per, measure, window_seconds, act_kinds,
               fraud_rule.kind AS rule_kind, fraud_rule.id AS rule_id
        FROM fraud_rule WHERE retired_at IS NULL AND act.kind = ANY (act_kinds)
      ) AS rule ON true
      CROSS JOIN LATERAL (
        SELECT measured FROM (
          SELECT MEASURED AS measured
          FROM (SELECT rule.rule_kind AS kind, rule.per, rule.measure, rule.threshold,
                       rule.act_kinds, make_interval(secs => rule.window_seconds) AS window) AS rule
        ) AS asked_of
      ) AS found
      WHERE measured > rule.threshold
    ), verdict AS (
      SELECT position, broken.kind, broken.key, customer_id, broken.points, caused_by,
        (array_agg(action ORDER BY array_position(ARRAY['refuse', 'hold', 'flag'], action), code)
          )[1] AS action,
        (array_agg(code ORDER BY array_position(ARRAY['refuse', 'hold', 'flag'], action), code)
          )[1] AS rule_code,
        jsonb_agg(code ORDER BY code) AS codes,
        jsonb_agg(jsonb_build_object('rule_id', rule_id, 'code', code, 'version', version,
          'name', name, 'kind', rule_kind, 'per', per, 'measure', measure, 'action', action,
          'threshold', threshold, 'measured', measured, 'window_seconds', window_seconds)
          ORDER BY code) AS findings
      FROM broken GROUP BY position, broken.kind, broken.key, customer_id, broken.points, caused_by
    ), stopped AS (
      UPDATE screened_act AS act SET action = verdict.action, rule_code = verdict.rule_code
      FROM verdict WHERE act.position = verdict.position
    ), opened AS (
      INSERT INTO review (id, created_at, act_kind, act_key, customer_id, action, points,
        findings, caused_by, due_at, state, note)
      SELECT uuidv7(), clock_timestamp(), verdict.kind, verdict.key, customer_id, verdict.action,
        verdict.points, findings, caused_by,
        clock_timestamp() + make_interval(secs => due_seconds), 'waiting', ''
      FROM verdict WHERE verdict.action <> 'refuse' ORDER BY position
      RETURNING id, act_kind, act_key, customer_id, action, points, due_at
    )
    INSERT INTO outbox (id, subject, about, time, content, trace)
    SELECT gen_random_uuid(), opened, review.customer_id::text, clock_timestamp(),
      json_build_object('review_id', review.id, 'act_kind', act_kind, 'key', act_key,
        'customer_id', review.customer_id, 'action', review.action, 'rules', codes,
        'points', review.points, 'due_at', review.due_at)::text, trace
    FROM opened AS review
    JOIN verdict ON (verdict.kind, verdict.key) = (review.act_kind, review.act_key);
  END IF;

  RETURN QUERY
  SELECT act.kind, act.key, act.action, act.rule_code, review.id,
    CASE WHEN act.action = 'refuse' OR review.state = 'rejected' THEN 'refuse'
         WHEN act.action = 'hold' AND review.state = 'waiting' THEN 'hold' END,
    coalesce(act.position = ANY (positions), false)
  FROM jsonb_to_recordset(asked) AS new (kind text, key text)
  JOIN screened_act AS act ON (act.kind, act.key) = (new.kind, new.key)
  LEFT JOIN review ON (review.act_kind, review.act_key) = (act.kind, act.key)
  WHERE act.action IS NOT NULL;
END $$
""".replace("CONTENT_LOCK", str(0x0C70F4A)).replace("MEASURED", MEASURED)


def upgrade() -> None:
    op.create_table(
        "fraud_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("act_kinds", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("per", sa.Text(), nullable=False),
        sa.Column("threshold", sa.BigInteger(), nullable=False),
        sa.Column("window_seconds", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "CASE kind WHEN 'duplicate' THEN per IN ('customer', 'anybody') ELSE per <> 'anybody' END",
            name="fraud_rule_duplicates_of_a_customer_or_anybody",
        ),
        sa.CheckConstraint("action IN ('flag', 'hold', 'refuse')", name="fraud_rule_action"),
        sa.CheckConstraint(
            "kind <> 'ring' OR per IN ('device', 'account', 'address')",
            name="fraud_rule_ring_shares_something",
        ),
        sa.CheckConstraint(
            "kind = 'velocity' OR measure = 'acts'", name="fraud_rule_counts_points_of_velocity"
        ),
        sa.CheckConstraint(
            "kind IN ('velocity', 'duplicate', 'ring', 'self_dealing')", name="fraud_rule_kind"
        ),
        sa.CheckConstraint("measure IN ('acts', 'points')", name="fraud_rule_measure"),
        sa.CheckConstraint(
            "per IN ('customer', 'device', 'account', 'address', 'anybody')", name="fraud_rule_per"
        ),
        sa.CheckConstraint("cardinality(act_kinds) > 0", name="fraud_rule_is_about_some_acts"),
        sa.CheckConstraint(
            "threshold BETWEEN 0 AND 1000000000000", name="fraud_rule_threshold_in_bounds"
        ),
        sa.CheckConstraint(
            "window_seconds BETWEEN 1 AND 2678400", name="fraud_rule_window_in_bounds"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code", "version", name="fraud_rule_version_is_one"),
    )
    op.create_index(
        "one_fraud_rule_in_force",
        "fraud_rule",
        ["code"],
        unique=True,
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.create_table(
        "mark",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('device', 'account', 'address')", name="mark_kind"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("mark_by_age", "mark", ["last_seen_at"], unique=False)
    op.create_table(
        "review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act_kind", sa.Text(), nullable=False),
        sa.Column("act_key", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("caused_by", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)",
            name="review_is_decided_by_somebody",
        ),
        sa.CheckConstraint("action IN ('hold', 'flag')", name="review_action"),
        sa.CheckConstraint("state IN ('waiting', 'released', 'rejected')", name="review_state"),
        sa.CheckConstraint(
            "(claimed_by IS NULL) = (claimed_until IS NULL)", name="review_is_claimed_for_a_time"
        ),
        sa.CheckConstraint(
            "decided_by <> caused_by AND claimed_by <> caused_by",
            name="review_is_not_for_who_caused_it",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("act_kind", "act_key", name="an_act_is_reviewed_once"),
    )
    op.create_index("review_by_customer", "review", ["customer_id", "id"], unique=False)
    op.create_index("review_by_state", "review", ["state", "id"], unique=False)
    op.create_index(
        "review_due",
        "review",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "screened_act",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("counterpart_id", sa.Uuid(), nullable=True),
        sa.Column("device", sa.Uuid(), nullable=True),
        sa.Column("account", sa.Uuid(), nullable=True),
        sa.Column("address", sa.Uuid(), nullable=True),
        sa.Column("content", sa.Uuid(), nullable=True),
        sa.Column("partner_code", sa.Text(), nullable=True),
        sa.Column("caused_by", sa.Text(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("rule_code", sa.Text(), nullable=True),
        sa.CheckConstraint("action IN ('flag', 'hold', 'refuse')", name="screened_act_action"),
        sa.CheckConstraint(
            "kind IN ('earning', 'referral', 'redemption', 'red_packet', 'lottery', 'transfer')",
            name="screened_act_kind",
        ),
        sa.CheckConstraint("points >= 0", name="screened_act_is_nothing_negative"),
        sa.PrimaryKeyConstraint("position"),
        sa.UniqueConstraint("kind", "key", name="an_act_is_screened_once"),
    )
    op.create_index(
        "screened_act_by_account",
        "screened_act",
        ["account", "at"],
        unique=False,
        postgresql_where=sa.text("account IS NOT NULL"),
    )
    op.create_index(
        "screened_act_by_address",
        "screened_act",
        ["address", "at"],
        unique=False,
        postgresql_where=sa.text("address IS NOT NULL"),
    )
    op.create_index(
        "screened_act_by_age", "screened_act", ["at"], unique=False, postgresql_using="brin"
    )
    op.create_index(
        "screened_act_by_content",
        "screened_act",
        ["content", "at"],
        unique=False,
        postgresql_where=sa.text("content IS NOT NULL"),
    )
    op.create_index(
        "screened_act_by_counterpart_id",
        "screened_act",
        ["counterpart_id", "at"],
        unique=False,
        postgresql_where=sa.text("counterpart_id IS NOT NULL"),
    )
    op.create_index("screened_act_by_customer", "screened_act", ["customer_id", "at"], unique=False)
    op.create_index(
        "screened_act_by_device",
        "screened_act",
        ["device", "at"],
        unique=False,
        postgresql_where=sa.text("device IS NOT NULL"),
    )
    op.create_table(
        "customer_mark",
        sa.Column("mark_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["mark_id"],
            ["mark.id"],
        ),
        sa.PrimaryKeyConstraint("mark_id", "customer_id"),
    )
    op.create_index("customer_mark_by_age", "customer_mark", ["last_seen_at"], unique=False)
    op.create_index("customer_mark_by_customer", "customer_mark", ["customer_id"], unique=False)
    for statement in (NOTE_MARKS, ACTS_WITH_MARKS, SCREEN_ACTS):
        op.execute(statement.replace("PLANNED_FOR_ANY_SIZE", PLANNED_FOR_ANY_SIZE))

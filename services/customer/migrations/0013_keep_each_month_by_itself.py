"""Keep each month of timelines by itself, none by default, and for as long as is said."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

DETAIL = "SELECT each->>1 FROM jsonb_array_elements(details) AS each WHERE each->>0 = '{}' LIMIT 1"
MONTHS = """
DO $$
DECLARE month timestamptz;
BEGIN
    ALTER TABLE timeline_entry DETACH PARTITION timeline.rest;
    SET LOCAL TimeZone = 'UTC';
    FOR month IN
        SELECT date_trunc('month', occurred_at) FROM timeline.rest
        WHERE occurred_at >= '1970-01-01' AND occurred_at < '2100-01-01'
        UNION
        SELECT date_trunc('month', now()) + ahead * interval '1 month'
        FROM generate_series(0, 3) AS ahead
    LOOP
        CONTINUE WHEN to_regclass('timeline.' || to_char(month, '"month_"YYYY_MM')) IS NOT NULL;
        EXECUTE format(
            'CREATE TABLE timeline.%I PARTITION OF timeline_entry FOR VALUES FROM (%L) TO (%L)',
            to_char(month, '"month_"YYYY_MM'), month, month + interval '1 month'
        );
    END LOOP;
    CREATE TABLE timeline.before_1970 PARTITION OF timeline_entry
        FOR VALUES FROM (MINVALUE) TO ('1970-01-01 00:00:00+00');
    CREATE TABLE timeline.after_2099 PARTITION OF timeline_entry
        FOR VALUES FROM ('2100-01-01 00:00:00+00') TO (MAXVALUE);
    INSERT INTO timeline_entry SELECT * FROM timeline.rest;
    DROP TABLE timeline.rest;
END $$
"""


def upgrade() -> None:
    op.add_column("timeline_entry", sa.Column("channel_code", sa.Text(), nullable=True))
    op.add_column("timeline_entry", sa.Column("campaign_id", sa.Uuid(), nullable=True))
    op.execute(MONTHS)
    op.execute(
        f"UPDATE timeline_entry SET channel_code = ({DETAIL.format('channel_code')}), "  # noqa: S608
        f"campaign_id = CAST(({DETAIL.format('campaign_id')}) AS uuid)"
    )
    op.create_table(
        "timeline_retention",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("months BETWEEN 1 AND 1200", name="retention_in_bounds"),
        sa.PrimaryKeyConstraint("kind"),
    )
    op.create_table(
        "timeline_removal",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("entries >= 0", name="removed_entries_are_counted"),
        sa.PrimaryKeyConstraint("month"),
    )

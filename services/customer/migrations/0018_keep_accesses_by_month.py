"""Keep accesses by month, and what other services tell of."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# What was noted before stays in one partition, which ends with the month: nothing is copied.
PARTITIONS = """
DO $$
DECLARE
    this_month timestamptz;
    next_month timestamptz;
    month timestamptz;
    first timestamptz;
BEGIN
    SET LOCAL TimeZone = 'UTC';
    this_month := date_trunc('month', now());
    next_month := this_month + interval '1 month';
    IF EXISTS (SELECT FROM accesses.before) THEN
        EXECUTE format('ALTER TABLE accesses.before RENAME TO %I', to_char(next_month, '"until_"YYYY_MM'));
        EXECUTE format(
            'ALTER TABLE access ATTACH PARTITION accesses.%I FOR VALUES FROM (MINVALUE) TO (%L)',
            to_char(next_month, '"until_"YYYY_MM'), next_month
        );
        first := next_month;
    ELSE
        DROP TABLE accesses.before;
        first := this_month - interval '1 month';
    END IF;
    FOR month IN SELECT generate_series(first, this_month + interval '3 months', interval '1 month')
    LOOP
        EXECUTE format(
            'CREATE TABLE accesses.%I PARTITION OF access FOR VALUES FROM (%L) TO (%L)',
            to_char(month, '"month_"YYYY_MM'), month, month + interval '1 month'
        );
    END LOOP;
END $$
"""


def upgrade() -> None:
    for statement in (
        "CREATE SCHEMA accesses",
        "DROP TRIGGER keep_access ON access",
        "DROP INDEX access_by_age",
        "DROP INDEX access_by_customer",
        "ALTER TABLE access DROP CONSTRAINT access_pkey",
        "ALTER TABLE access SET SCHEMA accesses",
        "ALTER TABLE accesses.access RENAME TO before",
        "ALTER TABLE accesses.before ADD COLUMN service text NOT NULL DEFAULT 'customer', "
        "ADD COLUMN seen_at timestamptz, ADD CONSTRAINT what_was_seen_elsewhere_says_when "
        "CHECK ((service = 'customer') = (seen_at IS NULL))",
        "ALTER TABLE accesses.before ALTER COLUMN service DROP DEFAULT",
        "CREATE TABLE access (LIKE accesses.before INCLUDING CONSTRAINTS) PARTITION BY RANGE (at)",
        "ALTER TABLE access ADD PRIMARY KEY (at, id)",
        "CREATE INDEX access_by_customer ON access (customer_id, at, id)",
        PARTITIONS,
        "CREATE TRIGGER keep_access BEFORE UPDATE OR DELETE ON access "
        "FOR EACH ROW EXECUTE FUNCTION keep_access()",
    ):
        op.execute(statement)

"""Compose letters of identifiers."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

COMPOSE = (
    "WITH odd AS (DELETE FROM customer_identifier WHERE value IS NOT NFC NORMALIZED RETURNING *) "
    "INSERT INTO customer_identifier (scheme, value, customer_id, reported_at) "
    "SELECT scheme, normalize(value), customer_id, reported_at FROM odd ON CONFLICT DO NOTHING",
    # Of two who were named by one identifier in two ways, one keeps the way it was written.
    "UPDATE named_customer SET value = normalize(named_customer.value) FROM ("
    "SELECT scheme, value, row_number() OVER (PARTITION BY scheme, normalize(value) ORDER BY value)"
    " AS place FROM named_customer WHERE value IS NOT NFC NORMALIZED) AS odd "
    "WHERE named_customer.scheme = odd.scheme AND named_customer.value = odd.value "
    "AND odd.place = 1 AND NOT EXISTS (SELECT FROM named_customer AS twin "
    "WHERE twin.scheme = odd.scheme AND twin.value = normalize(odd.value))",
)


def upgrade() -> None:
    for statement in COMPOSE:
        op.execute(statement)

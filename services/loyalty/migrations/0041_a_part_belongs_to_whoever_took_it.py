"""Two who turn out to be one keep both their parts of a red packet."""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE red_packet_take ADD COLUMN taken_as uuid")
    op.execute("UPDATE red_packet_take SET taken_as = customer_id")
    op.execute(
        "ALTER TABLE red_packet_take ALTER COLUMN taken_as SET NOT NULL, "
        "DROP CONSTRAINT red_packet_take_pkey, "
        "DROP CONSTRAINT red_packet_part_is_taken_once, "
        "ADD PRIMARY KEY (packet_id, number), "
        "ADD CONSTRAINT red_packet_gives_everybody_one_part UNIQUE (packet_id, taken_as)"
    )

"""Red packets: sums in parts, and who took which."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "red_packet",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("smallest", sa.BigInteger(), nullable=False),
        sa.Column("split", sa.Text(), nullable=False),
        sa.Column("tiers", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("by_link", sa.Boolean(), nullable=False),
        sa.Column("campaign_code", sa.Text(), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=True),
        sa.Column("seed_hash", sa.Text(), nullable=True),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("taken_amount", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("drafted_by", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "CASE state WHEN 'emptied' THEN taken = parts AND taken_amount = amount WHEN 'ended' THEN taken_amount + returned = amount ELSE returned = 0 END",
            name="red_packet_is_accounted_for",
        ),
        sa.CheckConstraint("split IN ('random', 'even')", name="red_packet_split"),
        sa.CheckConstraint(
            "state = 'draft' OR seed IS NOT NULL AND seed_hash IS NOT NULL AND opened_at IS NOT NULL AND ends_at > opened_at",
            name="red_packet_commits_when_it_opens",
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'open', 'emptied', 'ended')", name="red_packet_state"
        ),
        sa.CheckConstraint("amount BETWEEN 1 AND 1000000000000", name="red_packet_amount"),
        sa.CheckConstraint("opened_by <> drafted_by", name="red_packet_is_opened_by_another"),
        sa.CheckConstraint(
            "parts BETWEEN 1 AND 10000 AND smallest > 0 AND smallest <= amount / parts",
            name="red_packet_has_enough_for_all",
        ),
        sa.CheckConstraint(
            "taken BETWEEN 0 AND parts AND taken_amount + returned BETWEEN 0 AND amount AND least(taken_amount, returned) >= 0",
            name="red_packet_gives_no_more_than_it_has",
        ),
        sa.ForeignKeyConstraint(
            ["currency"],
            ["currency.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_index(
        "red_packet_by_unit",
        "red_packet",
        ["unit"],
        unique=False,
        postgresql_ops={"unit": "text_pattern_ops"},
    )
    op.create_index(
        "red_packet_to_end",
        "red_packet",
        ["ends_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "red_packet_part",
        sa.Column("packet_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name="red_packet_part_is_something"),
        sa.ForeignKeyConstraint(
            ["packet_id"],
            ["red_packet.id"],
        ),
        sa.PrimaryKeyConstraint("packet_id", "number"),
    )
    op.create_table(
        "red_packet_take",
        sa.Column("packet_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("source_kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["packet_id"],
            ["red_packet.id"],
        ),
        sa.ForeignKeyConstraint(
            ["posting_id"],
            ["posting.id"],
        ),
        sa.PrimaryKeyConstraint("packet_id", "customer_id"),
        sa.UniqueConstraint("packet_id", "number", name="red_packet_part_is_taken_once"),
        sa.UniqueConstraint("source_kind", "source_id", name="red_packet_take_by_source"),
    )
    op.create_index("red_packet_take_by_customer", "red_packet_take", ["customer_id"], unique=False)

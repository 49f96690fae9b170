"""Lotteries: terms, prizes in stock, epochs, and the chains of draws."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lottery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("tiers", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("draws_in_all", sa.Integer(), nullable=True),
        sa.Column("draws_per_day", sa.Integer(), nullable=True),
        sa.Column("wins_in_all", sa.Integer(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prizes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "next_prizes", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("next_drafted_by", sa.Text(), nullable=True),
        sa.Column("next_approved_by", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'draft') = (opened_at IS NULL) AND (state = 'closed') = (closed_at IS NOT NULL)",
            name="lottery_opens_and_closes",
        ),
        sa.CheckConstraint("state IN ('draft', 'open', 'closed')", name="lottery_state"),
        sa.CheckConstraint(
            "(next_prizes IS NULL) = (next_drafted_by IS NULL) AND (next_approved_by IS NULL OR next_prizes IS NOT NULL)",
            name="lottery_prizes_have_an_author",
        ),
        sa.CheckConstraint(
            "least(draws_in_all, draws_per_day, wins_in_all) > 0",
            name="lottery_limits_are_positive",
        ),
        sa.CheckConstraint(
            "next_approved_by <> next_drafted_by", name="lottery_prizes_are_approved_by_another"
        ),
        sa.CheckConstraint("opened_by <> drafted_by", name="lottery_is_opened_by_another"),
        sa.CheckConstraint("price BETWEEN 0 AND 1000000000000", name="lottery_price"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_index(
        "lottery_by_unit",
        "lottery",
        ["unit"],
        unique=False,
        postgresql_ops={"unit": "text_pattern_ops"},
    )
    op.create_index(
        "lottery_that_is_open",
        "lottery",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "lottery_chance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lottery_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("source_kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["lottery_id"],
            ["lottery.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source_kind", "source_id", name="lottery_chance_by_source"),
    )
    op.create_index("lottery_chance_of_a_customer", "lottery_chance", ["customer_id"], unique=False)
    op.create_index(
        "lottery_chance_to_use",
        "lottery_chance",
        ["lottery_id", "customer_id", "id"],
        unique=False,
        postgresql_where=sa.text("used_at IS NULL"),
    )
    op.create_table(
        "lottery_epoch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lottery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("next_seed", sa.Text(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("opening", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opening_hash", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("draws", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name="lottery_epoch_takes_time"),
        sa.CheckConstraint("number > 0 AND draws >= 0", name="lottery_epoch_counts_up"),
        sa.ForeignKeyConstraint(
            ["lottery_id"],
            ["lottery.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("lottery_id", "number", name="lottery_epochs_are_numbered"),
    )
    op.create_index(
        "one_epoch_of_a_lottery_is_open",
        "lottery_epoch",
        ["lottery_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "lottery_prize",
        sa.Column("lottery_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("left_over", sa.BigInteger(), nullable=True),
        sa.Column("per_day", sa.BigInteger(), nullable=True),
        sa.Column("given", sa.BigInteger(), nullable=False),
        sa.Column("today", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("least(left_over, given, today) >= 0", name="lottery_prize_is_in_stock"),
        sa.CheckConstraint("today <= per_day", name="lottery_prize_within_its_day"),
        sa.ForeignKeyConstraint(
            ["lottery_id"],
            ["lottery.id"],
        ),
        sa.PrimaryKeyConstraint("lottery_id", "code"),
    )
    op.create_table(
        "lottery_draw",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lottery_id", sa.Uuid(), nullable=False),
        sa.Column("epoch_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("client_seed", sa.Text(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prize_code", sa.Text(), nullable=False),
        sa.Column("withheld", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_win", sa.Boolean(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_currency", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("source_kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("cost_minor >= 0 AND price >= 0", name="lottery_draw_costs_something"),
        sa.CheckConstraint("number > 0 AND nonce > 0", name="lottery_draw_counts_up"),
        sa.ForeignKeyConstraint(
            ["epoch_id"],
            ["lottery_epoch.id"],
        ),
        sa.ForeignKeyConstraint(
            ["lottery_id"],
            ["lottery.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("epoch_id", "number", name="lottery_draws_are_numbered"),
        sa.UniqueConstraint("epoch_id", "pseudonym", "nonce", name="lottery_draw_is_made_once"),
        sa.UniqueConstraint("source_kind", "source_id", name="lottery_draw_by_source"),
    )
    op.create_index(
        "lottery_draw_by_customer",
        "lottery_draw",
        ["lottery_id", "customer_id", "id"],
        unique=False,
    )
    op.create_index("lottery_draw_of_a_customer", "lottery_draw", ["customer_id"], unique=False)

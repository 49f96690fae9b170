"""Levels give rewards."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "achievement_reward",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("achievement_id", sa.Uuid(), nullable=False),
        sa.Column("level_id", sa.Uuid(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("many", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('reward', 'voucher', 'lottery')", name="achievement_reward_kind"
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'given', 'refused', 'taken_back')",
            name="achievement_reward_state",
        ),
        sa.CheckConstraint(
            "many BETWEEN 1 AND 100 AND (many = 1 OR kind = 'lottery')",
            name="achievement_reward_many",
        ),
        sa.CheckConstraint(
            "(state <> 'refused') OR (reason <> '')", name="achievement_reward_says_why_not"
        ),
        sa.ForeignKeyConstraint(["achievement_id"], ["achievement.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "level_id", "times", "number", name="an_achievement_reward_is_promised_once"
        ),
    )
    op.create_index("achievement_reward_by_level", "achievement_reward", ["level_id"])
    op.create_index("achievement_reward_by_customer", "achievement_reward", ["customer_id"])
    for name, state in (("to_give", "waiting"), ("refused", "refused")):
        op.create_index(
            f"achievement_reward_{name}",
            "achievement_reward",
            ["id"],
            postgresql_where=sa.text(f"state = '{state}'"),
        )
    op.drop_constraint("fulfilment_source", "fulfilment")
    op.create_check_constraint(
        "fulfilment_source",
        "fulfilment",
        "source_kind IN ('redemption', 'benefit', 'prize', 'red_packet', 'achievement')",
    )

"""Forget people."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erased_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "erased_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "erasure",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.create_index(
        "erasure_to_confirm",
        "erasure",
        ["request_id"],
        unique=False,
        postgresql_where=sa.text("confirmed_at IS NULL"),
    )
    op.create_table(
        "personal_message",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("about", sa.Uuid(), nullable=False),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("sequence"),
    )
    op.create_index(op.f("ix_personal_message_about"), "personal_message", ["about"], unique=False)
    op.create_index(
        "personal_message_by_age",
        "personal_message",
        ["published_at"],
        unique=False,
        postgresql_using="brin",
    )
    op.add_column(
        "outbox",
        sa.Column("personal", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )

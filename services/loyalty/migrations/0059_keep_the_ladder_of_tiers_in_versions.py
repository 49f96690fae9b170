"""Keep the ladder of tiers in versions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tier_version",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name="tier_version_from_one"),
        sa.ForeignKeyConstraint(
            ["code"],
            ["tier.code"],
        ),
        sa.PrimaryKeyConstraint("code", "version"),
    )
    op.create_table(
        "tier_lift",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("looked_until", sa.Uuid(), nullable=True),
        sa.Column("risen", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("risen >= 0", name="tier_lift_risen"),
        sa.ForeignKeyConstraint(
            ["code", "version"],
            ["tier_version.code", "tier_version.version"],
            name="tier_lift_by_version",
        ),
        sa.PrimaryKeyConstraint("code", "version"),
    )
    op.create_index(
        "tier_lift_under_way",
        "tier_lift",
        ["begun_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.add_column("tier", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.create_check_constraint("tier_version_counts", "tier", "version >= 1")
    op.create_check_constraint("tier_at_the_foot", "tier", "(code = 'none') = (threshold = 0)")
    op.execute(
        """
        INSERT INTO tier_version (code, version, terms, set_by, set_at)
        SELECT code, 1, jsonb_build_object(
                 'name', name, 'threshold', threshold, 'benefits', benefits),
               'migration', now()
        FROM tier
        """
    )

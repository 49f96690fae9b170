"""Change currencies in versions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "currency_version",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name="currency_version_from_one"),
        sa.ForeignKeyConstraint(
            ["code"],
            ["currency.code"],
        ),
        sa.PrimaryKeyConstraint("code", "version"),
    )
    op.add_column(
        "currency", sa.Column("version", sa.Integer(), server_default="1", nullable=False)
    )
    op.create_check_constraint("currency_version_counts", "currency", "version >= 1")
    op.execute(
        """
        INSERT INTO currency_version (code, version, terms, set_by, set_at)
        SELECT code, 1, to_jsonb(currency) - ARRAY['code', 'kind', 'money', 'version'],
               'migration', now()
        FROM currency
        """
    )

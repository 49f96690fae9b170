"""Keep what a point is worth in versions."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "point_value",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("minor", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("minor BETWEEN 1 AND 10000", name="point_value_is_some_money"),
        sa.CheckConstraint("version >= 1", name="point_value_from_version_one"),
        sa.PrimaryKeyConstraint("version"),
    )
    op.execute(
        """
        INSERT INTO point_value (version, minor, set_by, set_at)
        SELECT 1, point_value_minor, 'migration', '1970-01-01T00:00:00Z' FROM programme
        """
    )

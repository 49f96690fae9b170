"""Export segments, and find what is to be forgotten of files."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customer_export", sa.Column("segment_id", sa.Uuid(), nullable=True))
    op.create_index(
        "customer_export_by_age", "customer_export", ["created_at"], postgresql_using="brin"
    )

"""Keep where consent came from, and when the customer decided."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SOURCES = (
    "'preference_page', 'unsubscribe', 'app', 'web', 'message', 'call', 'store', 'form', "
    "'import', 'other'"
)


def upgrade() -> None:
    op.add_column(
        "consent_record", sa.Column("source", sa.Text(), nullable=False, server_default="other")
    )
    op.alter_column("consent_record", "source", server_default=None)
    op.add_column("consent_record", sa.Column("text_version", sa.Text(), nullable=True))
    op.add_column("consent_record", sa.Column("place", sa.Text(), nullable=True))
    op.add_column(
        "consent_record", sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute("UPDATE consent_record SET decided_at = created_at")
    op.alter_column("consent_record", "decided_at", nullable=False)
    op.create_check_constraint("consent_source_known", "consent_record", f"source IN ({SOURCES})")

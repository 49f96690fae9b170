"""Forget answers with the people they are about."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("first_answer", sa.Column("about", sa.Uuid(), nullable=True))
    op.create_index(
        "first_answer_about",
        "first_answer",
        ["about"],
        unique=False,
        postgresql_where=sa.text("about IS NOT NULL"),
    )

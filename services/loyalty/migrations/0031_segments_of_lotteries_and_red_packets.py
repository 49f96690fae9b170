"""Lotteries and red packets may be for segments."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "lottery", sa.Column("segments", sa.ARRAY(sa.Text()), server_default="{}", nullable=False)
    )
    op.add_column(
        "red_packet",
        sa.Column("segments", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )

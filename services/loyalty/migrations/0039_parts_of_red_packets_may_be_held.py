"""Parts of red packets may wait for a person."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("red_packet_take", sa.Column("review", sa.Text(), nullable=True))
    op.create_check_constraint(
        "red_packet_take_review", "red_packet_take", "review IN ('held', 'released', 'rejected')"
    )

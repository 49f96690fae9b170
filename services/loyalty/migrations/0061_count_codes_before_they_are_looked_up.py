"""Count codes before they are looked up, and no longer those that were right."""

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("voucher_guess_is_wrong", "voucher_guess")
    op.create_check_constraint("voucher_guess_is_wrong", "voucher_guess", "wrong >= 0")

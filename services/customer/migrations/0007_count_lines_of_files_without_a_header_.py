"""Count lines of files without a header from one."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("lines_follow_the_header", "customer_import", type_="check")
    op.create_check_constraint("lines_count_from_one", "customer_import", "next_line >= 1")

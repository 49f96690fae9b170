"""Look all work up by customer."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(
        "work_by_customer",
        table_name="work",
        postgresql_where=sa.text("state IN ('open', 'claimed')"),
    )
    op.create_index("work_by_customer", "work", ["customer_id"], unique=False)

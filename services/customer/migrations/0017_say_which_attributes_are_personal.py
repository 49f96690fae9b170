"""Say which attributes are personal."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attribute_definition", sa.Column("personal", sa.Boolean(), nullable=True))
    op.add_column("attribute_definition", sa.Column("classified_by", sa.Text(), nullable=True))
    # As it is for those that are declared from now on, where nobody says.
    op.execute(
        "UPDATE attribute_definition "
        "SET personal = type IN ('text', 'date'), classified_by = declared_by"
    )
    for column in ("personal", "classified_by"):
        op.alter_column("attribute_definition", column, nullable=False)

"""Look up keys of earnings by their index, however many postings there are."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

FUNCTION = sa.text("SELECT pg_get_functiondef('post_earnings(jsonb, text)'::regprocedure)")
# Whether any is there was answered from a table of all keys, made anew for each batch.
ASKED_OF_ALL = "OR EXISTS (SELECT FROM posting WHERE posting.key = new.key)"
ASKED_OF_EACH = "OR (SELECT posting.id FROM posting WHERE posting.key = new.key) IS NOT NULL"
PLANNED_FOR_ANY_SIZE = (
    "ALTER FUNCTION to_accounts_of_today(jsonb) SET enable_seqscan = off "
    "SET enable_hashjoin = off SET enable_mergejoin = off"
)


def upgrade() -> None:
    function: str = op.get_bind().execute(FUNCTION).scalar_one()
    if function.count(ASKED_OF_ALL) != 1:
        raise ValueError(f"post_earnings does not say {ASKED_OF_ALL}")
    op.execute(function.replace(ASKED_OF_ALL, ASKED_OF_EACH).replace(":", r"\:"))
    op.execute(PLANNED_FOR_ANY_SIZE)

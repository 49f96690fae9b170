"""Let fewer lots go at once, so that whoever moves one of their wallets waits for less."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

FUNCTION = sa.text(
    "SELECT pg_get_functiondef('mature_lots(timestamptz, integer, text, text)'::regprocedure)"
)
SAID = {
    """      SELECT named.*, lot.id, lot.posting_id, lot.remaining,
        (sum(lot.remaining) OVER so_far)::bigint AS so_far
      FROM named CROSS""": """      SELECT picked.*, (sum(picked.remaining) OVER so_far)::bigint AS so_far
      FROM (SELECT named.*, lot.id, lot.posting_id, lot.remaining, lot.due_at
      FROM named CROSS""",
    """LIMIT 20) AS lot
      WINDOW so_far AS (
        PARTITION BY named.account_id, named.currency ORDER BY lot.due_at, lot.id)
      ORDER BY named.account_id, named.currency, lot.due_at, lot.id) AS ripe""": """LIMIT 20) AS lot
      LIMIT most) AS picked
      WINDOW so_far AS (
        PARTITION BY picked.account_id, picked.currency ORDER BY picked.due_at, picked.id)
      ORDER BY picked.account_id, picked.currency, picked.due_at, picked.id) AS ripe""",
}


def upgrade() -> None:
    function: str = op.get_bind().execute(FUNCTION).scalar_one()
    for once, now in SAID.items():
        if function.count(once) != 1:
            raise ValueError(f"mature_lots does not say {once}")
        function = function.replace(once, now)
    op.execute(function.replace(":", r"\:"))

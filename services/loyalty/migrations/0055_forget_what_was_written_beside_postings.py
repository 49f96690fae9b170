"""Forget what was written beside postings of whoever is erased, and nothing else."""

from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

# What moved, for whom and when is never rewritten; words are forgotten, and never written anew.
HISTORY_STANDS = (
    """
CREATE TRIGGER history_stays BEFORE DELETE OR TRUNCATE ON posting
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite_history()
""",
    """
CREATE TRIGGER history_stands BEFORE UPDATE ON posting
FOR EACH ROW WHEN (
  NEW.reason IS DISTINCT FROM 'erased'
  OR to_jsonb(NEW) - 'reason' IS DISTINCT FROM to_jsonb(OLD) - 'reason'
) EXECUTE FUNCTION refuse_to_rewrite_history()
""",
)


def upgrade() -> None:
    op.execute("DROP TRIGGER history_stands ON posting")
    for statement in HISTORY_STANDS:
        op.execute(statement)

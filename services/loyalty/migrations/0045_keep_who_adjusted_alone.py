"""Adjustments that needed no approver are kept too, with who made them."""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
ALTER TABLE adjustment
  DROP CONSTRAINT adjustment_state,
  DROP CONSTRAINT adjustment_is_decided_by_somebody,
  DROP CONSTRAINT adjustment_is_posted_when_approved,
  ADD CONSTRAINT adjustment_state
    CHECK (state IN ('waiting', 'alone', 'approved', 'refused')),
  ADD CONSTRAINT adjustment_is_decided_by_somebody CHECK (
    (state IN ('waiting', 'alone')) = (decided_by IS NULL)
    AND (decided_by IS NULL) = (decided_at IS NULL)),
  ADD CONSTRAINT adjustment_is_posted_when_approved CHECK (
    (state IN ('approved', 'alone')) = (posting_id IS NOT NULL))
""")

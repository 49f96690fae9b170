"""Hold who redeems, and look whether they have before, in one statement."""

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

# Each step sees what was committed before it: who was merged, or has redeemed, while this waited.
HOLD = """
CREATE FUNCTION hold_redeemer(
  asked uuid, asked_key text, OUT customer_id uuid, OUT redemption_id uuid
) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(208682534);
  SELECT account.customer_id INTO customer_id FROM points_account AS account
  WHERE account.customer_id = coalesce(
    (SELECT alias.current_id FROM alias WHERE alias.old_id = asked), asked)
  FOR NO KEY UPDATE;
  SELECT redemption.id INTO redemption_id FROM redemption WHERE redemption.key = asked_key;
END $$
"""


def upgrade() -> None:
    op.execute(HOLD)

"""Wake the relay only when it sleeps."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Commits that notify wait for one another, each for the other's disk write: so nobody notifies a
# relay that is awake, which is one that holds this lock.
ANNOUNCE = """
CREATE OR REPLACE FUNCTION announce_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_try_advisory_lock_shared(208669453) THEN
    PERFORM pg_advisory_unlock_shared(208669453);
    PERFORM pg_notify('outbox', '');
  END IF;
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.execute(ANNOUNCE)

"""Tell how partners stand."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# As many as the steps that were kept of it; those who were there before are told once.
COUNT_STEPS = """
UPDATE partner SET version = greatest(1, (
  SELECT count(*) FROM partner_step WHERE partner_code = partner.code))
"""
TELL = """
INSERT INTO outbox (id, subject, about, time, content)
SELECT gen_random_uuid(), 'octoreach.channel.partner.advanced.v1', code, now(),
  json_build_object('code', code, 'version', version, 'unit', unit, 'from_state', NULL,
    'to_state', state, 'at', now())::text
FROM partner ORDER BY code
"""


def upgrade() -> None:
    op.add_column(
        "partner", sa.Column("version", sa.BigInteger(), server_default="1", nullable=False)
    )
    op.execute(COUNT_STEPS)
    op.execute(TELL)

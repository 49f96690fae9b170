"""Tell which units there are."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "INSERT INTO outbox (id, subject, about, time, content) "
        "SELECT gen_random_uuid(), 'octoreach.channel.unit.registered.v1', code, now(), "
        "jsonb_build_object('code', code, 'name', name)::text FROM org_unit ORDER BY code"
    )

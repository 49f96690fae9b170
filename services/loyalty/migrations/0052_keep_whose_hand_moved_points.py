"""Keep whose hand moved points."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

FUNCTION = sa.text("SELECT pg_get_functiondef('post_points(jsonb, text)'::regprocedure)")
# A repeat of a key gets the first posting, whoever repeats it.
SAID = {
    "subject text)\n    ORDER BY new.id": "subject text, asked_by text)\n    ORDER BY new.id",
    "source_kind, source_id, reverses, settles, occurred_at)\n    VALUES": (
        "source_kind, source_id, reverses, settles, occurred_at, asked_by)\n    VALUES"
    ),
    "a.reverses, a.settles, a.occurred_at)\n    ON CONFLICT": (
        "a.reverses, a.settles, a.occurred_at,\n      a.asked_by)\n    ON CONFLICT"
    ),
}
BY_HAND = sa.text("asked_by IS NOT NULL")
WITHDRAWN = "voucher_batch_is_withdrawn_by_somebody"


def upgrade() -> None:
    op.add_column("posting", sa.Column("asked_by", sa.Text(), nullable=True))
    op.create_index("posting_by_hand", "posting", ["id"], postgresql_where=BY_HAND)
    op.create_index("posting_by_whom", "posting", ["asked_by", "id"], postgresql_where=BY_HAND)
    op.add_column("red_packet", sa.Column("ended_by", sa.Text(), nullable=True))
    op.add_column(
        "red_packet", sa.Column("ended_because", sa.Text(), server_default="", nullable=False)
    )
    op.create_check_constraint(
        "red_packet_is_ended_by_somebody", "red_packet", "ended_by IS NULL OR state = 'ended'"
    )
    op.add_column(
        "voucher_batch", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "voucher_batch",
        sa.Column("withdrawn_because", sa.Text(), server_default="", nullable=False),
    )
    op.drop_constraint(WITHDRAWN, "voucher_batch")
    op.create_check_constraint(
        WITHDRAWN,
        "voucher_batch",
        "(state IN ('withdrawing', 'withdrawn')) = (withdrawn_by IS NOT NULL) "
        "AND (withdrawn_by IS NOT NULL OR withdrawn_at IS NULL AND withdrawn_because = '') "
        "AND withdrawn BETWEEN 0 AND size",
    )
    op.add_column("voucher_redemption", sa.Column("redeemed_by", sa.Text(), nullable=True))
    op.add_column("voucher_redemption", sa.Column("ended_by", sa.Text(), nullable=True))
    function: str = op.get_bind().execute(FUNCTION).scalar_one()
    for once, now in SAID.items():
        if function.count(once) != 1:
            raise ValueError(f"post_points does not say {once}")
        function = function.replace(once, now)
    op.execute(function.replace(":", r"\:"))

"""Look through the whole ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

BEGIN = """
INSERT INTO ledger_round (code, phase, after_id, after_currency, last_posting, until, began_at,
  whole_since, looked_at, found)
VALUES ('ledger', 'resting', '00000000-0000-0000-0000-000000000000', '',
  '00000000-0000-0000-0000-000000000000', '-infinity', 'epoch', now(), 0, 0)
"""


def upgrade() -> None:
    op.create_table(
        "ledger_round",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("after_id", sa.Uuid(), nullable=False),
        sa.Column("after_currency", sa.Text(), nullable=False),
        sa.Column("last_posting", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("whole_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("code = 'ledger'", name="ledger_has_one_round"),
        sa.CheckConstraint(
            "phase IN ('postings', 'wallets', 'lots', 'resting')", name="ledger_round_phase"
        ),
        sa.CheckConstraint("looked_at >= 0 AND found >= 0", name="ledger_round_counts_up"),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "ledger_round_sum",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("against", sa.Text(), nullable=False),
        sa.Column("postings", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("month", "currency", "kind", "against"),
    )
    op.add_column("ledger_fault", sa.Column("month", sa.Text(), server_default="", nullable=False))
    op.drop_constraint("ledger_fault_pkey", "ledger_fault")
    op.create_primary_key("ledger_fault_pkey", "ledger_fault", ["kind", "id", "currency", "month"])
    op.drop_constraint("ledger_fault_kind", "ledger_fault")
    op.create_check_constraint(
        "ledger_fault_kind",
        "ledger_fault",
        "kind IN ('posting', 'transfer', 'wallet', 'lot', 'report')",
    )
    op.create_index(
        "posting_of_merge",
        "posting",
        ["source_id", "currency"],
        postgresql_where=sa.text("kind = 'move'"),
    )
    op.execute(BEGIN)

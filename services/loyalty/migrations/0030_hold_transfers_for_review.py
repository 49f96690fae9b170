"""Hold transfers for review, and know a member's request again whatever account it names."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

# Two accounts of one person: now, or while they were merged.
OF_ONE_MEMBER = """
CREATE FUNCTION are_of_one_member(one uuid, other uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
  WITH customer AS (
    SELECT mine.customer_id AS one, theirs.customer_id AS other
    FROM points_account AS mine, points_account AS theirs
    WHERE mine.id = $1 AND theirs.id = $2
  )
  SELECT EXISTS (
    SELECT FROM customer
    LEFT JOIN alias AS mine ON mine.old_id = customer.one
    LEFT JOIN alias AS theirs ON theirs.old_id = customer.other
    WHERE coalesce(mine.current_id, customer.one) = coalesce(theirs.current_id, customer.other)
  ) OR EXISTS (
    SELECT FROM customer JOIN merger
      ON (survivor_id, absorbed_id) IN ((customer.one, customer.other), (customer.other, customer.one))
  )
$$
"""
FUNCTION = sa.text("SELECT pg_get_functiondef('post_points(jsonb, text)'::regprocedure)")
COMPARED = {
    "(known.account_id, known.currency, known.kind,": "(known.currency, known.kind,",
    "(a.account_id, a.currency, a.kind,": "(a.currency, a.kind,",
    "THEN 'repeated' ELSE 'reused' END": (
        "AND (known.account_id = a.account_id OR are_of_one_member(known.account_id, a.account_id))"
        "\n        THEN 'repeated' ELSE 'reused' END"
    ),
}


def upgrade() -> None:
    op.create_table(
        "held_transfer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("giver_id", sa.Uuid(), nullable=False),
        sa.Column("taker_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reservation_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'made', 'returned')", name="held_transfer_state"),
        sa.CheckConstraint("giver_id <> taker_id", name="held_transfer_between_two"),
        sa.CheckConstraint("points BETWEEN 1 AND 1000000000000", name="held_transfer_of_points"),
        sa.ForeignKeyConstraint(
            ["currency"],
            ["currency.code"],
        ),
        sa.ForeignKeyConstraint(
            ["giver_id"],
            ["points_account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reservation_id"],
            ["reservation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["taker_id"],
            ["points_account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("reservation_id"),
    )
    op.create_index(op.f("ix_held_transfer_giver_id"), "held_transfer", ["giver_id"], unique=False)
    op.create_index(op.f("ix_held_transfer_taker_id"), "held_transfer", ["taker_id"], unique=False)
    op.execute(OF_ONE_MEMBER)
    function: str = op.get_bind().execute(FUNCTION).scalar_one()
    for once, now in COMPARED.items():
        if function.count(once) != 1:
            raise ValueError(f"post_points does not say {once}")
        function = function.replace(once, now)
    op.execute(function.replace(":", r"\:"))

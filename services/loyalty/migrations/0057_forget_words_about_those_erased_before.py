"""Forget what was written about those who were erased before it was forgotten with them."""

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

FORGET = (
    """
UPDATE posting SET reason = 'erased' FROM points_account AS account, erased_person AS person
WHERE account.customer_id = person.id AND posting.account_id = account.id
  AND source_kind IN ('request', 'reservation', 'transfer') AND reason <> 'erased'
""",
    """
UPDATE adjustment SET reason = 'erased', note = ''
FROM points_account AS account, erased_person AS person
WHERE account.customer_id = person.id AND adjustment.account_id = account.id
""",
    """
UPDATE held_transfer SET reason = 'erased' FROM points_account AS account, erased_person AS person
WHERE account.customer_id = person.id AND giver_id = account.id
""",
)


def upgrade() -> None:
    for statement in FORGET:
        op.execute(statement)

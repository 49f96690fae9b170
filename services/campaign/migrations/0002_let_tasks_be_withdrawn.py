"""Let tasks be withdrawn, and count those and complaints."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATES = (
    "'planned', 'dispatched', 'delivered', 'presented', 'withdrawn', 'expired', 'failed', "
    "'no_answer', 'declined', 'accepted', 'fulfilled'"
)
MEASURES = (
    "'contacts', 'delivered', 'presented', 'accepted', 'declined', 'converted', 'revenue', "
    "'cost', 'enrolled', 'customers_converted', 'withdrawn', 'complaints'"
)
RULES = (
    ("task", "task_state_is_known", f"state IN ({STATES})"),
    ("task_report", "task_report_state_is_known", f"state IN ({STATES})"),
    ("figure", "figure_measure_is_known", f"measure IN ({MEASURES})"),
    ("figure_movement", "figure_movement_measure_is_known", f"measure IN ({MEASURES})"),
)


def upgrade() -> None:
    for table, name, rule in RULES:
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, rule)

"""the programme as it starts: a point for each unit of money, four tiers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# All tiers earn alike at first: then what an order earns does not depend on which orders were
# heard before it.
TIERS = [
    ("none", "非会员", 0, 100),
    ("star", "星级", 100, 100),
    ("gold", "金卡", 1_000, 100),
    ("vip", "贵宾", 5_000, 100),
]


def upgrade() -> None:
    op.execute(
        "INSERT INTO programme (code, points_months, point_value_minor, currency) "
        "VALUES ('points', 24, 1, 'CNY')"
    )
    op.execute(
        "INSERT INTO earning_rule (code, kind, points, per_minor, valid_from) "
        "VALUES ('spend', 'proportional', 1, 100, '1970-01-01T00:00:00Z')"
    )
    tiers = sa.table("tier", *map(sa.column, ("code", "name", "threshold", "earning_percent")))
    op.bulk_insert(tiers, [dict(zip(tiers.c.keys(), each, strict=True)) for each in TIERS])

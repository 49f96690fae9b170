"""Member value as it is stored: sums that only grow heavier relative to each other.

Instead of shrinking what is old as time goes by, what is new weighs more: something at time t adds
its amount x 2 ^ ((t - LANDMARK) / half-life). Today's value is the sum divided by today's weight.
So an event costs one addition, in whatever order events come, and nothing is ever recomputed.
"""

from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from loyalty.entity import Row

LANDMARK = datetime(2026, 1, 1, tzinfo=UTC)
DAY_SECONDS = 86_400
HEAVIEST = 200


class Component(StrEnum):
    SPENT = "spent"
    ORDERS = "orders"
    REFERRED_SPENT = "referred_spent"
    REFERRALS = "referrals"
    PARTICIPATION = "participation"


HALF_LIFE_DAYS: dict[Component, int] = {
    Component.SPENT: 180,
    Component.ORDERS: 180,
    Component.REFERRED_SPENT: 365,
    Component.REFERRALS: 365,
    Component.PARTICIPATION: 90,
}
WORTH_MINOR: dict[Component, float] = {
    Component.SPENT: 1.0,
    Component.ORDERS: 5_00,
    Component.REFERRED_SPENT: 0.2,
    Component.REFERRALS: 50_00,
    Component.PARTICIPATION: 1_00,
}
"""What one of each adds to the value, in minor units of the programme's currency."""


def weight(component: Component, at: datetime) -> float:
    """How heavy something that happens at this time is; clocks gone wild weigh no more than that."""
    half_lives = (at - LANDMARK).total_seconds() / DAY_SECONDS / HALF_LIFE_DAYS[component]
    return float(2 ** max(-HEAVIEST, min(half_lives, HEAVIEST)))


class MemberValue(Row, table=True):
    """What a customer did, weighed; `origin_id` is who they were when they did it.

    A merged customer has a row of each of those they were.
    """

    __tablename__ = "member_value"
    __table_args__ = (
        CheckConstraint(
            f"least({', '.join(Component)}) >= 0", name="member_value_is_never_negative"
        ),
    )

    customer_id: UUID = Field(primary_key=True)
    origin_id: UUID = Field(primary_key=True)
    spent: float = 0
    orders: float = 0
    referred_spent: float = 0
    referrals: float = 0
    participation: float = 0

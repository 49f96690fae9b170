"""How member value is looked up: today's value, and what it is made of."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from kit.database import AsyncSession
from kit.models import utcnow
from loyalty.points.models import Programme
from loyalty.value.models import HALF_LIFE_DAYS, WORTH_MINOR, Component, weight

SUMS = text(f"""
SELECT customer_id, {", ".join(f"sum({each}) AS {each}" for each in Component)}
FROM member_value WHERE customer_id = ANY (:customers) GROUP BY customer_id
""")  # noqa: S608  # nothing comes from outside

DAYS_A_MONTH = 30


@dataclass(frozen=True, slots=True)
class Part:
    """One component: what is left of it today, and what that is worth."""

    component: Component
    amount: float
    worth_minor: int
    half_life_days: int


@dataclass(frozen=True, slots=True)
class Worth:
    """A member's value today, part by part."""

    parts: list[Part]
    currency: str

    @property
    def in_all_minor(self) -> int:
        return sum(each.worth_minor for each in self.parts)

    @property
    def orders_a_month(self) -> float:
        """How often they buy: the rate that would have left this many orders by now."""
        orders = next(each for each in self.parts if each.component is Component.ORDERS)
        return orders.amount * math.log(2) / orders.half_life_days * DAYS_A_MONTH


async def worth_of(
    session: AsyncSession, customers: Iterable[UUID], now: datetime | None = None
) -> dict[UUID, Worth]:
    """Each customer's value; who did nothing is worth nothing yet."""
    now = now or utcnow()
    wanted = list(customers)
    rows = await session.execute(SUMS, {"customers": wanted})
    sums: dict[UUID, dict[str, float]] = {row["customer_id"]: {**row} for row in rows.mappings()}
    programme = await session.get_one(Programme, "points")
    return {
        customer: Worth(
            [_part(each, sums.get(customer, {}).get(each, 0.0), now) for each in Component],
            programme.currency,
        )
        for customer in wanted
    }


def _part(component: Component, sum_: float, now: datetime) -> Part:
    amount = sum_ / weight(component, now)
    worth = round(amount * WORTH_MINOR[component])
    return Part(component, amount, worth, HALF_LIFE_DAYS[component])

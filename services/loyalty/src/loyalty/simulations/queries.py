"""How simulations find the orders of a period, and are found themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlmodel import col, select

from kit.database import AsyncSession
from loyalty.earning.models import EarningRule, EarningState
from loyalty.points.models import Programme
from loyalty.simulations.models import EarningSimulation, SimulationState

ORDERS_AT_ONCE = 5_000

_OF_PERIOD = """
FROM earning
WHERE source_kind = 'order' AND event IS NOT NULL AND cancelled_at IS NULL
  AND occurred_at >= :since AND occurred_at < :until
  AND (event ->> 'unit' = :unit OR starts_with(event ->> 'unit', :unit || '.'))
"""
_GOING_ON = "AND (CAST(:last AS uuid) IS NULL OR customer_id > :last)"

IN_ALL = text(f"SELECT count(*) {_OF_PERIOD}")  # nothing comes from outside
NEXT_STOP = text(f"""
SELECT customer_id {_OF_PERIOD} {_GOING_ON}
ORDER BY customer_id, source_id OFFSET :most LIMIT 1
""")
NEXT_ORDERS = text(f"""
SELECT source_id, customer_id, occurred_at, event {_OF_PERIOD} {_GOING_ON}
  AND (CAST(:stop AS uuid) IS NULL OR customer_id <= :stop)
ORDER BY customer_id, occurred_at, source_id
""")


@dataclass(frozen=True, slots=True)
class Stretch:
    """The orders of some members, all of each; without a `stop` they are the last."""

    orders: Sequence[Row[Any]]
    stop: UUID | None


def _period(simulation: EarningSimulation) -> dict[str, Any]:
    return {"since": simulation.since, "until": simulation.until, "unit": simulation.unit}


async def count_orders(session: AsyncSession, simulation: EarningSimulation) -> int:
    return int((await session.execute(IN_ALL, _period(simulation))).scalar_one())


async def next_stretch(session: AsyncSession, simulation: EarningSimulation) -> Stretch:
    asked = {**_period(simulation), "last": simulation.last_customer_id}
    found = await session.execute(NEXT_STOP, {**asked, "most": ORDERS_AT_ONCE})
    stop: UUID | None = found.scalar_one_or_none()
    rows = await session.execute(NEXT_ORDERS, {**asked, "stop": stop})
    return Stretch(rows.all(), stop)


async def rule_to_simulate(session: AsyncSession, code: str) -> EarningRule | None:
    """The draft of a rule; without one, its active version."""
    rows = await session.exec(
        select(EarningRule)
        .where(EarningRule.code == code, EarningRule.state != EarningState.RETIRED)
        .order_by(col(EarningRule.state).desc())
    )
    return rows.first()


async def running_simulation(session: AsyncSession) -> EarningSimulation | None:
    """The oldest that nobody is at work on."""
    rows = await session.exec(
        select(EarningSimulation)
        .where(EarningSimulation.state == SimulationState.RUNNING)
        .order_by(col(EarningSimulation.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return rows.first()


async def simulation_by_id(session: AsyncSession, id: UUID) -> EarningSimulation | None:
    return await session.get(EarningSimulation, id)


async def programme(session: AsyncSession) -> Programme:
    return (await session.exec(select(Programme))).one()

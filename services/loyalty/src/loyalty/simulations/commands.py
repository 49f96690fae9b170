"""Running simulations: a little at once, until they are done."""

import time
from datetime import datetime
from typing import Any

import orjson

from kit.database import AsyncSession
from kit.errors import InvalidInput, NotFound
from kit.models import utcnow
from loyalty.earning.models import EarningEvent, EarningRule
from loyalty.earning.queries import members_of, terms_between
from loyalty.earning.reckoning import Terms
from loyalty.simulations.models import EarningSimulation, SimulationState
from loyalty.simulations.queries import (
    count_orders,
    next_stretch,
    rule_to_simulate,
    running_simulation,
)
from loyalty.simulations.reckoning import Outcome, always, best_examples, simulate

AT_ONCE_SECONDS = 1.0
LATER_SECONDS = 3.0
LONGEST_DAYS = 92


async def begin_simulation(
    session: AsyncSession, code: str, since: datetime, until: datetime, unit: str, by: str
) -> EarningSimulation:
    """Ask a draft, or else the active version, about the orders of a period.

    What takes longer than a second goes on in the background. Raises NotFound and InvalidInput.
    """
    rule = await rule_to_simulate(session, code)
    if rule is None:
        raise NotFound("draft or active earning rule", code)
    if rule.event != EarningEvent.ORDER:
        raise InvalidInput("code", "names a rule that is not for orders; these can't be asked")
    if not 0 < (until - since).total_seconds() <= LONGEST_DAYS * 86_400:
        raise InvalidInput("until", f"comes after since, by at most {LONGEST_DAYS} days")
    simulation = EarningSimulation(
        rule_code=rule.code,
        rule_version=rule.version,
        terms=orjson.loads(orjson.dumps(rule.model_dump(), default=str)),
        unit=unit,
        since=since,
        until=until,
        asked_by=by,
    )
    simulation.orders_in_all = await count_orders(session, simulation)
    session.add(simulation)
    await _go_on(session, simulation, AT_ONCE_SECONDS)
    return simulation


async def continue_simulations(session: AsyncSession) -> bool:
    """Go on with the oldest one for a moment; whether there was one."""
    simulation = await running_simulation(session)
    if simulation is None:
        return False
    await _go_on(session, simulation, LATER_SECONDS)
    return True


async def _go_on(session: AsyncSession, simulation: EarningSimulation, seconds: float) -> None:
    version = always(EarningRule.model_validate(simulation.terms))
    terms = await _terms_of_today(session)
    stop_at = time.monotonic() + seconds
    while simulation.state == SimulationState.RUNNING:
        stretch = await next_stretch(session, simulation)
        customers = {order.customer_id for order in stretch.orders}
        members = await members_of(session, customers)
        _add(simulation, simulate(terms, version, stretch.orders, members, simulation.until))
        simulation.last_customer_id = stretch.stop
        if stretch.stop is None:
            simulation.state = SimulationState.DONE
            simulation.finished_at = utcnow()
        session.add(simulation)
        await session.flush()
        if time.monotonic() > stop_at:
            return


async def _terms_of_today(session: AsyncSession) -> Terms:
    now = utcnow()
    terms = await terms_between(session, now, now)
    return Terms([always(each) for each in terms.rules], terms.caps)


def _add(simulation: EarningSimulation, outcome: Outcome) -> None:
    simulation.orders_seen += outcome.orders
    simulation.orders_touched += outcome.touched
    simulation.members_touched += len(outcome.members)
    simulation.points += outcome.points
    simulation.partner_points += outcome.partner_points
    simulation.points_waiting += outcome.points_waiting
    simulation.points_now += outcome.points_now
    simulation.points_then += outcome.points_then
    fresh: list[dict[str, Any]] = orjson.loads(orjson.dumps(outcome.examples, default=str))
    simulation.examples = best_examples([*simulation.examples, *fresh])

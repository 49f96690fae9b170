"""How decisions are looked up."""

from typing import Any

from sqlalchemy import Select, or_
from sqlmodel import select

from campaign.decisions.models import Decision
from kit.units import below


def decisions_for(unit: str) -> Select[Any]:
    """Decisions at touchpoints in the unit, and those about its customers."""
    return select(Decision).where(
        or_(below(Decision.unit, unit), below(Decision.customer_unit, unit))
    )

"""How earning rules are looked up."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select

from kit.database import AsyncSession
from loyalty.earning.models import EarningRule


async def earning_rules(session: AsyncSession) -> Sequence[EarningRule]:
    """All rules, those for one currency before those for any."""
    rows = await session.exec(
        select(EarningRule).order_by(col(EarningRule.currency).nulls_last(), col(EarningRule.code))
    )
    return rows.all()


def rule_for(rules: Sequence[EarningRule], currency: str, at: datetime) -> EarningRule | None:
    """The first rule that fits."""
    return next((each for each in rules if each.fits(currency, at)), None)

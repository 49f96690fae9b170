"""What of a currency will expire, as far as its past tells."""

from typing import Final

from kit.database import AsyncSession
from kit.errors import Forbidden
from kit.identity import Caller
from kit.models import utcnow
from loyalty.currencies.queries import currency_by_code
from loyalty.reports.breakage import Forecast, forecast
from loyalty.reports.months import month_of, named, number_of
from loyalty.reports.queries.ages import aged_points

YEARS_BACK: Final = 5


def require_headquarters(caller: Caller) -> None:
    """Forecasts are of the programme as a whole."""
    if not caller.unit or "." in caller.unit:
        raise Forbidden("The forecast is of the whole programme: headquarters sees it.")


async def breakage_of(session: AsyncSession, currency: str) -> Forecast | None:
    """From what came in the last five years; None while it is too early to say. NotFound."""
    await currency_by_code(session, currency)
    now = number_of(month_of(utcnow()))
    aged = await aged_points(session, currency, named(now - 12 * YEARS_BACK))
    return forecast(aged, now)

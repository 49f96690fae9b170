"""Defining currencies and changing their rules, in versions."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from structlog import get_logger

from kit.database import AsyncSession
from kit.errors import Conflict
from loyalty.currencies.models import Currency, CurrencyVersion
from loyalty.currencies.queries import currency_to_change, is_held

log = get_logger(__name__)


async def define_currency(session: AsyncSession, wanted: Currency, by: str) -> Currency:
    """Let wallets hold it from now on; the same again changes nothing.

    Raises Conflict when there is another one of that code.
    """
    new = insert(Currency).values(wanted.model_dump()).on_conflict_do_nothing()
    fresh = (await session.execute(new.returning(col(Currency.code)))).first()
    kept = await currency_to_change(session, wanted.code)
    if fresh is None:
        if kept.model_dump(exclude={"version"}) != wanted.model_dump(exclude={"version"}):
            raise Conflict("There is a currency of that code, with other rules.")
        return kept
    await _remember(session, kept, by)
    log.info("currency_defined", code=kept.code, kind=kept.kind)
    return kept


async def change_currency(
    session: AsyncSession, code: str, version: int, terms: dict[str, Any], by: str
) -> Currency:
    """Set its rules anew, for what comes from now on; the same again changes nothing.

    Lots keep the end they have. Raises NotFound, and Conflict when somebody else has changed it
    since, or when members hold what could not be spent any more.
    """
    currency = await currency_to_change(session, code)
    if currency.terms() == terms:
        return currency
    if currency.version != version:
        raise Conflict(f"It was changed before: version {currency.version} is in force.")
    if currency.spendable and not terms["spendable"] and await is_held(session, code):
        raise Conflict("Members hold some of it: it stays spendable.")
    for name, value in terms.items():
        setattr(currency, name, value)
    currency.version += 1
    session.add(currency)
    await session.flush()
    await _remember(session, currency, by)
    log.info("currency_changed", code=code, version=currency.version)
    return currency


async def _remember(session: AsyncSession, currency: Currency, by: str) -> None:
    session.add(
        CurrencyVersion(
            code=currency.code, version=currency.version, terms=currency.terms(), set_by=by
        )
    )
    await session.flush()

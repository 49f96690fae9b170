"""How currencies are looked up."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import text
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.errors import NotFound
from loyalty.currencies.models import Currency, CurrencyVersion

MOST_VERSIONS: Final = 50
HELD: Final = text("""
SELECT EXISTS (SELECT FROM wallet WHERE currency = :code AND (balance, locked) <> (0, 0))
""")


async def currencies(session: AsyncSession) -> Sequence[Currency]:
    """All of them; a programme has a handful."""
    return (await session.exec(select(Currency).order_by(col(Currency.code)))).all()


async def currency_by_code(session: AsyncSession, code: str) -> Currency:
    """The currency, or NotFound."""
    found = await session.get(Currency, code)
    if found is None:
        raise NotFound("currency", code)
    return found


async def currency_to_change(session: AsyncSession, code: str) -> Currency:
    """The currency, nobody else changing it meanwhile; or NotFound."""
    found = await session.get(Currency, code, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("currency", code)
    return found


async def is_held(session: AsyncSession, code: str) -> bool:
    """Whether any member has some of it that they may spend or have reserved."""
    return bool((await session.execute(HELD, {"code": code})).scalar_one())


async def versions_of(
    session: AsyncSession, codes: Sequence[str]
) -> dict[str, list[CurrencyVersion]]:
    """The newest first."""
    rows = await session.exec(
        select(CurrencyVersion)
        .where(col(CurrencyVersion.code).in_(codes))
        .order_by(col(CurrencyVersion.version).desc())
    )
    found: dict[str, list[CurrencyVersion]] = {each: [] for each in codes}
    for row in rows:
        found[row.code].append(row)
    return {code: each[:MOST_VERSIONS] for code, each in found.items()}

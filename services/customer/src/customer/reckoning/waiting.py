"""Changes of very many customers are told no faster than others can be told of anything."""

from typing import Final

from sqlalchemy import func, select

from kit.database import AsyncSession
from kit.tables import outbox

MOST_WAITING: Final = 5_000
"""Events waiting to be told beyond which nobody is asked in the background: what somebody does
now, such as saying no, is told behind them."""


async def many_wait(session: AsyncSession) -> bool:
    waiting = select(outbox.c.position).limit(MOST_WAITING + 1).subquery()
    counted = await session.execute(select(func.count()).select_from(waiting))
    return counted.scalar_one() > MOST_WAITING

"""Granting chances: draws for nothing, each used once."""

from uuid import UUID, uuid5

from kit.bulk import insert_rows
from kit.database import AsyncSession
from kit.errors import Conflict
from kit.models import utcnow, uuid7
from loyalty.entity import table_of
from loyalty.lottery.models import Lottery, LotteryChance, LotteryState


async def grant_chances(
    session: AsyncSession, lottery: Lottery, customer: UUID, chances: int, reason: str, by: str
) -> None:
    """So many draws for nothing. Raises Conflict for a lottery that is closed."""
    if lottery.state == LotteryState.CLOSED:
        raise Conflict(f"The lottery {lottery.code} is closed.")
    grant = uuid7()
    rows = [
        {
            "id": uuid7(),
            "created_at": utcnow(),
            "lottery_id": lottery.id,
            "customer_id": customer,
            "reason": reason,
            "granted_by": by,
            "source_kind": "grant",
            "source_id": uuid5(grant, str(number)),
        }
        for number in range(chances)
    ]
    await insert_rows(session, table_of(LotteryChance), rows)

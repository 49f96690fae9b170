"""Moving: all that one account has goes to another, and what is left of it comes back."""

from uuid import UUID

from sqlalchemy import text

from kit.database import AsyncSession
from kit.models import uuid7

CURRENCIES_OF = text("SELECT currency FROM wallet WHERE account_id = :account ORDER BY currency")
MOVE = text("SELECT move_wallet(:origin, :target, :currency, :own, :key, :out_id, :in_id, :reason)")


async def move_wallets(
    session: AsyncSession, origin: UUID, target: UUID, key: str, reason: str
) -> None:
    """Give the account `target` all that `origin` has and owes; a key that moved is done.

    Lots keep their end, reservations their time, and a debt meets the other's balance.
    """
    await _move(session, origin, target, key, reason, own=False)


async def move_wallets_back(
    session: AsyncSession, origin: UUID, target: UUID, key: str, reason: str
) -> None:
    """Give `target` back what is left at `origin` of what it once brought there.

    What was spent or has expired since is gone; of a debt it takes what is still owed.
    """
    await _move(session, origin, target, key, reason, own=True)


async def _move(
    session: AsyncSession, origin: UUID, target: UUID, key: str, reason: str, *, own: bool
) -> None:
    for currency in (await session.scalars(CURRENCIES_OF, {"account": origin})).all():
        values = {
            "origin": origin,
            "target": target,
            "currency": currency,
            "own": own,
            "key": f"move:{key}:{currency}",
            "out_id": uuid7(),
            "in_id": uuid7(),
            "reason": reason,
        }
        await session.execute(MOVE, values)

"""What becomes of the vouchers of somebody who is forgotten."""

from collections.abc import Sequence
from uuid import UUID

from kit.database import AsyncSession
from loyalty.accounts.commands import hold_accounts
from loyalty.vouchers.commands.freeing import release_vouchers_of
from loyalty.vouchers.commands.withdrawing import withdraw_vouchers_of


async def forget_vouchers_of(session: AsyncSession, customers: Sequence[UUID]) -> None:
    """Release what is reserved for them, and withdraw what they have not used."""
    await hold_accounts(session, customers)
    await release_vouchers_of(session, customers)
    await withdraw_vouchers_of(session, customers)

"""Codes by which customers bring others."""

import secrets
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from kit.database import AsyncSession
from loyalty.accounts.commands import hold_accounts, open_accounts
from loyalty.referrals.commands.telling import record_referral
from loyalty.referrals.errors import ReferralRefused
from loyalty.referrals.models import Referral, ReferralCode
from loyalty.referrals.queries import codes_of, customer_of_code

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH = 8


async def open_code(session: AsyncSession, customer: UUID) -> str:
    """The customer's code, made when they have none."""
    await open_accounts(session, [customer])
    await hold_accounts(session, [customer])
    while customer not in (known := await codes_of(session, [customer])):
        code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        row = ReferralCode(code=code, customer_id=customer)
        await session.execute(
            insert(ReferralCode).values(row.model_dump()).on_conflict_do_nothing()
        )
    return known[customer]


async def name_code(session: AsyncSession, referred: UUID, written: str, by: str) -> Referral:
    """Keep that whoever has this code brought the customer; the same again changes nothing.

    Raises ReferralRefused as `record_referral` does, and for a code of nobody.
    """
    code = as_made(written)
    referrer = await customer_of_code(session, code)
    if referrer is None:
        raise ReferralRefused("unknown_code", "Nobody has this code.")
    return await record_referral(session, referrer, referred, by, code)


def as_made(written: str) -> str:
    """A code without what people put between its letters."""
    return "".join(letter for letter in written.upper() if letter.isalnum())[:64]

"""Points that wait: for their day, for a person who lets them go early or cancels them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlmodel import col, select

from kit.database import AsyncSession
from loyalty.accounts.commands import hold_accounts
from loyalty.points.models import Lot

HOLD: Final = text("""
SELECT hold_wallets(coalesce(jsonb_agg(jsonb_build_object(
  'account_id', account_id, 'currency', currency)), '[]'))
FROM wallet WHERE account_id = ANY (:accounts)
""").bindparams(bindparam("accounts", type_=ARRAY(Uuid)))
HOLD_OF: Final = text("""
SELECT hold_wallets(coalesce(jsonb_agg(jsonb_build_object(
  'account_id', account_id, 'currency', currency)), '[]'))
FROM points_account AS account JOIN wallet ON account_id = account.id
WHERE customer_id = ANY (:customers)
""").bindparams(bindparam("customers", type_=ARRAY(Uuid)))
WAIT: Final = text("""
UPDATE lot SET due_at = named.day::timestamptz
FROM jsonb_each_text(CAST(:days AS jsonb)) AS named (posting_id, day)
WHERE lot.posting_id = named.posting_id::uuid AND lot.state = 'pending'
""")


async def hold_members(session: AsyncSession, customers: Collection[UUID]) -> None:
    """Hold these customers' accounts, then all of their wallets, each in one order."""
    await hold_accounts(session, customers)
    await session.execute(HOLD_OF, {"customers": list(customers)})


async def hold_wallets(session: AsyncSession, accounts: Iterable[UUID]) -> None:
    """Let nobody else move these accounts' points before this transaction ends."""
    await session.execute(HOLD, {"accounts": sorted(set(accounts))})


async def wait_until(session: AsyncSession, days: Mapping[UUID, datetime]) -> None:
    """Let pending points become usable by themselves, by the postings that gave them.

    The caller holds their wallets.
    """
    if days:
        named = orjson.dumps({str(posting): at for posting, at in days.items()}).decode()
        await session.execute(WAIT, {"days": named})


async def still_waiting(session: AsyncSession, postings: Collection[UUID]) -> Sequence[Lot]:
    """Lots of these postings that are pending until a day."""
    rows = await session.exec(
        select(Lot)
        .where(
            col(Lot.posting_id).in_(postings),
            Lot.state == "pending",
            col(Lot.due_at).is_not(None),
            Lot.remaining > 0,
        )
        .order_by(col(Lot.id))
    )
    return rows.all()

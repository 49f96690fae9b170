"""Credits to wallets for benefits, and taking them back."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kit.database import AsyncSession
from loyalty.accounts.commands import open_accounts
from loyalty.benefits.asking import Ask, Had
from loyalty.benefits.queries import postings_by_key
from loyalty.points.commands import post, take_back
from loyalty.points.models import NewPosting


@dataclass(frozen=True, slots=True)
class Credit:
    """So much of a currency for a customer, once for its key."""

    ask: Ask
    customer_id: UUID
    amount: int
    currency: str
    key: str


def key_of(ask: Ask) -> str:
    return f"benefit:{ask.id}"


async def credit(session: AsyncSession, credits: Sequence[Credit]) -> None:
    accounts = await open_accounts(session, (each.customer_id for each in credits))
    postings = [
        NewPosting(
            account_id=accounts[each.customer_id],
            key=each.key,
            kind="grant",
            points=each.amount,
            currency=each.currency,
            reason="benefit",
            source_kind="task",
            source_id=str(each.ask.task_id),
            occurred_at=each.ask.at,
        )
        for each in credits
    ]
    await post(session, postings)


async def debit(session: AsyncSession, keys: Sequence[str]) -> None:
    """Take back what was credited for these keys; what was spent of it is owed."""
    given = await postings_by_key(session, keys)
    reversals = [
        NewPosting(
            account_id=posting.account_id,
            key=f"{key}:reversed",
            kind="reverse",
            points=-posting.points,
            currency=posting.currency,
            reason="benefit taken back",
            source_kind=posting.source_kind,
            source_id=posting.source_id,
            reverses=posting.id,
        )
        for key, posting in given.items()
    ]
    await take_back(session, reversals)


async def debit_all(session: AsyncSession, had: Sequence[Had]) -> dict[UUID, int]:
    await debit(session, [key_of(each.ask) for each in had])
    return {each.ask.id: each.cost_minor for each in had}

"""Having a rule asked of every customer, and telling everybody that the rulebook has changed."""

from typing import Final
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from customer.rules.models import Reckoning, ReckoningState, RuleKind
from kit.database import AsyncSession

LOCK: Final = 0x0C70_41E5
TRIES: Final = 5
LOCK_NOT_AVAILABLE: Final = "55P03"
_be_short = text("SET LOCAL lock_timeout = '300ms'")
_be_patient = text("SET LOCAL lock_timeout = DEFAULT")
_alone = text("SELECT pg_advisory_xact_lock(:lock)")
_along = text("SELECT pg_advisory_xact_lock_shared(:lock)")
_next_version = text(
    "INSERT INTO rulebook_version (id, version) VALUES (1, 1) "
    "ON CONFLICT (id) DO UPDATE SET version = rulebook_version.version + 1"
)
_version = text("SELECT version FROM rulebook_version")


async def change_rulebook(session: AsyncSession) -> None:
    """Whoever asks rules after this commit asks the new ones.

    Waits for those who still ask the old ones: what they change, the reckoning then sees. Nobody
    queues behind a long wait: it is given up for a moment, and after some tries for good.
    """
    for left in reversed(range(TRIES)):
        try:
            async with session.begin_nested():
                await session.execute(_be_short)
                await session.execute(_alone, {"lock": LOCK})
                await session.execute(_be_patient)
            break
        except DBAPIError as failed:
            if not left or getattr(failed.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
    await session.execute(_next_version)


async def rulebook_version(session: AsyncSession) -> int:
    """The rulebook that counts until this transaction ends."""
    await session.execute(_along, {"lock": LOCK})
    return (await session.execute(_version)).scalar_one_or_none() or 0


async def begin_reckoning(
    session: AsyncSession, rule_id: UUID, rule_version: int, kind: RuleKind
) -> None:
    """Have the rule asked of every customer in the background; older reckonings of it end."""
    await change_rulebook(session)
    older = (
        update(Reckoning)
        .where(
            col(Reckoning.rule_id) == rule_id,
            col(Reckoning.state).in_([ReckoningState.WAITING, ReckoningState.RUNNING]),
        )
        .values(state=ReckoningState.SUPERSEDED)
    )
    await session.execute(older)
    session.add(Reckoning(rule_id=rule_id, rule_version=rule_version, kind=kind))

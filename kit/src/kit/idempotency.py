"""Answering a repeat with the first answer."""

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from kit.errors import IdempotencyKeyReused, InvalidInput
from kit.tables import first_answer

KEY_LENGTH = 200
FORGOTTEN_AT_ONCE = 10_000


def fingerprint(content: Any) -> str:
    """The same for the same content, whatever the order of its keys."""
    canonical = orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.sha256(canonical).hexdigest()


async def answered_before(
    session: AsyncSession, operation: str, key: str, content: Any
) -> dict[str, Any] | None:
    """The first answer to this key, or None for the one caller who now has to find it.

    A second caller with the same key waits here until the first has committed. The same key with
    other content raises IdempotencyKeyReused. The first caller ends with `remember_answer`.
    """
    if not 0 < len(key) <= KEY_LENGTH:
        raise InvalidInput("idempotencyKey", f"takes 1 to {KEY_LENGTH} characters")
    mark = fingerprint(content)
    claim = (
        insert(first_answer)
        .values(operation=operation, key=key, fingerprint=mark)
        .on_conflict_do_nothing()
        .returning(first_answer.c.key)
    )
    if (await session.execute(claim)).first() is not None:
        return None
    known = (
        await session.execute(
            select(first_answer.c.fingerprint, first_answer.c.answer).where(
                first_answer.c.operation == operation, first_answer.c.key == key
            )
        )
    ).one()
    if known.fingerprint != mark:
        raise IdempotencyKeyReused(key)
    answer: dict[str, Any] = known.answer
    return answer


async def remember_answer(
    session: AsyncSession,
    operation: str,
    key: str,
    answer: dict[str, Any],
    *,
    about: UUID | None = None,
) -> None:
    """Keep the answer for whoever repeats the request, for some weeks.

    What says something of a person is `about` them, and goes when they are erased.
    """
    await session.execute(
        update(first_answer)
        .where(first_answer.c.operation == operation, first_answer.c.key == key)
        .values(answer=answer, about=about)
    )


async def forget_old_answers(session: AsyncSession, *, days: int) -> bool:
    """Answers that nobody should ask for again; whether some of them are left.

    Who repeats a request later than that has it carried out anew.
    """
    old = select(first_answer.c.operation, first_answer.c.key).where(
        first_answer.c.answered_at < func.now() - timedelta(days=days)
    )
    key = tuple_(first_answer.c.operation, first_answer.c.key)
    statement = delete(first_answer).where(key.in_(old.limit(FORGOTTEN_AT_ONCE)))
    forgotten: int = (await session.execute(statement)).rowcount  # type: ignore[attr-defined]
    return forgotten == FORGOTTEN_AT_ONCE

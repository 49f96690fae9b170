"""Receipts of heard events and answers to requests are kept for a stated time, and no longer."""

from uuid import UUID

import pytest
from sqlalchemy import text

from kit import idempotency, inbox
from kit.models import uuid7
from kit.testing.harness import Harness

HEARD = text(
    "INSERT INTO inbox_receipt (reaction, event_id, received_at) "
    "VALUES ('keep_notes', :event, now() - :days * interval '1 day')"
)


async def heard(harness: Harness, *, days_ago: int) -> UUID:
    event = uuid7()
    async with harness.db.transaction() as session:
        await session.execute(HEARD, {"event": event, "days": days_ago})
    return event


async def remembered(harness: Harness) -> set[UUID]:
    async with harness.db.transaction() as session:
        return set(await session.scalars(text("SELECT event_id FROM inbox_receipt")))


async def test_what_no_stream_keeps_is_forgotten_and_the_rest_is_not(harness: Harness) -> None:
    await heard(harness, days_ago=9)
    young = await heard(harness, days_ago=7)

    async with harness.db.transaction() as session:
        more = await inbox.forget_old_receipts(session, days=8)

    assert (more, await remembered(harness)) == (False, {young})


async def test_many_are_forgotten_a_part_at_a_time(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "FORGOTTEN_AT_ONCE", 2)
    for _ in range(3):
        await heard(harness, days_ago=30)

    answers = []
    for _ in range(2):
        async with harness.db.transaction() as session:
            answers.append(await inbox.forget_old_receipts(session, days=8))

    assert (answers, await remembered(harness)) == ([True, False], set())


ANSWERED = text(
    "INSERT INTO first_answer (operation, key, fingerprint, answered_at) "
    "VALUES ('write_note', :key, '', now() - :days * interval '1 day')"
)


async def test_answers_are_forgotten_a_part_at_a_time_once_their_time_is_over(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "FORGOTTEN_AT_ONCE", 2)
    async with harness.db.transaction() as session:
        for key, days in (("a", 40), ("b", 31), ("c", 60), ("d", 29)):
            await session.execute(ANSWERED, {"key": key, "days": days})

    answers = []
    for _ in range(2):
        async with harness.db.transaction() as session:
            answers.append(await idempotency.forget_old_answers(session, days=30))

    async with harness.db.transaction() as session:
        left = (await session.scalars(text("SELECT key FROM first_answer"))).all()
    assert (answers, left) == ([True, False], ["d"])

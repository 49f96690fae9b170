import pytest
from notebook.notes import write_note

from kit.database import AsyncSession
from kit.testing.harness import Harness


async def test_what_follows_from_a_change_is_committed_with_it_or_not_at_all(
    harness: Harness,
) -> None:
    asked: list[bool] = []

    async def follow(session: AsyncSession) -> None:
        asked.append(bool(session.new))
        if len(asked) > 1:
            raise RuntimeError

    harness.db.before_commit = [follow]
    async with harness.db.transaction() as session:
        await write_note(session, "ada", "kept")
    with pytest.raises(RuntimeError):
        async with harness.db.transaction() as session:
            await write_note(session, "bo", "lost")

    harness.db.before_commit = []
    assert len(asked) == 2
    assert [event["author"] for event in await harness.events_recorded()] == ["ada"]

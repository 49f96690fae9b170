"""From commit to effect through the real outbox, relay and JetStream."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import asyncpg
import nats
import pytest
from nats.js.errors import NotFoundError
from notebook.app import notebook
from notebook.notes import NoteRow, TallyRow, write_note
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from kit import relay
from kit.app import Running
from kit.settings import Settings
from kit.tables import RELAY_AWAKE, outbox, parked_event
from kit.testing.harness import Harness
from local.nats import NatsServer


@pytest.fixture
async def bus_settings(settings: Settings, nats_server: NatsServer) -> Settings:
    return settings.model_copy(
        update={"nats_url": SecretStr(nats_server.url), "reaction_attempts": 2}
    )


@pytest.fixture
async def names(nats_server: NatsServer) -> str:
    """Each test gets streams of its own."""
    connection = await nats.connect(nats_server.url)
    with contextlib.suppress(NotFoundError):
        await connection.jetstream().delete_stream("NOTEBOOK")
    await connection.close()
    return "notebook"


@pytest.fixture
async def running(bus_settings: Settings, names: str) -> AsyncIterator[Running]:
    assert names == notebook.name
    running = Running(notebook, bus_settings, works=True)
    await running.start()
    yield running
    await running.stop()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(100):
        while not await condition():  # type: ignore[misc]  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def tally(running: Running, author: str) -> int:
    async with running.database.reading() as session:
        row = (await session.exec(select(TallyRow).where(TallyRow.author == author))).first()
        return row.notes if row else 0


async def count(running: Running, table: object) -> int:
    async with running.database.reading() as session:
        return len((await session.execute(table.select())).all())  # type: ignore[attr-defined]


async def test_what_is_committed_takes_effect_once_and_the_outbox_empties(
    running: Running,
) -> None:
    for number in range(30):
        async with running.database.transaction() as session:
            await write_note(session, "ada", f"note {number}")

    await until(lambda: _is(tally(running, "ada"), 30))

    await until(lambda: _is(count(running, outbox), 0))
    assert await running.missing() == []


async def test_telling_much_takes_no_more_of_the_bus_than_telling_little(running: Running) -> None:
    seen = []
    for notes, told in ((1, 1), (30, 31)):
        for number in range(notes):
            async with running.database.transaction() as session:
                await write_note(session, "ada", f"note {number}")
        await until(lambda told=told: _is(tally(running, "ada"), told))
        await until(lambda: _is(count(running, outbox), 0))
        assert running.worker
        seen.append(len(running.worker.connection._subs))

    assert seen[0] == seen[1]


async def test_what_is_rolled_back_is_never_told(running: Running) -> None:
    async def change_one_s_mind() -> None:
        async with running.database.transaction() as session:
            await write_note(session, "ada", "never")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await change_one_s_mind()
    async with running.database.transaction() as session:
        await write_note(session, "bob", "told")

    await until(lambda: _is(tally(running, "bob"), 1))

    assert await tally(running, "ada") == 0


async def test_what_keeps_failing_is_parked_with_its_reason_and_can_be_replayed(
    running: Running, bus_settings: Settings, issuer: object
) -> None:
    async with running.database.transaction() as session:
        await write_note(session, "trouble", "can't be counted")
        await write_note(session, "ada", "can be")
    await until(lambda: _is(count(running, parked_event), 1))
    harness = Harness(running, issuer)  # type: ignore[arg-type]
    operator = harness.token("operator")

    listed = (await harness.get("/operations/parked-events", as_=operator)).json()
    again = await harness.post(
        f"/operations/parked-events/{listed[0]['id']}/replay", {}, as_=operator
    )
    reader = await harness.get("/operations/parked-events", as_=harness.token("marketer"))

    assert listed[0]["reason"] == "RuntimeError: trouble can't be counted"
    assert listed[0]["attempts"] == 2
    assert again.status_code == 500
    assert reader.status_code == 403
    assert await count(running, parked_event) == 1
    assert await tally(running, "ada") == 1


async def test_two_workers_share_the_work_and_nothing_is_done_twice(
    running: Running, bus_settings: Settings
) -> None:
    other = Running(notebook, bus_settings, works=True)
    await other.start()

    async with running.database.transaction() as session:
        for number in range(500):
            await write_note(session, f"author {number % 7}", "shared")

    async def total() -> bool:
        async with running.database.reading() as session:
            return sum(row.notes for row in await session.exec(select(TallyRow))) == 500

    await until(total)
    await other.stop()
    assert await total()


async def test_a_killed_bus_loses_nothing(
    bus_settings: Settings, nats_server: NatsServer, names: str
) -> None:
    running = Running(notebook, bus_settings, works=True)
    await running.start()
    async with running.database.transaction() as session:
        await write_note(session, "ada", "before")
    await until(lambda: _is(tally(running, "ada"), 1))

    nats_server.kill()
    async with running.database.transaction() as session:
        await write_note(session, "ada", "while it is down")
    nats_server.start()

    await until(lambda: _is(tally(running, "ada"), 2))
    await running.stop()


async def test_a_relay_whose_connection_is_cut_takes_up_again(running: Running) -> None:
    async with running.database.transaction() as session:
        await write_note(session, "ada", "before")
    await until(lambda: _is(tally(running, "ada"), 1))

    connection = await asyncpg.connect(running.settings.raw_database_url())
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND datname = current_database() AND query LIKE '%outbox%'"
    )
    await connection.close()
    async with asyncio.timeout(100):
        while True:
            with contextlib.suppress(DBAPIError):
                async with running.database.transaction() as session:
                    await write_note(session, "ada", "after")
                break

    await until(lambda: _is(tally(running, "ada"), 2))
    async with running.database.reading() as session:
        assert len((await session.exec(select(NoteRow))).all()) == 2


async def _is(value: object, wanted: object) -> bool:
    return await value == wanted  # type: ignore[misc]


async def test_a_bus_that_was_away_for_long_is_joined_anew(
    bus_settings: Settings, nats_server: NatsServer, names: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.app.BUS_LOST_SECONDS", 3)
    running = Running(notebook, bus_settings, works=True)
    await running.start()
    async with running.database.transaction() as session:
        await write_note(session, "ada", "before")
    await until(lambda: _is(tally(running, "ada"), 1))
    first = running.worker

    async def is_given_up() -> bool:
        return running.worker is None

    nats_server.kill()
    await until(is_given_up)
    nats_server.start()
    async with running.database.transaction() as session:
        await write_note(session, "ada", "after")

    await until(lambda: _is(tally(running, "ada"), 2))
    assert running.worker is not first
    await running.stop()


async def test_a_feed_whose_subscription_was_lost_is_opened_again(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.bus.STALLED_SECONDS", 1)
    async with running.database.transaction() as session:
        await write_note(session, "ada", "before")
    await until(lambda: _is(tally(running, "ada"), 1))
    assert running.worker is not None

    for subscription in list(running.worker.connection._subs.values()):
        if subscription.subject.startswith("_INBOX") and "*" not in subscription.subject:
            await subscription.unsubscribe()
    async with running.database.transaction() as session:
        await write_note(session, "ada", "after")

    await until(lambda: _is(tally(running, "ada"), 2))


async def test_what_commits_after_a_busy_relay_has_gone_to_sleep_is_told_at_once(
    bus_settings: Settings, names: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "LOOK_AGAIN_SECONDS", 3600)
    monkeypatch.setattr(relay, "LINGER_SECONDS", 1)
    monkeypatch.setattr(relay, "QUIET_LOOKS", 1)
    running = Running(notebook, bus_settings, works=True)
    await running.start()
    writer = await asyncpg.connect(bus_settings.raw_database_url())

    async def is_awake() -> bool:
        found = "SELECT EXISTS (SELECT FROM pg_locks WHERE objid = $1 AND mode = 'ExclusiveLock')"
        return bool(await writer.fetchval(found, RELAY_AWAKE))

    async def writing_wakes() -> bool:
        async with running.database.transaction() as session:
            await write_note(session, "ada", "busy")
        return await is_awake()

    async def is_asleep() -> bool:
        return not await is_awake()

    await until(writing_wakes)
    change = writer.transaction()
    await change.start()
    await writer.execute(
        "INSERT INTO outbox (id, subject, about, time, content) SELECT gen_random_uuid(), "
        "'octoreach.notebook.note.written.v1', 'eve', now(), '{\"author\": \"eve\"}'"
    )
    await until(is_asleep)
    await change.commit()

    await until(lambda: _is(count(running, outbox), 0))
    await writer.close()
    await running.stop()


async def test_a_worker_that_is_told_to_stop_while_it_publishes_stops(
    bus_settings: Settings, names: str
) -> None:
    for turn in range(5):
        running = Running(notebook, bus_settings, works=True)
        await running.start()
        async with running.database.transaction() as session:
            for number in range(1_000):
                await write_note(session, f"{names} {turn}", f"note {number}")
        await until(lambda at_work=running: _publishes(at_work))

        async with asyncio.timeout(60):
            await running.stop()


async def _publishes(running: Running) -> bool:
    return running.worker is not None and running.worker.relay.leading

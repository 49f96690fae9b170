import asyncio
from collections import Counter
from datetime import datetime
from uuid import uuid4

import pytest
from graphql import GraphQLError
from notebook.app import notebook
from notebook.notes import TallyRow
from pydantic import SecretStr
from sqlalchemy import text
from sqlmodel import select

from kit.app import Running
from kit.database import Database, gave_way
from kit.graph.scalars import SCALARS
from kit.hearing import Hearing
from kit.models import utcnow
from kit.reactions import Message
from kit.settings import Settings
from kit.testing.databases import Databases
from kit.testing.harness import GraphFailed, Harness

WRITTEN = "octoreach.notebook.note.written.v1"
WRITE = """
mutation ($text: String!) { writeNote(text: $text) {
  __typename
  ... on NoteWasWritten { note { author text } }
  ... on Refusal { message }
  ... on RudeNote { word }
  ... on InvalidInput { field }
} }
"""
NOTES = "query ($first: Int!, $after: String) { notes(first: $first, after: $after) { edges { node { text } } pageInfo { hasNextPage endCursor } } }"


async def tallies(harness: Harness) -> dict[str, int]:
    async with harness.db.reading() as session:
        return {row.author: row.notes for row in await session.exec(select(TallyRow))}


async def test_a_change_and_its_event_are_one_commit(harness: Harness) -> None:
    writer = harness.token("writer", subject="ada")

    answer = await harness.graph(WRITE, as_=writer, text="hello")

    assert answer["writeNote"] == {
        "__typename": "NoteWasWritten",
        "note": {"author": "ada", "text": "hello"},
    }
    events = await harness.events_recorded()
    assert [(each["subject"], each["author"]) for each in events] == [(WRITTEN, "ada")]


async def test_a_refusal_is_data_and_changes_nothing(harness: Harness) -> None:
    writer = harness.token("writer")

    rude = await harness.graph(WRITE, as_=writer, text="oh fiddlesticks")
    empty = await harness.graph(WRITE, as_=writer, text="")

    assert rude["writeNote"] == {
        "__typename": "RudeNote",
        "message": "The word fiddlesticks is too rude.",
        "word": "fiddlesticks",
    }
    assert empty["writeNote"] == {
        "__typename": "InvalidInput",
        "message": "takes 1 to 100 characters",
        "field": "text",
    }
    assert await harness.events_recorded() == []


async def test_a_bug_is_masked_with_its_trace(harness: Harness) -> None:
    with pytest.raises(GraphFailed) as failed:
        await harness.graph("{ bug }", as_=harness.token("reader"))

    assert failed.value.codes == ["INTERNAL"]
    assert "a secret" not in str(failed.value)


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (WRITE, {"text": 5}),
        (WRITE, {}),
        (NOTES, {"first": "many"}),
        ("query ($id: UUID!) { note(id: $id) { text } }", {"id": "one"}),
    ],
)
async def test_a_value_of_the_wrong_type_is_the_callers_to_repair(
    harness: Harness, document: str, variables: dict[str, object]
) -> None:
    with pytest.raises(GraphFailed) as failed:
        await harness.graph(document, as_=harness.token("writer"), **variables)

    assert failed.value.codes == ["BAD_USER_INPUT"]
    assert next(iter(variables), "text") in str(failed.value)


async def test_a_text_with_a_nul_is_refused_and_changes_nothing(harness: Harness) -> None:
    writer = harness.token("writer")

    with pytest.raises(GraphFailed) as failed:
        await harness.graph(WRITE, as_=writer, text="a\0b")
    answer = await harness.post("/notes", {"text": "a\0b"}, as_=writer, key="k")

    assert failed.value.codes == ["BAD_USER_INPUT"]
    assert (answer.status_code, answer.json()["title"]) == (422, "InvalidInput")
    assert await harness.events_recorded() == []


@pytest.mark.parametrize(
    "moment",
    [
        "2026-01-05T09:30:00",
        "2026-01-05",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00Z",
        "1899-12-31T23:59:59Z",
        "9999-01-01T00:00:00Z",
        "soon",
        7,
    ],
)
def test_a_time_without_its_zone_or_that_is_none_in_every_zone_is_no_datetime(
    moment: object,
) -> None:
    with pytest.raises(GraphQLError, match="with its zone"):
        SCALARS[datetime].parse_value(moment)


async def test_without_a_token_or_the_role_nothing_is_shown(harness: Harness) -> None:
    with pytest.raises(GraphFailed) as nobody:
        await harness.graph(NOTES, first=1)
    with pytest.raises(GraphFailed) as stranger:
        await harness.graph(NOTES, as_=harness.token("painter"), first=1)

    assert nobody.value.codes == ["UNAUTHENTICATED"]
    assert stranger.value.codes == ["FORBIDDEN"]


@pytest.mark.parametrize("token", ["garbage", "a.b.c", "e" * 9_000, ""])
async def test_a_malformed_token_is_refused(harness: Harness, token: str) -> None:
    answer = await harness.http.get("/notes", headers={"authorization": f"Bearer {token}"})

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("said", ["<b>", "x" * 81, "王"])
async def test_a_purpose_that_cannot_be_noted_is_refused_by_name(
    harness: Harness, said: str
) -> None:
    purpose = {"octoreach-purpose": said.encode()}
    headers = {"authorization": f"Bearer {harness.token('writer')}", **purpose}
    wanted = {"query": 'mutation { writeNote(text: "a") { __typename } }'}

    graph = await harness.http.post("/graphql", json=wanted, headers=headers)
    rest = await harness.http.get("/notes", headers=headers)

    [error] = graph.json()["errors"]
    assert (graph.status_code, error["extensions"]["code"]) == (400, "BAD_USER_INPUT")
    assert error["message"].startswith("The Octoreach-Purpose header takes up to 80 letters")
    assert (rest.status_code, rest.json()["detail"]) == (400, error["message"])
    assert await harness.events_recorded() == []


async def test_an_expired_token_and_one_for_others_are_refused(harness: Harness) -> None:
    expired = harness.token("reader", seconds=-100)
    foreign = harness.token("reader", aud="another")

    answers = [await harness.get("/notes", as_=token) for token in (expired, foreign)]

    assert [answer.status_code for answer in answers] == [401, 401]


async def test_pages_follow_one_another_without_gap_or_repeat(harness: Harness) -> None:
    writer = harness.token("writer")
    for number in range(5):
        await harness.graph(WRITE, as_=writer, text=f"note {number}")

    seen, after, more = [], None, True
    while more:
        page = (await harness.graph(NOTES, as_=writer, first=2, after=after))["notes"]
        seen += [edge["node"]["text"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert seen == ["note 4", "note 3", "note 2", "note 1", "note 0"]


@pytest.mark.parametrize("first", [0, -1, 101])
async def test_a_page_has_bounds(harness: Harness, first: int) -> None:
    with pytest.raises(GraphFailed) as failed:
        await harness.graph(NOTES, as_=harness.token("reader"), first=first)

    assert failed.value.errors[0]["message"] == "first is between 1 and 100"


@pytest.mark.parametrize("cursor", ["x", "bm90IGpzb24=", "WzFd", "WyJhIiwiYiJd"])
async def test_a_cursor_from_elsewhere_is_refused(harness: Harness, cursor: str) -> None:
    with pytest.raises(GraphFailed) as failed:
        await harness.graph(NOTES, as_=harness.token("reader"), first=1, after=cursor)

    assert failed.value.codes == ["REFUSED"]


async def test_a_repeat_gets_the_first_answer_and_other_content_is_refused(
    harness: Harness,
) -> None:
    writer = harness.token("writer")

    answers = await asyncio.gather(
        *(harness.post("/notes", {"text": "once"}, as_=writer, key="k1") for _ in range(10))
    )
    other = await harness.post("/notes", {"text": "twice"}, as_=writer, key="k1")

    assert Counter(answer.status_code for answer in answers) == {201: 10}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (other.status_code, other.json()["title"]) == (422, "IdempotencyKeyReused")
    assert len(await harness.events_recorded()) == 1


async def test_an_event_delivered_twenty_times_at_once_takes_effect_once(harness: Harness) -> None:
    event_id = uuid4()

    outcomes = await asyncio.gather(
        *(harness.try_to_hear(WRITTEN, {"author": "ada"}, event_id=event_id) for _ in range(20))
    )

    assert [outcome.failure for outcome in outcomes] == [None] * 20
    assert await tallies(harness) == {"ada": 1}


async def test_one_failing_event_in_a_batch_does_not_hold_up_the_others(harness: Harness) -> None:
    now = utcnow().isoformat()
    messages = [
        Message(uuid4(), WRITTEN, now, "", b'{"author": "%s"}' % author)
        for author in (b"ada", b"trouble", b"ada", b"bob")
    ]

    outcomes = await harness.running.hearing.hear(messages)

    assert [outcome.failure is None for outcome in outcomes] == [True, False, True, True]
    assert await tallies(harness) == {"ada": 2, "bob": 1}


async def test_while_the_database_gave_way_events_wait_and_none_is_given_up() -> None:
    db = Database("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    now = utcnow().isoformat()
    messages = [Message(uuid4(), WRITTEN, now, "", b'{"author": "ada"}') for _ in range(3)]

    outcomes = await Hearing(db, notebook.reactions).hear(messages)

    assert [outcome.message for outcome in outcomes] == messages
    assert [outcome.premature for outcome in outcomes] == [True] * 3
    await db.close()


async def test_of_two_operations_that_wait_for_each_other_one_is_asked_to_try_again(
    harness: Harness,
) -> None:
    both_hold_one = asyncio.Barrier(2)

    async def lock(*numbers: int) -> None:
        async with harness.db.transaction() as session:
            await session.execute(text(f"SELECT pg_advisory_xact_lock({numbers[0]})"))
            await both_hold_one.wait()
            await session.execute(text(f"SELECT pg_advisory_xact_lock({numbers[1]})"))

    outcomes = await asyncio.gather(lock(1, 2), lock(2, 1), return_exceptions=True)

    failed = [each for each in outcomes if each is not None]
    assert len(failed) == 1
    assert gave_way(failed[0])


async def test_an_entity_is_given_to_the_gateway_alone(harness: Harness) -> None:
    reader = harness.token("reader")
    representation = {"__typename": "Note", "id": str(uuid4())}
    query = "query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }"

    known = await harness.entity(representation, "text", as_=reader)
    with pytest.raises(GraphFailed) as direct:
        await harness.graph(query, as_=reader, r=[representation])

    assert known is None
    assert direct.value.codes == ["UNSIGNED"]


async def test_an_oversized_body_is_refused(harness: Harness) -> None:
    answer = await harness.post("/notes", {"text": "x" * 3_000_000}, as_=harness.token("writer"))

    assert answer.status_code == 413
    assert answer.json()["title"] == "Body too large"


async def test_a_document_too_deep_is_refused(harness: Harness) -> None:
    deep = "{ __schema { types { fields { type " + "{ ofType " * 15 + "{ name }" + "}" * 15 + "}}}}"

    with pytest.raises(GraphFailed) as failed:
        await harness.graph(deep, as_=harness.token("reader"))

    assert failed.value.codes == ["DOCUMENT_TOO_LARGE"]


async def test_readiness_tells_what_is_missing(
    harness: Harness, databases: Databases, settings: Settings
) -> None:
    databases.server.create_database("empty")
    empty = settings.model_copy(update={"database_url": SecretStr(databases.server.url("empty"))})
    away = settings.model_copy(
        update={"database_url": SecretStr("postgresql://nobody@127.0.0.1:1/none")}
    )

    ready = (await harness.get("/readyz")).json()
    unmigrated = await Running(notebook, empty, works=False).missing()
    unreachable = await Running(notebook, away, works=False).missing()

    assert ready == {"ready": True, "missing": [], "waiting_for": []}
    assert unmigrated == [f"migration to {notebook.migrating.head}: run migrate"]
    assert unreachable == ["database: ConnectionRefusedError"]

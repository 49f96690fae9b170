"""Documents that are too large, too dear, hostile or not trusted, refused before anybody is asked."""

import asyncio
import time
from contextlib import suppress

import pytest
from gateway.tests.serving.conftest import SUPERGRAPH
from graphql import parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.documents.cost import Cost
from gateway.documents.limits import DocumentLimits, judge_size
from gateway.documents.reading import DocumentRules, read_document
from gateway.documents.trusted import ManifestInvalid, hash_of, manifest_of, read_manifest
from gateway.observation.tracing import Trace
from gateway.refusals import OperationRefused
from gateway.supergraph import Supergraph

TRACE = Trace("0" * 32, "0" * 16, "00", None)
SCHEMA = Supergraph.from_sdl(SUPERGRAPH.read_text(encoding="utf-8")).api_schema


def read(text: str, **limits: int) -> None:
    rules = DocumentRules(limits=DocumentLimits(**limits))
    read_document(text, SCHEMA, rules, TRACE)


def refusal(text: str, **limits: int) -> str:
    with pytest.raises(OperationRefused) as refused:
        read(text, **limits)
    return refused.value.errors[0]["message"]


DEEP = "{ book(id: 1) { reviews { author { name } } } }"


@pytest.mark.parametrize(
    ("text", "limit", "allowed", "what"),
    [
        (DEEP, "depth", 4, "depth"),
        ("{ a: __typename b: __typename }", "aliases", 2, "aliases"),
        ("{ id @skip(if: false) @include(if: true) }", "directives", 2, "directives"),
        ("query @a { id @b }", "directives", 2, "directives"),
        ("{ books { id } echo(text: 1) }", "root_fields", 2, "root fields"),
        ("{ books { id title } }", "fields", 3, "fields"),
        ("{ books { id id id } }", "repeats", 3, "repeats of one field"),
        ("{ ...F ...F } fragment F on Query { __typename }", "repeats", 2, "repeats of one field"),
        ("{ ...F } fragment F on Query { book(id: 1) { id } }", "depth", 2, "depth"),
        ("{ ... { a: __typename ... { b: __typename } } }", "aliases", 2, "aliases"),
    ],
)
def test_each_limit_lets_through_what_it_allows_and_not_one_more(text, limit, allowed, what):
    document = parse(text)

    judge_size(document, DocumentLimits(**{limit: allowed}))
    with pytest.raises(OperationRefused) as refused:
        judge_size(document, DocumentLimits(**{limit: allowed - 1}))

    assert refused.value.errors[0]["message"] == (
        f"The operation exceeds the limit on {what}: {allowed}, {allowed - 1} allowed."
    )


def test_tokens_and_characters_are_limited():
    assert "tokens" in refusal("{ a b c }", tokens=4)
    assert "characters" in refusal("{ books { id } }" + " " * 100, characters=50)


def chain(length: int) -> str:
    parts = [f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(length)]
    return " ".join(["{ ...F0 }", *parts, f"fragment F{length} on Query {{ __typename }}"])


@pytest.mark.parametrize(
    "text",
    [
        "{" * 10_000,
        "{ a" * 5_000,
        "{ a(x: " + "[" * 10_000,
        "{ a(x: " + "{b:" * 5_000,
        "{ " + "book(id: 1) { reviews { author { name } } } " * 1_000 + "}",
        "{ " + "a: __typename " * 2_000 + "}",
        "{ " + "__typename " * 4_000 + "}",
        "{ __typename " + "@skip(if: false) " * 900 + "}",
        chain(200),
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "{ ...A } fragment A on Query { ...A }",
        "{ "
        + " ".join(f"...F{n}" for n in range(400))
        + "}"
        + " ".join(f"fragment F{n} on Query {{ ...F{(n + 1) % 400} }}" for n in range(400)),
        'query($a: String = "' + "x" * 90_000 + '") { __typename }',
        "#" * 99_000,
        "{ nothing " * 100 + "}" * 100,
        "query " + " ".join(f"Q{n} {{ __typename }} query" for n in range(900)) + " X { id }",
    ],
)
def test_hostile_documents_are_refused_soon(text):
    started = time.process_time()

    refusal(text)

    assert time.process_time() - started < 1


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet='{}()[]!:=@|&.$"\\# \n\tabquery...onfragment0123é\x00\ud7ff', max_size=300))
def test_whatever_text_comes_it_is_read_or_refused(text):
    with suppress(OperationRefused):
        read(text)


FIELD = st.deferred(
    lambda: (
        st.sampled_from(
            [
                "__typename",
                "id",
                "x: title",
                "books { id }",
                "book(id: 1) { rating }",
                "...F",
                "...G",
            ]
        )
        | st.builds("book(id: $v) {{ {} }}".format, FIELDS)
        | st.builds("... on Query {{ {} }}".format, FIELDS)
        | st.builds("reviews {{ {} }}".format, FIELDS)
    )
)
FIELDS = st.lists(FIELD, min_size=1, max_size=6).map(" ".join)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=FIELDS, fragment=FIELDS, variables=st.dictionaries(st.text(max_size=3), st.integers()))
async def test_whatever_is_asked_the_answer_is_a_graphql_response(front, body, fragment, variables):
    query = f"query($v: ID!) {{ {body} }} fragment F on Query {{ {fragment} }}"

    answer = await front.ask(query, variables={"v": "1", **variables})

    assert answer.status_code == 200
    assert answer.json().keys() <= {"data", "errors"}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
async def test_whatever_bytes_come_the_status_says_that_they_are_bad(front, body):
    answer = await front.http.post(
        "/graphql", content=body, headers={"content-type": "application/json"}
    )

    assert answer.status_code == 400
    assert answer.json()["errors"]


COSTS = [
    ("{ __typename }", {}, 0),
    ('{ echo(text: "x") }', {}, 5),
    ("{ books(first: 7) { id } }", {}, 7),
    ("query($n: Int!) { books(first: $n) { id } }", {"n": 30}, 30),
    ("query($n: Int = 4) { books(first: $n) { id } }", {}, 4),
    ("{ books(first: 2) { reviews(first: 3) { author { id } } } }", {}, 2 * (1 + 3 * (1 + 1))),
    ("{ readers { id } }", {}, 10),
    ("{ books { id } }", {}, 10),
    ('mutation { addBook(title: "x") { id } }', {}, 11),
    ("{ ...F } fragment F on Query { book(id: 1) { rating } }", {}, 1),
    ("query($n: Int!) { books(first: $n) { id } }", {"n": -5}, 0),
]


SHELVES = """
type Shelf @join__type(graph: BOOKS) {
  books(first: Int! = 20, after: String): BookPage @join__field(graph: BOOKS)
  newest(last: Int = 2): [Book!] @join__field(graph: BOOKS)
}
type BookPage @join__type(graph: BOOKS) { edges: [BookEdge!]! total: Int! }
type BookEdge @join__type(graph: BOOKS) { node: Book! shelf: Shelf! }
"""
PAGES = [
    ("{ shelf { books { total } } }", {}, 1 + 1),
    ("{ shelf { books { edges { node { id } } } } }", {}, 1 + (1 + 20 * 2)),
    ("{ shelf { books(first: 100) { edges { node { id } } } } }", {}, 1 + (1 + 100 * 2)),
    ("query($n: Int!) { shelf { books(first: $n) { edges { node { id } } } } }", {"n": 50}, 102),
    ("{ shelf { newest { id } } }", {}, 1 + 2),
    ("{ shelf { newest(last: 9) { id } } }", {}, 1 + 9),
    (
        "{ shelf { books(first: 100) { edges { shelf { books(first: 100) { edges { node { id } } }"
        " } } } } }",
        {},
        1 + (1 + 100 * (1 + 1 + (1 + 100 * 2))),
    ),
]


@pytest.mark.parametrize(("query", "variables", "cost"), PAGES)
def test_a_page_costs_what_is_asked_of_it_though_nobody_said_how_long_it_is(query, variables, cost):
    sdl = SUPERGRAPH.read_text(encoding="utf-8").replace(
        "  me: Reader", "  shelf: Shelf @join__field(graph: BOOKS)\n  me: Reader", 1
    )
    document = parse(query)

    found = Cost(
        Supergraph.from_sdl(sdl + SHELVES),
        document,
        document.definitions[0],
        10,
    )

    assert found.of(variables) == cost


@pytest.mark.parametrize(("query", "variables", "cost"), COSTS)
async def test_an_operation_may_cost_what_it_is_allowed_and_no_more(
    a_gateway, query, variables, cost
):
    enough = await a_gateway(max_cost=max(cost, 1))
    answer = await enough.ask(query, variables=variables)
    assert "OPERATION_TOO_COMPLEX" not in answer.text

    if cost > 1:
        too_little = await a_gateway(max_cost=cost - 1)
        refused = (await too_little.ask(query, variables=variables)).json()
        assert refused["errors"][0]["message"] == (
            f"The operation exceeds the limit on cost: {cost}, {cost - 1} allowed."
        )


async def test_a_document_is_prepared_once(a_gateway):
    front = await a_gateway()

    for n in range(5):
        await front.json("query($id: ID!) { book(id: $id) { title } }", id=str(n))
        await front.json("{ nothing }")

    assert await front.metric("gateway_document_preparation_seconds_count") == 2


async def test_the_same_document_many_times_at_once_is_prepared_once(a_gateway):
    front = await a_gateway()

    await asyncio.gather(*(front.json("{ books { id title rating } }") for _ in range(20)))

    assert await front.metric("gateway_document_preparation_seconds_count") == 1


async def test_a_flood_of_new_documents_is_turned_away_and_known_ones_are_answered(
    a_gateway, monkeypatch
):
    monkeypatch.setattr("gateway.documents.library.MOST_WAITING", 3)
    front = await a_gateway()
    known = "{ __typename }"
    await front.json(known)
    slow = "{ " + " ".join(f"a{n}: __typename" for n in range(150)) + " }"

    new, answer = await asyncio.gather(
        asyncio.gather(*(front.ask(f"{slow}#{n}") for n in range(30))), front.json(known)
    )

    assert answer == {"data": {"__typename": "Query"}}
    assert {answer.status_code for answer in new} == {200, 503}


TRUSTED = "{ book(id: 1) { title } }"


@pytest.fixture
def manifest(tmp_path):
    path = tmp_path / "trusted.json"
    path.write_bytes(manifest_of([TRUSTED, "{ __typename }"]))
    return path


async def test_trusted_documents_are_run_by_their_hash(a_gateway, manifest):
    front = await a_gateway(trusted_documents="enforce", trusted_manifest=manifest)
    known = hash_of(TRUSTED)
    expected = {"data": {"book": {"title": "Book 1"}}}

    for body in (
        {"documentId": f"sha256:{known}"},
        {"documentId": known},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": known}}},
        {"query": TRUSTED},
    ):
        assert (await front.http.post("/graphql", json=body)).json() == expected


async def test_when_enforced_no_other_document_is_run(a_gateway, manifest, subgraphs):
    front = await a_gateway(trusted_documents="enforce", trusted_manifest=manifest)
    accept = {"accept": "application/graphql-response+json"}

    for body, code in (
        ({"query": "{ books { id } }"}, "DOCUMENT_NOT_TRUSTED"),
        ({"documentId": "0" * 64}, "PERSISTED_QUERY_NOT_FOUND"),
        ({"documentId": hash_of(TRUSTED), "query": "{id}"}, "PERSISTED_QUERY_HASH_MISMATCH"),
    ):
        answer = await front.http.post("/graphql", json=body, headers=accept)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["extensions"]["code"] == code
    assert subgraphs["books"].requests == []


async def test_when_logged_other_documents_are_run_and_told(a_gateway, manifest, capsys):
    front = await a_gateway(trusted_documents="log", trusted_manifest=manifest)

    for _ in range(2):
        assert "errors" not in await front.json("{ books { id } }")
    await front.json(TRUSTED)

    told = [line for line in capsys.readouterr().out.splitlines() if "not trusted" in line]
    assert len(told) == 1
    assert hash_of("{ books { id } }") in told[0]


@pytest.mark.parametrize("content", ["{", "[]", '{"0": "{ id }"}', '{"x": 1}'])
def test_a_manifest_that_does_not_hold_together_is_refused(tmp_path, content):
    path = tmp_path / "trusted.json"
    path.write_text(content)

    with pytest.raises(ManifestInvalid):
        read_manifest(path)


async def test_a_new_manifest_is_taken_in_while_running_and_a_broken_one_is_not(
    a_gateway, manifest, monkeypatch
):
    monkeypatch.setattr("gateway.watching.LOOK_SECONDS", 0.02)
    front = await a_gateway(trusted_documents="enforce", trusted_manifest=manifest)
    released = "{ book(id: 2) { title } }"
    [refused] = (await front.json(released))["errors"]
    assert refused["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"

    manifest.write_text("{")
    manifest.write_bytes(manifest_of([released]))
    for _ in range(500):
        if "data" in (answer := await front.json(released)):
            break
        await asyncio.sleep(0.02)

    assert answer == {"data": {"book": {"title": "Book 2"}}}
    manifest.write_text("{")
    await asyncio.sleep(0.1)
    assert await front.json(released) == answer

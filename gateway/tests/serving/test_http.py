"""GraphQL over HTTP: what is answered with which status, and what browsers are allowed."""

import asyncio
import gzip

import pytest

JSON = {"content-type": "application/json"}
GRAPHQL = "application/graphql-response+json"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD"])
async def test_other_methods_are_told_which_are_answered(front, method):
    answer = await front.http.request(method, "/graphql")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST, OPTIONS"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/graphql-response+json", GRAPHQL),
        ("application/json;q=0.5, application/graphql-response+json", GRAPHQL),
        ("application/json, application/graphql-response+json;q=0.9", "application/json"),
        ("*/*", "application/json"),
        ("text/html, */*;q=0.1", "application/json"),
        ("", "application/json"),
    ],
)
async def test_the_answer_comes_in_the_media_type_the_client_likes_best(front, accept, expected):
    answer = await front.ask("{ __typename }", headers={"accept": accept})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{expected}; charset=utf-8"
    assert answer.json() == {"data": {"__typename": "Query"}}


async def test_a_client_that_accepts_nothing_we_have_gets_406(front, subgraphs):
    answer = await front.ask("{ books { id } }", headers={"accept": "image/png"})

    assert answer.status_code == 406
    assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_ACCEPTABLE"
    assert subgraphs["books"].requests == []


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", ""],
)
async def test_a_body_that_is_not_utf8_json_gets_415(front, content_type):
    answer = await front.http.post(
        "/graphql", content=b'{"query":"{__typename}"}', headers={"content-type": content_type}
    )

    assert answer.status_code == 415


async def test_a_compressed_body_gets_415(front):
    body = gzip.compress(b'{"query":"{__typename}"}')

    answer = await front.http.post(
        "/graphql", content=body, headers={**JSON, "content-encoding": "gzip"}
    )

    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "The request is not valid JSON in UTF-8."),
        (b"{", "The request is not valid JSON in UTF-8."),
        (b'{"query":"{ \xff }"}', "The request is not valid JSON in UTF-8."),
        (b'{"query":"\\ud800"}', "The request is not valid JSON in UTF-8."),
        (b'{"query":"{__typename}","query":"{id}"}', "The request has a key twice."),
        (b'{"query":"{__typename}", "variables": {"a":1, "a":2}}', "The request has a key twice."),
        (b'{"query":"{__typename}","variables":{"a":NaN}}', "not valid JSON"),
        (
            b'{"query":"{__typename}","variables":{"a":' + b"[" * 300 + b"]" * 300 + b"}}",
            "The request is nested too deeply.",
        ),
        (b"[" * 500, "The request is not valid JSON in UTF-8."),
        (b'[{"query":"{__typename}"}]', "The request must be one JSON object."),
        (b'{"query":1}', "query has the wrong type."),
        (b'{"query":"{__typename}","variables":[]}', "variables has the wrong type."),
        (b'{"query":"{__typename}","operationName":{}}', "operationName has the wrong type."),
        (b'{"query":"{__typename}","extensions":"x"}', "extensions has the wrong type."),
        (b"{}", "The request holds no query."),
    ],
)
async def test_a_request_that_can_be_read_in_two_ways_or_none_gets_400(front, body, message):
    answer = await front.http.post("/graphql", content=body, headers=JSON)

    assert answer.status_code == 400
    assert message in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "body",
    [
        '{"query":"{__typename}","variables":{"x":"\\u00e9 é"}}',
        '{ "query" : "{__typename}" , "variables" : { "a": 1e3, "b": 1.50 } }',
        '{"query":"{__typename}","variables":null,"operationName":null,"extensions":null}',
    ],
)
async def test_however_json_is_written_it_is_read(front, body):
    answer = await front.http.post("/graphql", content=body.encode(), headers=JSON)

    assert answer.json() == {"data": {"__typename": "Query"}}


async def test_get_runs_queries(front):
    answer = await front.http.get(
        "/graphql",
        params={"query": "query A($t: String!) { echo(text: $t) }", "variables": '{"t":"é"}'},
    )

    assert answer.json() == {"data": {"echo": "é"}}


async def test_get_runs_no_mutation(front, subgraphs):
    query = 'mutation { addBook(title: "x") { id } }'

    answer = await front.http.get("/graphql", params={"query": query})

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert subgraphs["books"].requests == []


@pytest.mark.parametrize(
    "query_string",
    ["query=%7B__typename%7D&query=x", "query=%ff", "variables=%7B%7D", "&".join(["a=1"] * 50)],
)
async def test_a_query_string_that_is_not_clear_gets_400(front, query_string):
    answer = await front.http.get(f"/graphql?{query_string}")

    assert answer.status_code == 400


async def test_a_body_that_is_too_large_gets_413(a_gateway):
    front = await a_gateway(max_body_bytes=1_000)

    announced = await front.ask("{ __typename }", variables={"x": "y" * 2_000})

    async def in_pieces():
        for _ in range(10):
            yield b" " * 200

    unannounced = await front.http.post("/graphql", content=in_pieces(), headers=JSON)

    assert announced.status_code == 413
    assert unannounced.status_code == 413


async def test_a_body_that_does_not_arrive_gets_408(a_gateway):
    front = await a_gateway(body_seconds=0.1)

    async def slowly():
        yield b"{"
        await asyncio.sleep(1)
        yield b"}"

    answer = await front.http.post("/graphql", content=slowly(), headers=JSON)

    assert answer.status_code == 408


async def test_large_answers_are_compressed_for_those_who_can_read_it(front):
    large = await front.ask("{ books(first: 500) { title } }")
    plain = await front.ask(
        "{ books(first: 500) { title } }", headers={"accept-encoding": "gzip;q=0, br"}
    )
    small = await front.ask("{ books { title } }")

    assert large.headers["content-encoding"] == "gzip"
    assert large.headers["vary"] == "accept-encoding"
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in small.headers
    assert large.json() == plain.json()


async def test_pages_from_elsewhere_read_answers_only_if_their_origin_is_allowed(a_gateway):
    front = await a_gateway(cors_origins=["https://app.test"])

    ours = await front.ask("{ __typename }", headers={"origin": "https://app.test"})
    theirs = await front.ask("{ __typename }", headers={"origin": "https://evil.test"})

    assert ours.headers["access-control-allow-origin"] == "https://app.test"
    assert ours.headers["vary"] == "origin"
    assert "access-control-allow-origin" not in theirs.headers
    assert theirs.headers["vary"] == "origin"


async def test_a_preflight_says_what_is_allowed(a_gateway):
    front = await a_gateway(cors_origins=["https://app.test"])
    asked = {
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type, authorization",
    }

    ours = await front.http.options("/graphql", headers={**asked, "origin": "https://app.test"})
    theirs = await front.http.options("/graphql", headers={**asked, "origin": "https://evil.test"})

    assert ours.status_code == 204
    assert ours.headers["access-control-allow-headers"] == "content-type, authorization"
    assert ours.headers["access-control-allow-methods"] == "GET, POST, OPTIONS"
    assert "access-control-allow-origin" not in theirs.headers


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_get_that_a_page_elsewhere_may_have_forged_is_refused(front, subgraphs, site):
    url = "/graphql?query=%7Bbooks%7Bid%7D%7D"

    forged = await front.http.get(url, headers={"sec-fetch-site": site})
    asked_for = await front.http.get(
        url, headers={"sec-fetch-site": site, "apollo-require-preflight": "1"}
    )

    assert forged.status_code == 403
    assert forged.json()["errors"][0]["extensions"]["code"] == "CSRF"
    assert asked_for.status_code == 200
    assert len(subgraphs["books"].requests) == 1


@pytest.mark.parametrize("path", ["/", "/graphql/", "/admin", "/graphiql/../settings.py"])
async def test_there_is_nothing_else(front, path):
    assert (await front.http.get(path)).status_code == 404


async def test_its_health_can_be_asked(front):
    for path in ("/health", "/livez", "/readyz"):
        assert (await front.http.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{", {}, "GRAPHQL_PARSE_FAILED"),
        ("", {}, "GRAPHQL_PARSE_FAILED"),
        ("fragment F on Query { __typename }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("{ book { } }", {}, "GRAPHQL_PARSE_FAILED"),
        ("query A { __typename } query B { __typename }", {}, "UNKNOWN_OPERATION"),
        ("query($id: ID!) { book(id: $id) { id } }", {}, "BAD_USER_INPUT"),
        ("query($id: ID!) { book(id: $id) { id } }", {"id": None}, "BAD_USER_INPUT"),
        ("query($id: ID!) { book(id: $id) { id } }", {"id": {"a": 1}}, "BAD_USER_INPUT"),
        ("query($n: Int) { books(first: $n) { id } }", {"n": "3"}, "BAD_USER_INPUT"),
        ("query($n: Int) { books(first: $n) { id } }", {"n": 2**40}, "BAD_USER_INPUT"),
        ("query($n: Int) { books(first: $n) { id } }", {"n": True}, "BAD_USER_INPUT"),
    ],
)
async def test_an_operation_that_cannot_be_run_is_refused_and_nobody_is_asked(
    front, subgraphs, query, variables, code
):
    new = await front.ask(query, variables=variables, headers={"accept": GRAPHQL})
    old = await front.ask(query, variables=variables, headers={"accept": "application/json"})

    assert new.status_code == 400
    assert old.status_code == 200
    assert new.json() == old.json()
    assert "data" not in new.json()
    assert new.json()["errors"][0]["extensions"]["code"] == code
    assert [subgraph.requests for subgraph in subgraphs.values()] == [[], [], []]

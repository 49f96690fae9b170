"""Subgraphs that fail, lie, dawdle or say too much: the client gets what there is, in time."""

import asyncio
import time

import pytest
from gateway.tests.serving.subgraphs import answering

JOIN = "query($id: ID!) { book(id: $id) { title rating } }"
ONE = "{ book(id: 1) { title } }"
ADD = 'mutation { addBook(title: "New") { title } }'


def code(answer) -> str:
    return answer["errors"][0]["extensions"]["code"]


async def broken(_scope, _body, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise ConnectionResetError


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "SUBGRAPH_ANSWER_MALFORMED"),
        (b"<html>hello</html>", "SUBGRAPH_ANSWER_MALFORMED"),
        (b"null", "SUBGRAPH_ANSWER_MALFORMED"),
        (b"[]", "SUBGRAPH_ANSWER_MALFORMED"),
        (b"{}", "SUBGRAPH_ANSWER_MALFORMED"),
        (b'{"data":[]}', "SUBGRAPH_ANSWER_MALFORMED"),
        (b'{"data":null}', "SUBGRAPH_ANSWER_MALFORMED"),
        (b'{"data":{},"errors":"many"}', "SUBGRAPH_ANSWER_MALFORMED"),
        (b'{"data":{"book":' + b"[" * 2000, "SUBGRAPH_ANSWER_MALFORMED"),
        (b'{"data": {"x": "\xff"}}', "SUBGRAPH_ANSWER_MALFORMED"),
    ],
)
async def test_garbage_is_an_error_of_that_part_alone(front, subgraphs, body, expected):
    subgraphs["reviews"].misbehaviour = answering(200, body)

    answer = await front.json(JOIN, id="1")

    assert answer["data"] == {"book": {"title": "Book 1", "rating": None}}
    assert code(answer) == expected


@pytest.mark.parametrize("value", ['"x"', "[]", "7", '{"title": {}}', '{"title": [1]}'])
async def test_wrong_types_are_an_error_and_never_a_crash(front, subgraphs, value):
    subgraphs["books"].misbehaviour = answering(200, f'{{"data":{{"book":{value}}}}}'.encode())

    answer = await front.ask(ONE)

    assert answer.status_code == 200
    assert answer.json()["data"]["book"] is None


async def test_a_subgraph_that_is_not_there_is_an_error_of_its_part(a_gateway, subgraphs):
    urls = {name: subgraph.url for name, subgraph in subgraphs.items()}
    front = await a_gateway(subgraph_urls={**urls, "reviews": "http://127.0.0.1:9/graphql"})

    answer = await front.json(JOIN, id="1")

    assert answer["data"] == {"book": {"title": "Book 1", "rating": None}}
    assert code(answer) == "SUBGRAPH_UNREACHABLE"


async def test_a_slow_subgraph_is_waited_for_until_its_deadline(a_gateway, subgraphs):
    front = await a_gateway(subgraph_seconds=0.2)
    subgraphs["reviews"].delay_seconds = 60

    started = time.monotonic()
    answer = await front.json(JOIN, id="1")

    assert time.monotonic() - started < 30
    assert answer["data"] == {"book": {"title": "Book 1", "rating": None}}
    assert code(answer) == "SUBGRAPH_TIMEOUT"


async def test_the_deadline_of_a_request_holds_over_all_its_fetches(a_gateway, subgraphs):
    front = await a_gateway(request_seconds=0.3)
    for subgraph in subgraphs.values():
        subgraph.delay_seconds = 0.2

    answer = await front.json("{ book(id: 1) { reviews { author { name } } } }")

    assert code(answer) == "SUBGRAPH_TIMEOUT"


async def test_an_answer_that_is_too_large_is_cut_off(a_gateway, subgraphs):
    front = await a_gateway(max_response_bytes=5_000)
    subgraphs["reviews"].misbehaviour = answering(200, b" " * 5_001)

    answer = await front.json(JOIN, id="1")

    assert code(answer) == "SUBGRAPH_ANSWER_TOO_LARGE"
    assert len(subgraphs["reviews"].requests) == 1


async def test_queries_are_tried_again_until_the_subgraph_is_back(front, subgraphs):
    calls = []

    async def twice_unwell(scope, body, send):
        calls.append(body)
        if len(calls) == 2:
            subgraphs["books"].misbehaviour = None
        await answering(503)(scope, body, send)

    subgraphs["books"].misbehaviour = twice_unwell

    assert await front.json(ONE) == {"data": {"book": {"title": "Book 1"}}}
    assert len(subgraphs["books"].requests) == 3


async def test_a_query_is_tried_again_when_the_connection_breaks(front, subgraphs):
    async def once_broken(scope, body, send):
        subgraphs["books"].misbehaviour = None
        await broken(scope, body, send)

    subgraphs["books"].misbehaviour = once_broken

    assert await front.json(ONE) == {"data": {"book": {"title": "Book 1"}}}


@pytest.mark.parametrize("misbehaviour", [answering(503), broken])
async def test_a_mutation_is_sent_once_whatever_happens(front, subgraphs, misbehaviour):
    subgraphs["books"].misbehaviour = misbehaviour

    answer = await front.json(ADD)

    assert answer["data"] is None
    assert len(subgraphs["books"].requests) == 1


async def test_a_refusal_of_the_subgraph_is_not_tried_again(front, subgraphs):
    subgraphs["books"].misbehaviour = answering(404, b"not here")

    answer = await front.json(ONE)

    assert code(answer) == "SUBGRAPH_HTTP_ERROR"
    assert len(subgraphs["books"].requests) == 1


async def test_errors_with_status_400_are_read_like_others(front, subgraphs):
    subgraphs["books"].misbehaviour = answering(
        400, b'{"errors":[{"message":"No such field","extensions":{"code":"BAD_FIELD"}}]}'
    )

    answer = await front.json(ONE)

    assert (answer["errors"][0]["message"], code(answer)) == ("No such field", "BAD_FIELD")


async def test_a_subgraph_that_keeps_failing_is_left_alone_and_then_tried(a_gateway, subgraphs):
    front = await a_gateway(subgraph_attempts=1, subgraph_failures=3, subgraph_rest_seconds=600)
    subgraphs["reviews"].misbehaviour = answering(500)
    codes = [code(await front.json(JOIN, id=str(n))) for n in range(5)]
    subgraphs["reviews"].behave()
    left_alone = code(await front.json(JOIN, id="6"))
    front.app._running.graphs.current.upstreams["reviews"].breaker._opened_at -= 600

    answer = await front.json(JOIN, id="7")

    assert codes == ["SUBGRAPH_HTTP_ERROR"] * 3 + ["SUBGRAPH_CIRCUIT_OPEN"] * 2
    assert left_alone == "SUBGRAPH_CIRCUIT_OPEN"
    assert answer == {"data": {"book": {"title": "Book 7", "rating": 4.5}}}
    assert len(subgraphs["reviews"].requests) == 1


async def test_the_same_query_at_the_same_time_is_sent_once(front, subgraphs):
    subgraphs["books"].delay_seconds = 1

    answers = await asyncio.gather(*(front.json(ONE) for _ in range(10)))

    assert answers == [{"data": {"book": {"title": "Book 1"}}}] * 10
    assert len(subgraphs["books"].requests) == 1


async def test_what_one_caller_asks_is_never_shared_with_another(front, subgraphs):
    subgraphs["books"].delay_seconds = 1
    query = '{ echo(text: "header:authorization") }'

    answers = await asyncio.gather(
        *(front.json(query, headers={"authorization": f"Bearer {n}"}) for n in range(5))
    )

    assert [answer["data"]["echo"] for answer in answers] == [f"Bearer {n}" for n in range(5)]
    assert len(subgraphs["books"].requests) == 5


async def test_mutations_are_never_shared(front, subgraphs):
    subgraphs["books"].delay_seconds = 0.1

    await asyncio.gather(*(front.json(ADD) for _ in range(5)))

    assert len(subgraphs["books"].requests) == 5


async def test_many_entities_are_fetched_in_batches(a_gateway, subgraphs):
    front = await a_gateway(batch_size=10)

    answer = await front.json("{ books(first: 25) { rating } }")

    sizes = [
        len(request.json["variables"]["representations"])
        for request in subgraphs["reviews"].requests
    ]
    assert answer == {"data": {"books": [{"rating": 4.5}] * 25}}
    assert sorted(sizes) == [5, 10, 10]


async def test_only_so_many_requests_are_under_way_and_the_others_wait(a_gateway, subgraphs):
    front = await a_gateway(subgraph_connections=3)
    subgraphs["books"].delay_seconds = 0.02

    answers = await asyncio.gather(*(front.json(JOIN, id=str(n)) for n in range(30)))

    assert [answer["data"]["book"]["title"] for answer in answers] == [
        f"Book {n}" for n in range(30)
    ]
    assert subgraphs["books"].most_under_way == 3


async def test_what_cannot_even_wait_is_refused_at_once(a_gateway, subgraphs):
    front = await a_gateway(subgraph_connections=1, subgraph_waiting=2)
    subgraphs["books"].delay_seconds = 0.2

    answers = await asyncio.gather(
        *(front.json("query($id: ID!) { book(id: $id) { title } }", id=str(n)) for n in range(6))
    )

    refused = [answer for answer in answers if "errors" in answer]
    assert {code(answer) for answer in refused} == {"SUBGRAPH_OVERLOADED"}
    assert len(refused) == 3


async def test_a_slow_subgraph_does_not_slow_down_the_others(a_gateway, subgraphs):
    front = await a_gateway(subgraph_connections=2, subgraph_seconds=120)
    subgraphs["reviews"].delay_seconds = 60
    slow = [asyncio.ensure_future(front.json(JOIN, id=str(n))) for n in range(20)]
    while len(subgraphs["reviews"].requests) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.01)

    started = time.monotonic()
    answers = await asyncio.gather(*(front.json("{ readers { name } }") for _ in range(20)))

    assert time.monotonic() - started < 50
    assert all("errors" not in answer for answer in answers)
    for each in slow:
        each.cancel()
    await asyncio.gather(*slow, return_exceptions=True)


async def test_connections_are_kept_and_used_again(front, subgraphs):
    for n in range(20):
        await front.json("query($id: ID!) { book(id: $id) { title } }", id=str(n))

    ports = {request.client for request in subgraphs["books"].requests}
    assert len(ports) == 1

"""Subscriptions from end to end: events of one subgraph, completed by another, over SSE and WebSocket."""

import asyncio
import json
from contextlib import asynccontextmanager

import aiohttp
import pytest
from gateway.tests.serving.issuer import Issuer

ADDED = "subscription { bookAdded(count: 2) { title rating } }"
TICK = "subscription { tick(seconds: 0.01) }"
EXPECTED = [{"data": {"bookAdded": {"title": f"Book {n}", "rating": 4.5}}} for n in range(2)]
EVENTS = {"accept": "text/event-stream"}


async def events(front, query, *, headers=None, until=None, **variables):
    """The events of a stream as (event, data), comments left out."""
    body = {"query": query, "variables": variables}
    found = []
    async with front.http.stream(
        "POST", "/graphql", json=body, headers={**EVENTS, **(headers or {})}
    ) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        event = None
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
            elif line.startswith("data:"):
                data = line.removeprefix("data:").strip()
                found.append((event, json.loads(data) if data else None))
                if until is not None and len(found) == until:
                    return found
    return found


@asynccontextmanager
async def socket(front, *, init=True, headers=None, payload=None, protocol="graphql-transport-ws"):
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(
            f"{front.url}/graphql", protocols=(protocol,), headers=headers or {}
        ) as opened,
    ):
        if init:
            await opened.send_json({"type": "connection_init", "payload": payload or {}})
            assert await opened.receive_json(timeout=60) == {"type": "connection_ack"}
        yield opened


async def close_code(opened) -> int:
    while (await opened.receive(timeout=60)).type is aiohttp.WSMsgType.TEXT:
        pass
    return opened.close_code


async def open_ones(front, number: int) -> None:
    """Wait until so many subscriptions are open."""
    async with asyncio.timeout(60):
        while await front.metric("gateway_subscriptions") != number:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def subscribe(key: str, query: str, **variables) -> dict:
    return {"id": key, "type": "subscribe", "payload": {"query": query, "variables": variables}}


async def test_events_come_completed_by_other_subgraphs_over_sse(front):
    assert await events(front, ADDED) == [
        *(("next", response) for response in EXPECTED),
        ("complete", None),
    ]


async def test_queries_and_refusals_can_be_streamed_too(front):
    assert await events(front, "{ book(id: 1) { title } }") == [
        ("next", {"data": {"book": {"title": "Book 1"}}}),
        ("complete", None),
    ]
    refused = await front.ask("{ nothing }", headers=EVENTS)
    assert refused.status_code == 400
    assert refused.headers["content-type"].startswith("application/json")


async def test_a_subscription_without_a_stream_is_refused(front):
    answer = await front.json(ADDED)

    assert answer["errors"][0]["extensions"]["code"] == "SUBSCRIPTION_NEEDS_STREAM"


async def test_when_the_client_leaves_the_subgraph_is_let_go(front):
    assert await events(front, TICK, until=3) == [("next", {"data": {"tick": n}}) for n in range(3)]

    await open_ones(front, 0)


async def test_a_failing_part_is_an_error_of_its_event_alone(front, subgraphs):
    async def once_unwell(scope, body, send):
        subgraphs["reviews"].misbehaviour = None
        await send({"type": "http.response.start", "status": 500, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    subgraphs["reviews"].misbehaviour = once_unwell

    [first, second, _] = await events(front, ADDED)

    assert first[1]["data"] == {"bookAdded": {"title": "Book 0", "rating": None}}
    assert first[1]["errors"][0]["extensions"]["code"] == "SUBGRAPH_HTTP_ERROR"
    assert second == ("next", EXPECTED[1])


async def test_a_subgraph_that_is_not_there_ends_the_stream_with_an_error(a_gateway, subgraphs):
    urls = {name: subgraph.url for name, subgraph in subgraphs.items()}
    front = await a_gateway(subgraph_urls={**urls, "books": "http://127.0.0.1:9/graphql"})

    [response, complete] = await events(front, ADDED)

    assert response[1]["errors"][0]["extensions"]["code"] == "SUBGRAPH_UNREACHABLE"
    assert complete == ("complete", None)


async def test_only_so_many_subscriptions_are_open_at_once(a_gateway):
    front = await a_gateway(max_subscriptions=1)
    first = asyncio.ensure_future(events(front, TICK))
    await open_ones(front, 1)

    [refused, _] = await events(front, TICK)

    assert refused[1]["errors"][0]["extensions"]["code"] == "OVERLOADED"
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)


async def test_a_stream_ends_with_the_token_it_was_opened_with(a_gateway, tmp_path):
    issuer = Issuer.in_folder(tmp_path)
    front = await a_gateway(**issuer.settings)

    found = await events(front, TICK, headers=issuer.bearer(seconds=3))

    assert found[0] == ("next", {"data": {"tick": 0}})
    assert found[-2][1]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert found[-1] == ("complete", None)


async def test_a_subscription_and_a_query_share_a_socket(front):
    async with socket(front) as opened:
        await opened.send_json(subscribe("a", ADDED))
        await opened.send_json(subscribe("b", "{ book(id: 1) { title } }"))
        messages = [await opened.receive_json(timeout=60) for _ in range(5)]

    assert [m for m in messages if m["id"] == "a"] == [
        *({"id": "a", "type": "next", "payload": response} for response in EXPECTED),
        {"id": "a", "type": "complete"},
    ]
    assert [m for m in messages if m["id"] == "b"] == [
        {"id": "b", "type": "next", "payload": {"data": {"book": {"title": "Book 1"}}}},
        {"id": "b", "type": "complete"},
    ]


async def test_what_is_completed_comes_no_more_and_its_id_is_free_again(front):
    async with socket(front) as opened:
        await opened.send_json(subscribe("a", TICK))
        assert (await opened.receive_json(timeout=60))["payload"] == {"data": {"tick": 0}}
        await opened.send_json({"id": "a", "type": "complete"})
        await opened.send_json({"type": "ping"})
        while (await opened.receive_json(timeout=60)).get("type") != "pong":
            pass
        await opened.send_json(subscribe("a", "{ __typename }"))
        again = await opened.receive_json(timeout=60)

    assert again == {"id": "a", "type": "next", "payload": {"data": {"__typename": "Query"}}}


async def test_a_refused_operation_leaves_the_socket_open(front):
    async with socket(front) as opened:
        await opened.send_json(subscribe("a", "{ nothing }"))
        refused = await opened.receive_json(timeout=60)
        await opened.send_json({"type": "ping"})

        assert (refused["id"], refused["type"]) == ("a", "error")
        assert refused["payload"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert await opened.receive_json(timeout=60) == {"type": "pong"}


@pytest.mark.parametrize(
    ("init", "messages", "code"),
    [
        (False, [subscribe("a", TICK)], 4401),
        (True, [{"type": "connection_init"}], 4429),
        (True, [subscribe("a", TICK), subscribe("a", TICK)], 4409),
        (True, [{"type": "nonsense"}], 4400),
        (True, [{"type": "subscribe", "id": "a"}], 4400),
        (True, [{"type": "subscribe", "payload": {"query": "{id}"}}], 4400),
        (True, [[]], 4400),
        (True, [subscribe(str(n), TICK) for n in range(101)], 4429),
    ],
)
async def test_a_client_that_breaks_the_protocol_is_told_by_the_close_code(
    front, init, messages, code
):
    async with socket(front, init=init) as opened:
        for message in messages:
            await opened.send_json(message)

        assert await close_code(opened) == code


async def test_text_that_is_no_json_closes_the_socket(front):
    async with socket(front) as opened:
        await opened.send_str("{")
        assert await close_code(opened) == 4400


async def test_another_subprotocol_is_not_spoken(front):
    async with socket(front, init=False, protocol="graphql-ws") as opened:
        assert await close_code(opened) == 4406


async def test_who_does_not_introduce_himself_is_sent_away(front, monkeypatch):
    monkeypatch.setattr("gateway.subscriptions.socket.INIT_SECONDS", 0.1)

    async with socket(front, init=False) as opened:
        assert await close_code(opened) == 4408


async def test_a_page_from_elsewhere_opens_no_socket(front):
    with pytest.raises(aiohttp.WSServerHandshakeError):
        async with socket(front, headers={"origin": "https://evil.test"}):
            pass

    async with socket(front, headers={"origin": front.url}):
        pass


async def test_a_socket_is_opened_with_a_token_in_its_first_message(a_gateway, tmp_path):
    issuer = Issuer.in_folder(tmp_path)
    front = await a_gateway(**issuer.settings, token_required=True)

    async with socket(front, payload={"Authorization": issuer.bearer()["authorization"]}) as opened:
        await opened.send_json(subscribe("a", "{ ledger }"))
        assert (await opened.receive_json(timeout=60))["payload"] == {"data": {"ledger": ["entry"]}}
    async with socket(front, init=False) as opened:
        await opened.send_json(
            {"type": "connection_init", "payload": {"authorization": "Bearer x"}}
        )
        assert await close_code(opened) == 4403


async def test_streams_end_when_the_gateway_drains(a_gateway):
    front = await a_gateway()
    stream = asyncio.ensure_future(events(front, TICK))
    async with socket(front) as opened:
        await opened.send_json(subscribe("a", TICK))
        await opened.receive_json(timeout=60)
        await open_ones(front, 2)

        front.app.drain()

        assert await close_code(opened) == 1001
    assert (await stream)[-1] == ("complete", None)
    assert (await front.http.get("/readyz")).status_code == 503
    assert (await front.http.get("/livez")).status_code == 200


async def test_what_runs_over_a_socket_is_counted_like_everything_else(a_gateway):
    front = await a_gateway()

    async with socket(front) as opened:
        await opened.send_json(subscribe("1", "query Shelf { book(id: 1) { title } }"))
        while (await opened.receive_json(timeout=60))["type"] != "complete":
            pass
        await opened.send_json(subscribe("2", "query Wrong { nothing }"))
        assert (await opened.receive_json(timeout=60))["type"] == "error"

    assert await front.metric('gateway_requests_total{operation="Shelf",outcome="streamed"}') == 1
    refused = 'operation="refused",outcome="GRAPHQL_VALIDATION_FAILED"'
    assert await front.metric(f"gateway_requests_total{{{refused}}}") == 1

"""Entity fetches: each entity once, in batches, in the order of the plan; long answers in pieces."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from federated.gateway import ask
from federated.suites import Suite
from graphql import parse

from gateway.execution import SubgraphRequest, execute
from gateway.execution.merging import merge_in_turn
from gateway.execution.pacing import Pace
from gateway.planning import plan_operation
from gateway.supergraph import Supergraph

LONGEST_TURN_SECONDS = 0.010


def representations(request: SubgraphRequest) -> list[Any]:
    return list(request.variables["representations"])


class Many:
    """Books without end, by two writers in turn."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.requests: list[SubgraphRequest] = []

    async def __call__(self, request: SubgraphRequest) -> Mapping[str, Any]:
        self.requests.append(request)
        await asyncio.sleep(0)
        if request.subgraph == "books":
            books = [{"id": str(n), "writer": {"id": f"w{n % 2}"}} for n in range(self.number)]
            return {"data": {request.query.split(":")[0].strip("{ "): books}}
        if request.subgraph == "reviews":
            reviews = [{"text": "a"}, {"text": "b"}]
            given = representations(request)
            return {"data": {"_entities": [{"stars": 1, "reviews": reviews} for _ in given]}}
        return {"data": {"_entities": [{"name": r["id"]} for r in representations(request)]}}


async def test_an_entity_that_stands_in_many_places_is_asked_for_once(supergraph, library: Suite):
    subgraphs = library.subgraphs()

    answer = await ask(supergraph, subgraphs, "{ books { writer { name } } }")

    assert [b["writer"]["name"] for b in answer["data"]["books"]] == ["Ann", "Ben", "Ann"]
    assert representations(subgraphs.log[1]) == [
        {"__typename": "Writer", "id": "w1"},
        {"__typename": "Writer", "id": "w2"},
    ]


async def test_places_that_need_the_same_share_a_request(supergraph, library: Suite):
    subgraphs = library.subgraphs()
    query = "{ books { writer { name } } book(id: 2) { writer { name } } }"

    answer = await ask(supergraph, subgraphs, query)

    assert answer["data"]["book"] == {"writer": {"name": "Ben"}}
    assert [request.subgraph for request in subgraphs.log] == ["books", "writers"]


async def test_large_entity_fetches_are_split(supergraph: Supergraph):
    many = Many(1_050)

    answer = await ask(supergraph, many, "{ books(first: 9) { stars } }", {}, batch_size=500)

    assert answer == {"data": {"books": [{"stars": 1}] * 1_050}}
    sizes = [len(representations(r)) for r in many.requests if r.subgraph == "reviews"]
    assert sizes == [500, 500, 50]


async def test_nothing_is_asked_of_a_subgraph_for_no_entities(supergraph: Supergraph):
    many = Many(0)

    answer = await ask(supergraph, many, "{ books(first: 9) { stars writer { name } } }")

    assert answer == {"data": {"books": []}}
    assert [request.subgraph for request in many.requests] == ["books"]


async def test_a_plan_that_is_run_often_answers_as_at_first(supergraph, library: Suite):
    query = "{ any { __typename id ... on Book { title shelf { code } writer { name born } } } }"
    plan = plan_operation(supergraph, parse(query), None, {})
    book = {"title": "One", "shelf": {"code": "s"}, "writer": {"name": "Ann", "born": 1900}}

    answers = [await execute(plan, {}, library.subgraphs()) for _ in range(30)]

    assert [a.errors for a in answers] == [[]] * 30
    assert [a.data for a in answers] == [{"any": {"__typename": "Book", "id": "1", **book}}] * 30
    assert [list(a.data["any"]) for a in answers] == [["__typename", "id", *book]] * 30


async def test_a_long_answer_never_keeps_others_waiting(supergraph: Supergraph):
    query = "{ books(first: 9) { id stars reviews { text } writer { id name } } }"
    turns: list[float] = []

    async def watch() -> None:
        while True:
            began = time.thread_time()
            await asyncio.sleep(0)
            turns.append(time.thread_time() - began)

    await ask(supergraph, Many(10), query)
    watching = asyncio.create_task(watch())
    answer = await ask(supergraph, Many(1_000), query)
    watching.cancel()

    assert len(answer["data"]["books"]) == 1_000
    assert max(turns) < LONGEST_TURN_SECONDS


async def test_merging_long_lists_by_position_gives_way_to_others(monkeypatch):
    monkeypatch.setattr("gateway.execution.pacing.LONGEST_SECONDS", 0)
    names = [{"name": f"Book {n}"} for n in range(10_000)]
    known = {"page": {"items": [{"id": n} for n in range(10_000)]}}
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.ensure_future(others())
    await merge_in_turn(known, {"page": {"items": names}}, Pace())
    task.cancel()

    assert known["page"]["items"] == [{"id": n, "name": f"Book {n}"} for n in range(10_000)]
    assert turns > 100

"""The supergraph file is taken in anew while the gateway runs; a broken one is refused."""

import asyncio
import os

import pytest
from gateway.tests.serving.conftest import SUPERGRAPH

GOOD = SUPERGRAPH.read_text(encoding="utf-8")
RENAMED = GOOD.replace(
    "  old: String @join__field(graph: BOOKS)", "  older: String @join__field(graph: BOOKS)"
)


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.watching.LOOK_SECONDS", 0.02)
    path = tmp_path / "supergraph.graphql"
    path.write_text(GOOD)
    return path


def replace(file, text: str) -> None:
    """As deployments do it: a whole new file under the old name."""
    new = file.with_suffix(".new")
    new.write_text(text)
    os.replace(new, file)


async def until(front, line: str, value: float) -> None:
    async with asyncio.timeout(100):
        while await front.metric(line) < value:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def fields_of(answer) -> set[str]:
    return {field["name"] for field in answer["data"]["__type"]["fields"]}


async def test_a_new_file_is_taken_in_without_losing_a_request(a_gateway, file):
    front = await a_gateway(supergraph=file)
    query = '{ __type(name: "Book") { fields(includeDeprecated: true) { name } } }'
    before = await front.json(query)

    async def ask_on(answers):
        while True:
            answers.append(await front.json("{ books(first: 1) { title } }"))

    asking: list[dict] = []
    task = asyncio.ensure_future(ask_on(asking))
    while not asking:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    replace(file, RENAMED)
    await until(front, 'gateway_supergraph_loads_total{outcome="taken in"}', 2)
    after = await front.json(query)
    task.cancel()

    assert "old" in fields_of(before)
    assert "older" in fields_of(after)
    assert "old" not in fields_of(after)
    assert all(answer == {"data": {"books": [{"title": "Book 0"}]}} for answer in asking)


@pytest.mark.parametrize(
    "broken", ["", "type Query { a: Int", "type Query { a: Int }", GOOD[: len(GOOD) // 2], "\x00"]
)
async def test_a_broken_file_is_refused_and_the_old_one_stays(a_gateway, file, broken):
    front = await a_gateway(supergraph=file)

    replace(file, broken)
    await until(front, 'gateway_supergraph_loads_total{outcome="refused"}', 1)

    assert await front.json("{ book(id: 1) { old } }") == {"data": {"book": {"old": "old"}}}
    assert (await front.http.get("/readyz")).status_code == 200
    replace(file, RENAMED)
    await until(front, 'gateway_supergraph_loads_total{outcome="taken in"}', 2)


async def test_a_file_that_vanishes_changes_nothing(a_gateway, file):
    front = await a_gateway(supergraph=file)

    file.unlink()
    await until(front, 'gateway_supergraph_loads_total{outcome="refused"}', 1)

    assert "errors" not in await front.json("{ book(id: 1) { title } }")


async def test_connections_outlive_a_new_file(a_gateway, file, subgraphs):
    front = await a_gateway(supergraph=file)
    await front.json("{ book(id: 1) { title } }")
    replace(file, RENAMED)
    await until(front, 'gateway_supergraph_loads_total{outcome="taken in"}', 2)
    await front.json("{ book(id: 2) { title } }")

    assert len({request.client for request in subgraphs["books"].requests}) == 1

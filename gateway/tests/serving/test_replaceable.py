"""The supergraph file is the standard one: another gateway in our place gives the same answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from gateway.tests.serving import node
from gateway.tests.serving.conftest import SUPERGRAPH

from local.ports import free_port

APOLLO = Path(__file__).parents[3] / "bench" / "gateway" / "apollo"
COMMITTED = Path(__file__).parents[2] / "supergraph.graphql"
OPEN = SUPERGRAPH.with_name("open.graphql")

QUERIES = [
    "{ books(first: 3) { id title reviews(first: 1) { stars author { name email } } rating } }",
    "query($id: ID! = 4) { one: book(id: $id) { ...B } two: book(id: 5) { ...B r: rating } }"
    " fragment B on Book { title reviews { id author { id } } }",
    "{ me { name salary } readers { __typename id } }",
    '{ book(id: "none") { title rating } __typename }',
    'mutation { addBook(title: "New") { id title rating } }',
    "{ broken me { id } }",
    '{ __type(name: "Review") { name fields { name type { kind ofType { name } } } } }',
    "query($no: Boolean = false) { books { id @skip(if: true) title @include(if: $no) rating } }",
]


@asynccontextmanager
async def apollo_serving(file: Path) -> AsyncIterator[str]:
    """Where @apollo/gateway answers for the file."""
    port = free_port()
    await node.install(APOLLO)
    process = await asyncio.create_subprocess_exec(
        *(node.NODE, str(APOLLO / "serve.mjs"), str(port), str(file)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert (await process.stdout.readline()).startswith(b"ready")
    yield f"http://127.0.0.1:{port}/graphql"
    process.terminate()
    await process.wait()


@pytest.fixture(scope="module")
async def apollo(running_subgraphs, tmp_path_factory) -> AsyncIterator[str]:
    """@apollo/gateway with the same file and the same subgraphs."""
    text = OPEN.read_text(encoding="utf-8")
    for name, subgraph in running_subgraphs.items():
        text = text.replace(f"http://{name}.invalid/graphql", subgraph.url)
    file = tmp_path_factory.mktemp("apollo") / "supergraph.graphql"
    file.write_text(text)
    async with apollo_serving(file) as url:
        yield url


@pytest.mark.parametrize("query", QUERIES)
async def test_apollo_gateway_gives_the_same_answer(front, apollo, query):
    ours = await front.json(query)
    async with httpx.AsyncClient(timeout=60) as http:
        theirs = (await http.post(apollo, json={"query": query})).json()

    assert ours["data"] == theirs["data"]
    assert len(ours.get("errors", [])) == len(theirs.get("errors", []))


async def test_the_supergraph_we_commit_runs_in_apollo_gateway_and_means_the_same(a_gateway):
    query = "{ __schema { queryType { fields { name args { name } } } types { name kind } } }"
    front = await a_gateway(supergraph=COMMITTED, subgraph_urls={})

    ours = await front.json(query)
    async with apollo_serving(COMMITTED) as url, httpx.AsyncClient(timeout=60) as http:
        theirs = (await http.post(url, json={"query": query})).json()

    assert shape(ours) == shape(theirs)


def shape(answer: dict) -> tuple[list, list]:
    schema = answer["data"]["__schema"]
    fields = [(each["name"], each["args"]) for each in schema["queryType"]["fields"]]
    types = [(each["name"], each["kind"]) for each in schema["types"]]
    return sorted(fields, key=str), sorted(each for each in types if each[0][:2] != "__")

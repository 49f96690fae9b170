"""A field moves from one subgraph to another for some of the requests."""

from collections.abc import AsyncIterator

import httpx
import pytest
from federated.cases import Part
from federated.composition import APOLLO, OWN, compose_many
from federated.http import Behind
from gateway.tests.serving.servers import served
from pydantic import ValidationError

from gateway.overrides import Overrides
from gateway.serving.app import Gateway
from gateway.settings import Settings

OLD = Part(
    'type Query { thing: Thing } type Thing @key(fields: "id") { id: ID! a: String b: String }',
    {"Query": {"thing": {"id": "1", "a": "old", "b": "old"}}},
    {"Thing": [{"id": "1", "a": "old", "b": "old"}]},
)
NEW = Part(
    """
    type Thing @key(fields: "id") {
      id: ID!
      a: String @override(from: "old", label: "percent(50)")
      b: String @override(from: "old", label: "beta")
    }
    """,
    {},
    {"Thing": [{"id": "1", "a": "new", "b": "new"}]},
)
PARTS = {"old": OLD, "new": NEW}


@pytest.fixture(params=[OWN, APOLLO], ids=["ours", "apollo"])
async def file(request, tmp_path) -> AsyncIterator[str]:
    [sdl] = compose_many([{name: p.link + p.sdl for name, p in PARTS.items()}], request.param)
    async with served(Behind({name: part.subgraph() for name, part in PARTS.items()})) as url:
        for name in PARTS:
            sdl = sdl.replace(f"http://{name}.test/graphql", f"{url}/{name}")
        path = tmp_path / "supergraph.graphql"
        path.write_text(sdl)
        yield path


async def thing(file, headers=None, **settings):
    given = Settings(supergraph=file, auth=False, environment="local", **settings)
    async with served(Gateway(given)) as url, httpx.AsyncClient(base_url=url, timeout=60) as http:
        body = {"query": "{ thing { a b } }"}
        answers = [await http.post("/graphql", json=body, headers=headers) for _ in range(60)]
    return [answer.json()["data"]["thing"] for answer in answers]


async def test_a_percentage_is_thrown_for_each_request_of_a_stranger(file):
    found = await thing(file)

    assert {each["a"] for each in found} == {"old", "new"}
    assert {each["b"] for each in found} == {"old"}


async def test_labels_are_turned_on_by_settings_and_by_a_header_that_is_allowed(file):
    by_settings = await thing(file, override_labels="beta")
    by_header = await thing(file, {"x-labels": "percent(50), beta"}, override_header="X-Labels")
    not_allowed = await thing(file, {"x-labels": "percent(50), beta"})

    assert {each["b"] for each in by_settings} == {"new"}
    assert by_header == [{"a": "new", "b": "new"}] * 60
    assert {each["b"] for each in not_allowed} == {"old"}


def test_a_known_caller_always_falls_on_the_same_side_and_shares_are_met():
    overrides = Overrides({"beta": 25})
    labels = frozenset({"percent(10)", "percent(60)", "beta", "percent(0)", "percent(100)"})
    nothing = frozenset[str]()

    sides = [overrides.on(labels, nothing, f"subject {n}") for n in range(2_000)]

    assert sides == [overrides.on(labels, nothing, f"subject {n}") for n in range(2_000)]
    assert 150 < sum("percent(10)" in side for side in sides) < 250
    assert 1_100 < sum("percent(60)" in side for side in sides) < 1_300
    assert 420 < sum("beta" in side for side in sides) < 580
    assert all("percent(60)" in side for side in sides if "percent(10)" in side)
    assert all("percent(100)" in side and "percent(0)" not in side for side in sides)


def test_a_share_is_a_percentage(tmp_path):
    with pytest.raises(ValidationError, match="from 0 to 100"):
        Settings(supergraph=tmp_path, auth=False, override_labels="beta=120")

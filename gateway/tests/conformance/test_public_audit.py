"""The suites of the public federation gateway audit, composed by two libraries, asked as it asks."""

from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path

import httpx
import pytest
from federated.composition import APOLLO, OWN, compose_many
from federated.gateway import ask
from federated.http import Behind
from federated.suites import AUDIT, Suite, find_suites
from gateway.tests.serving.servers import served

from gateway.serving.app import Gateway
from gateway.settings import Settings
from gateway.supergraph import Supergraph

SUITES = {suite.name: suite for suite in find_suites(AUDIT)}
# What this library makes of these suites it refuses, or gives another type than the audit asks for.
NOT_BY_OUR_COMPOSITION = {"requires_with_fragments", "union_intersection"}


@cache
def composed(composition: Path) -> dict[str, str]:
    """The supergraph of each suite that composes."""
    made = compose_many([suite.sdls() for suite in SUITES.values()], composition)
    return {name: sdl for name, sdl in zip(SUITES, made, strict=True) if isinstance(sdl, str)}


@pytest.fixture(scope="module")
async def subgraphs() -> AsyncIterator[str]:
    """The address of all subgraphs."""
    behind = Behind(
        {
            f"{suite.name}/{name}": part.subgraph()
            for suite in SUITES.values()
            for name, part in suite.parts.items()
        }
    )
    async with served(behind) as url:
        yield url


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
async def test_a_suite_composed_by_apollo_is_answered_over_http(
    suite: Suite, subgraphs: str, tmp_path: Path
):
    file = tmp_path / "supergraph.graphql"
    sdl = composed(APOLLO)[suite.name]
    for name in suite.parts:
        sdl = sdl.replace(f"http://{name}.test/graphql", f"{subgraphs}/{suite.name}/{name}")
    file.write_text(sdl)
    settings = Settings(supergraph=file, auth=False, environment="local")

    async with (
        served(Gateway(settings)) as url,
        httpx.AsyncClient(base_url=url, timeout=60) as http,
    ):
        for case in suite.cases:
            asked = {"query": case.query}
            answer = (await http.post("/graphql", json=asked, headers=as_the_audit())).json()

            assert answer.get("data") == case.data, case.name
            assert bool(answer.get("errors")) == case.errors, (case.name, answer)


def as_the_audit() -> dict[str, str]:
    return {"accept": "application/json"}


@pytest.mark.parametrize("name", sorted(SUITES.keys() - NOT_BY_OUR_COMPOSITION))
async def test_a_suite_composed_by_us_is_answered_with_no_fetch_too_many(name: str):
    suite, supergraph = SUITES[name], Supergraph.from_sdl(composed(OWN)[name])

    for case in suite.cases:
        asked = suite.subgraphs()
        answer = await ask(supergraph, asked, case.query, case.variables)

        assert answer.get("data") == case.data, case.name
        assert bool(answer.get("errors")) == case.errors, (case.name, answer)
        if case.fetches is not None:
            assert [each.subgraph for each in asked.log] == list(case.fetches), case.name

"""Whatever JSON subgraphs answer with: an answer of the schema's shape, and no exception."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from federated.gateway import generate_all
from federated.suites import Suite, find_suite
from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    is_leaf_type,
    parse,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.execution import SubgraphRequest, execute
from gateway.planning import plan_operation

QUERY = """{
  books(first: 2) { id title writer { name born } reviews { text by { name } } shelf { code } }
  any { __typename id ... on Book { title stars } }
  writers { name }
}"""
LIBRARY = find_suite("library")
SUPERGRAPH = LIBRARY.supergraph()
PLANS = {often: plan_operation(SUPERGRAPH, parse(QUERY), None, {}) for often in (False, True)}

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4)
)
keys = st.sampled_from(
    ["data", "errors", "path", "message", "_entities", "id", "title", "__typename", "writer"]
)
garbage = st.recursive(
    scalars | st.sampled_from(["Book", "Writer", "_entities"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


class Spoiling:
    """Answers rightly, then puts garbage at one place of the answer."""

    def __init__(self, suite: Suite, victim: int, route: list[int], rubbish: Any) -> None:
        self.subgraphs = suite.subgraphs()
        self.victim, self.route, self.rubbish = victim, route, rubbish
        self.asked = 0

    async def __call__(self, request: SubgraphRequest) -> Mapping[str, Any]:
        answer = dict(await self.subgraphs(request))
        self.asked += 1
        return spoiled(answer, self.route, self.rubbish) if self.asked == self.victim else answer


def spoiled(value: Any, route: list[int], rubbish: Any) -> Any:
    """The value with what the route leads to replaced; a route that ends early replaces more."""
    if isinstance(value, dict) and value and route:
        key = list(value)[route[0] % len(value)]
        return {**value, key: spoiled(value[key], route[1:], rubbish)}
    if isinstance(value, list) and value and route:
        place = route[0] % len(value)
        return [*value[:place], spoiled(value[place], route[1:], rubbish), *value[place + 1 :]]
    return rubbish


def fits(schema: GraphQLSchema, type_: Any, value: Any) -> bool:
    """Whether a value could be an answer of this type, as far as its kind and its nulls go."""
    if isinstance(type_, GraphQLNonNull):
        return value is not None and fits(schema, type_.of_type, value)
    if value is None:
        return True
    if isinstance(type_, GraphQLList):
        return isinstance(value, list) and all(fits(schema, type_.of_type, v) for v in value)
    if is_leaf_type(type_):
        wanted = {"Int": int, "String": str, "ID": str}[type_.name]
        return type(value) is wanted
    concrete = schema.type_map[value["__typename"]] if "__typename" in value else type_
    assert isinstance(concrete, GraphQLObjectType)
    return all(
        fits(schema, concrete.fields[key].type, each)
        for key, each in value.items()
        if key != "__typename"
    )


@pytest.fixture(scope="module", autouse=True)
async def one_plan_is_run_often() -> None:
    await execute(PLANS[True], {}, LIBRARY.subgraphs())
    generate_all(PLANS[True])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    victim=st.integers(1, 6),
    route=st.lists(st.integers(0, 7), min_size=1, max_size=7),
    rubbish=garbage,
    often=st.booleans(),
)
def test_garbage_anywhere_in_an_answer_costs_at_most_what_it_stands_for(
    victim: int, route: list[int], rubbish: Any, often: bool
):
    spoiling = Spoiling(LIBRARY, victim, route, rubbish)

    result = asyncio.run(execute(PLANS[often], {}, spoiling))

    query_type = SUPERGRAPH.api_schema.query_type
    assert result.data is None or fits(SUPERGRAPH.api_schema, query_type, result.data)
    assert all(isinstance(error["message"], str) for error in result.errors)
    assert result.data is not None or result.errors

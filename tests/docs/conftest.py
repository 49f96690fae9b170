from pathlib import Path

import pytest
from graphql import GraphQLSchema

from channel.app import channel
from gateway.supergraph import Supergraph
from kit.openapi import rest_api
from loyalty.vouchers.rest import till

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def graph() -> GraphQLSchema:
    """The graph as front ends see it."""
    return Supergraph.from_sdl((ROOT / "gateway" / "supergraph.graphql").read_text()).api_schema


@pytest.fixture(scope="session")
def api() -> dict:
    """What the partner API says of itself."""
    routers = [*channel.routers, till.router]
    return rest_api(channel.title, channel.summary, routers).openapi()

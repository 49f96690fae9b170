"""What every test may ask for: real PostgreSQL and real NATS, one of each per test process.

The packages are imported before pytest takes the folders of the same name for them.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

import campaign
import channel
import customer
import gateway
import kit
import local
import loyalty
from local.fleeting import fleeting_folder
from local.nats import NatsServer
from local.postgres import PostgresServer

__all__ = ["campaign", "channel", "customer", "gateway", "kit", "local", "loyalty"]

# Time says nothing about rightness, least of all on a machine that runs other tests meanwhile. The
# same examples each time, so that a change fails for what it changes; hunting tries others.
settings.register_profile("hunting", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("patient", settings.get_profile("hunting"), derandomize=True)
settings.load_profile("patient")

pytest_plugins = ["kit.testing.fixtures"]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """In memory if it fits: a database for each test is a thousand files that soon go again."""
    with fleeting_folder() as folder, PostgresServer(folder / "postgres", fsync=False) as server:
        yield server


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    with NatsServer(tmp_path_factory.mktemp("nats")) as server:
        yield server

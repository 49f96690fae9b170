"""pytest fixtures for every service: each conftest only has to say which `service` it is.

The root conftest provides `postgres_server` and `nats_server`, real ones.
"""

import base64
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from kit.app import Running, Service
from kit.settings import Settings
from kit.testing.databases import Databases, Server
from kit.testing.harness import KEY, KEY_ID, Harness
from kit.testing.issuer import AUDIENCE, ISSUER, Issuer


@pytest.fixture(scope="session")
async def databases(postgres_server: Server) -> AsyncIterator[Databases]:
    databases = Databases(postgres_server)
    yield databases
    await databases.close()


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    return Issuer(tmp_path_factory.mktemp("issuer"))


@pytest.fixture
async def database_name(databases: Databases, service: Service) -> AsyncIterator[str]:
    name = await databases.clone_for(service)
    yield name
    await databases.drop(name)


@pytest.fixture
def settings(databases: Databases, database_name: str, issuer: Issuer) -> Settings:
    return Settings(
        environment="local",
        database_url=SecretStr(databases.server.url(database_name)),
        nats_url=SecretStr("nats://127.0.0.1:1"),
        oidc_issuer=ISSUER,
        oidc_audience=AUDIENCE,
        oidc_jwks_url=issuer.jwks_url,
        gateway_signature_keys={KEY_ID: SecretStr(base64.b64encode(KEY).decode())},
        database_pool_size=20,
        drain_seconds=2,
    )


@pytest.fixture
async def harness(service: Service, settings: Settings, issuer: Issuer) -> AsyncIterator[Harness]:
    """The service at work, without its worker."""
    running = Running(service, settings, works=False)
    await running.start()
    harness = Harness(running, issuer)
    yield harness
    await harness.close()

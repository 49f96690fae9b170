"""What a bench stands on: durable PostgreSQL and NATS of its own, thrown away afterwards."""

import base64
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from pydantic import SecretStr

from kit.app import Running, Service
from kit.settings import Settings
from kit.testing.harness import KEY, KEY_ID
from kit.testing.issuer import AUDIENCE, ISSUER, Issuer
from local.nats import NatsServer
from local.ports import free_port
from local.postgres import PostgresServer


@contextmanager
def servers() -> Iterator[tuple[PostgresServer, NatsServer]]:
    """Both as `./just up` runs them: every commit and every acknowledgement is on disk."""
    with tempfile.TemporaryDirectory(prefix="octoreach-bench-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        with PostgresServer(place / "postgres") as postgres, NatsServer(place / "nats") as nats:
            yield postgres, nats


def environment_of(database_url: str, broker: NatsServer, issuer: Issuer) -> dict[str, str]:
    """What a service is told that runs as a process of its own."""
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "NATS_URL": broker.url,
        "OIDC_ISSUER": ISSUER,
        "OIDC_AUDIENCE": AUDIENCE,
        "OIDC_JWKS_URL": issuer.jwks_url,
        "ENVIRONMENT": "local",
        "LOG_LEVEL": "warning",
        "GATEWAY_SIGNATURE_KEYS": "bench:" + base64.b64encode(b"bench").decode(),
    }


@contextmanager
def service(
    name: str, postgres: PostgresServer, broker: NatsServer, issuer: Issuer
) -> Iterator[str]:
    """One service that serves and does not work, on a database of its own: the graph's URL."""
    environment = {
        **environment_of(postgres.create_database(name), broker, issuer),
        "DATABASE_POOL_SIZE": "20",
        "HOST": "127.0.0.1",
        "PORT": str(free_port()),
    }
    program = [sys.executable, "-m", name]
    subprocess.run([*program, "migrate"], env=environment, check=True)  # noqa: S603
    process = subprocess.Popen([*program, "serve"], env=environment)  # noqa: S603
    url = f"http://127.0.0.1:{environment['PORT']}"
    try:
        _until_it_answers(url)
        yield f"{url}/graphql"
    finally:
        process.terminate()
        process.wait()


def _until_it_answers(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/livez")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"{url} does not answer")


@contextmanager
def platform(folder: Path, port_base: int) -> Iterator[None]:
    """The whole platform as `./just up` runs it, in `folder`, stopped afterwards."""
    folder.chmod(0o755)
    _local("up", "--detach", "--port-base", str(port_base), "--folder", str(folder))
    try:
        yield
    finally:
        _local("down", "--folder", str(folder))


def _local(*arguments: str) -> None:
    subprocess.run(  # noqa: S603
        [sys.executable, "-m", "local", *arguments], check=True, stdout=sys.stderr
    )


def working(service: Service, url: str, broker: NatsServer, issuer: Issuer) -> Running:
    """A service with its worker in this process, on a database that is laid out already."""
    os.environ["ENVIRONMENT"] = "local"  # what a service is told besides is read from there
    settings = Settings(
        environment="local",
        database_url=SecretStr(url),
        nats_url=SecretStr(broker.url),
        oidc_issuer=ISSUER,
        oidc_audience=AUDIENCE,
        oidc_jwks_url=issuer.jwks_url,
        gateway_signature_keys={KEY_ID: SecretStr(base64.b64encode(KEY).decode())},
        drain_seconds=2,
    )
    return Running(service, settings, works=True)

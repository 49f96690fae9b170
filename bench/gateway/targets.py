"""What is measured: our gateway with everything on, @apollo/gateway, the hard-coded server."""

import base64
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import orjson
import psutil
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from local.node import NODE, install

HERE = Path(__file__).parent
SUBGRAPHS = ("products", "reviews", "stock")
ISSUER = "https://issuer.bench.test"


class Target(NamedTuple):
    """A running server and its process."""

    url: str
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """Time on a core, of all threads and child processes, to the nanosecond (Linux)."""
        return sum(self.cpu_seconds_each())

    def cpu_seconds_each(self) -> list[float]:
        """The same by process."""
        return [
            sum(
                int(thread.read_text().split()[0])
                for thread in Path(f"/proc/{each.pid}/task").glob("*/schedstat")
            )
            / 1e9
            for each in (self.process, *self.process.children(recursive=True))
        ]


class Stage(NamedTuple):
    """Everything that runs, and the token that clients send."""

    targets: Mapping[str, Target]
    token: str


@contextmanager
def staged(*names: str, processes: int = 1) -> Iterator[Stage]:
    """The subgraphs and the named targets, on free ports, until the block ends."""
    with TemporaryDirectory(prefix="gateway-bench-") as folder, ExitStack() as stack:
        place = Path(folder)
        urls = stack.enter_context(_subgraphs())
        supergraph = _supergraph(place, urls)
        token = _token(place)
        targets: dict[str, Target] = {}
        for name in names:
            port = free_port()
            command, environment = _command(name, port, supergraph, place, urls, processes)
            process = stack.enter_context(running(command, environment))
            wait_for(port)
            targets[name] = Target(f"http://127.0.0.1:{port}/graphql", psutil.Process(process.pid))
        yield Stage(targets, token)


def _command(
    name: str, port: int, supergraph: Path, place: Path, urls: Mapping[str, str], processes: int
) -> tuple[list[str], dict[str, str]]:
    if name == "gateway":
        secret = base64.b64encode(secrets.token_bytes(32)).decode()
        given = [
            "--supergraph",
            str(supergraph),
            "--port",
            str(port),
            "--processes",
            str(processes),
        ]
        return [sys.executable, "-m", "gateway", "serve", *given], {
            **issuer(place),
            "GATEWAY_SIGNATURE_KEYS": f"bench:{secret}",
            "RATE_PER_SECOND": "1000000",
            "RATE_BURST": "1000000",
            "LOG_LEVEL": "warning",
        }
    if name == "apollo":
        install(HERE / "apollo")
        serve = str(HERE / "apollo" / "serve.mjs")
        return [NODE, serve, str(port), str(supergraph)], {"NODE_ENV": "production"}
    pairs = [f"{subgraph}={url}" for subgraph, url in urls.items()]
    return [sys.executable, "-m", "bench.gateway.hardcoded", name, str(port), *pairs], issuer(place)


def issuer(place: Path) -> dict[str, str]:
    return {
        "OIDC_ISSUER": ISSUER,
        "OIDC_AUDIENCE": "bench",
        "OIDC_JWKS_URL": (place / "jwks.json").as_uri(),
    }


@contextmanager
def _subgraphs() -> Iterator[dict[str, str]]:
    ports = {name: free_port() for name in SUBGRAPHS}
    pairs = [f"{name}={port}" for name, port in ports.items()]
    with running([sys.executable, "-m", "bench.gateway.subgraphs", *pairs], {}):
        for port in ports.values():
            wait_for(port)
        yield {name: f"http://127.0.0.1:{port}/graphql" for name, port in ports.items()}


def _supergraph(place: Path, urls: Mapping[str, str]) -> Path:
    text = (HERE / "supergraph.graphql").read_text(encoding="utf-8")
    for name, url in urls.items():
        text = text.replace(f"http://{name}.invalid/graphql", url)
    file = place / "supergraph.graphql"
    file.write_text(text, encoding="utf-8")
    return file


def _token(place: Path) -> str:
    key = ECKey.generate_key("P-256", {"kid": "bench", "alg": "ES256", "use": "sig"})
    keys = KeySet([key]).as_dict(private=False)
    (place / "jwks.json").write_bytes(orjson.dumps(keys))
    claims = {
        "iss": ISSUER,
        "aud": "bench",
        "sub": "somebody",
        "scope": "read",
        "exp": int(time.time()) + 3600,
    }
    return jwt.encode({"alg": "ES256", "kid": "bench"}, claims, key)


@contextmanager
def running(
    command: list[str], environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(  # noqa: S603
        command, env={**os.environ, **environment}, stdout=sys.stderr
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(port: int, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)

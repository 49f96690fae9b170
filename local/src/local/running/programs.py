"""The programs of the platform: how each is started, when it is ready, how it is stopped."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from local.folder import CHECKOUT, Folder
from local.nats import NatsServer
from local.ports import HOST
from local.running import guard
from local.running.databases import database_url, postgres_server
from local.running.plan import AUDIENCE, SERVICES, Plan
from local.spawn import Account

SUPERGRAPH = CHECKOUT / "gateway" / "supergraph.graphql"


def _nothing() -> None: ...


def _always() -> bool:
    return True


def _nobody() -> Account | None:
    return None


@dataclass(frozen=True)
class Program:
    """One process that the keeper keeps."""

    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    is_ready: Callable[[], bool] = _always
    prepare: Callable[[], None] = _nothing
    """Before every start."""
    first: list[str] | None = None
    """A command that must succeed once, before the first start."""
    advice: str = ""
    """What a person may do when it does not start."""
    port: int | None = None
    """Where it listens."""
    account: Callable[[], Account | None] = _nobody
    reaching: Path = Path("/")


def answers(port: int, path: str) -> bool:
    """Whether an HTTP server says 200."""
    connection = HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def keeper_command(folder: Folder) -> list[str]:
    return [sys.executable, "-m", "local.running.keeper", str(folder.path)]


def guard_program(folder: Folder) -> Program:
    files = [str(folder.lock), str(folder.stopping), str(folder.log("keeper"))]
    script = [sys.executable, "-I", "-S", str(Path(guard.__file__))]
    return Program("guard", [*script, *files, *keeper_command(folder)], dict(os.environ))


def postgres_program(folder: Folder, plan: Plan) -> Program:
    server = postgres_server(folder, plan)
    return Program(
        "postgres",
        server.command(),
        is_ready=server.is_ready,
        prepare=server.prepare,
        advice="Put its data right from a backup, or start afresh with ./just reset.",
        port=server.port,
        account=server.account,
        reaching=folder.postgres,
    )


def nats_program(folder: Folder, plan: Plan) -> Program:
    server = NatsServer(folder.nats, port=plan.ports["nats"], log=folder.log("nats"))
    return Program(
        "nats",
        server.command(),
        is_ready=server.is_ready,
        prepare=server.prepare,
        port=server.port,
    )


def desk_program(folder: Folder, plan: Plan) -> Program:
    port = plan.ports["desk"]
    return Program(
        "desk",
        [sys.executable, "-m", "local.desk", str(folder.path), str(port), plan.issuer],
        _inherited(),
        is_ready=lambda: answers(port, "/readyz"),
        port=port,
    )


def service_program(folder: Folder, plan: Plan, name: str) -> Program:
    port = plan.ports[name]
    own = {"DATABASE_URL": database_url(folder, plan, name), "PREFERENCE_URL": plan.url(name)}
    return Program(
        name,
        [sys.executable, "-m", name, "serve", "--with-work"],
        _environment(folder, plan, name) | own,
        is_ready=lambda: answers(port, "/readyz"),
        port=port,
        first=[sys.executable, "-m", name, "migrate"],
    )


def gateway_program(folder: Folder, plan: Plan) -> Program:
    port = plan.ports["gateway"]
    subgraphs = ",".join(f"{name}={plan.url(name)}/graphql" for name in SERVICES)
    return Program(
        "gateway",
        [sys.executable, "-m", "gateway", "serve"],
        _environment(folder, plan, "gateway")
        | {
            "SUPERGRAPH": str(SUPERGRAPH),
            "SUBGRAPH_URLS": subgraphs,
            # Its own share decides: a sampler of the SDK besides would leave holes in traces.
            "TRACE_SHARE": os.environ.get("TRACE_SHARE", "1"),
            "OTEL_TRACES_SAMPLER": "parentbased_always_on",
        },
        is_ready=lambda: answers(port, "/readyz"),
        port=port,
    )


def _inherited() -> dict[str, str]:
    # Fewer malloc arenas: threads come and go, and idle memory is what a laptop notices.
    return {**os.environ, "MALLOC_ARENA_MAX": "2"}


def _environment(folder: Folder, plan: Plan, name: str) -> dict[str, str]:
    return _inherited() | {
        "ENVIRONMENT": "local",
        "HOST": HOST,
        "PORT": str(plan.ports[name]),
        "NATS_URL": plan.nats_url or f"nats://{HOST}:{plan.ports['nats']}",
        "OIDC_ISSUER": plan.issuer,
        "OIDC_AUDIENCE": AUDIENCE,
        "OIDC_JWKS_URL": folder.public_keys.as_uri(),
        "GATEWAY_SIGNATURE_KEYS": folder.signature_keys(),
        "OTEL_EXPORTER_OTLP_ENDPOINT": plan.issuer,
        "OTEL_SERVICE_NAME": name,
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": os.environ.get("OTEL_TRACES_SAMPLER_ARG", "0.02"),
        "SERVICE_URLS": ",".join(f"{each}={plan.url(each)}" for each in SERVICES),
        "DRAIN_SECONDS": "5",
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "info"),
    }

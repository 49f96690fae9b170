"""What is to run on this machine, and where: ports, databases, what others provide."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from local.folder import Folder, write_whole
from local.ports import HOST, require_free
from local.problems import Problem

SERVICES = ("customer", "campaign", "channel", "loyalty")
LISTENERS = ("gateway", *SERVICES, "desk", "postgres", "nats")
DEFAULT_PORT_BASE = 4000
AUDIENCE = "octoreach"


@dataclass(frozen=True)
class Plan:
    """Ports by program, and the URLs of what runs elsewhere already."""

    ports: dict[str, int]
    databases: dict[str, str]
    nats_url: str | None

    @classmethod
    def chosen(cls, base: int, environment: Mapping[str, str]) -> Self:
        """Ports from `base` on; GATEWAY_PORT, CUSTOMER_PORT, ... each win over it."""
        return cls(
            ports={
                name: _port(environment.get(f"{name.upper()}_PORT"), base + offset)
                for offset, name in enumerate(LISTENERS)
            },
            databases=_given_databases(environment),
            nats_url=environment.get("NATS_URL"),
        )

    @classmethod
    def read(cls, folder: Folder) -> Self:
        return cls(**json.loads(folder.plan.read_text()))

    def write(self, folder: Folder) -> None:
        write_whole(folder.plan, asdict(self))

    def url(self, name: str) -> str:
        return f"http://{HOST}:{self.ports[name]}"

    @property
    def issuer(self) -> str:
        return self.url("desk")

    def own_listeners(self) -> list[str]:
        """The programs that we start ourselves."""
        elsewhere = {"postgres": bool(self.databases), "nats": bool(self.nats_url)}
        return [name for name in LISTENERS if not elsewhere.get(name)]

    def require_free_ports(self) -> None:
        for name in self.own_listeners():
            require_free(self.ports[name], name)


def _port(given: str | None, otherwise: int) -> int:
    if given and not given.isdecimal():
        raise Problem(f"{given!r} is no port number.")
    port = int(given or otherwise)
    if not 1 <= port <= 65535:
        raise Problem(f"{port} is no port number: choose --port-base between 1 and 65528.")
    return port


def _given_databases(environment: Mapping[str, str]) -> dict[str, str]:
    """CUSTOMER_DATABASE_URL, ... one each, or DATABASE_URL: one server for all of them."""
    server = environment.get("DATABASE_URL")
    each = {name: environment.get(f"{name.upper()}_DATABASE_URL") for name in SERVICES}
    given = {name: url or (server and _on_server(server, name)) for name, url in each.items()}
    found = {name: url for name, url in given.items() if url}
    if found and len(found) < len(SERVICES):
        missing = ", ".join(
            f"{name.upper()}_DATABASE_URL" for name in SERVICES if name not in found
        )
        raise Problem(f"Some databases are given, and some are not: set {missing} too.")
    return found


def _on_server(server: str, database: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{database}"))

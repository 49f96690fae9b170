"""Writing migrations against a database of their own, gone afterwards."""

import os
import subprocess
import sys

from local.fleeting import fleeting_folder
from local.postgres import PostgresServer
from local.problems import Problem
from local.running.plan import SERVICES

# What settings demand and a migration does not touch.
_UNUSED = {"NATS_URL": "nats://127.0.0.1:1", "OIDC_ISSUER": "http://127.0.0.1:1"}


def write_migration(service: str, message: str) -> int:
    """The exit code of the service's own command."""
    if service not in SERVICES:
        raise Problem(f"There is no service {service!r}. The services are: {', '.join(SERVICES)}.")
    with (
        fleeting_folder() as folder,
        PostgresServer(folder / "postgres", fsync=False) as server,
    ):
        given = {"DATABASE_URL": server.create_database(service), "ENVIRONMENT": "local"}
        environment = os.environ | _UNUSED | given | {"OIDC_JWKS_URL": "file:///dev/null"}
        for command in (["migrate"], ["migration", message]):
            program = [sys.executable, "-m", service, *command]
            done = subprocess.run(program, env=environment, check=False)  # noqa: S603
            if done.returncode:
                return done.returncode
    return 0

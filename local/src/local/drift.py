"""Where a service's models ask for other tables than its migrations lead to."""

import asyncio
import sys
from importlib import import_module

from kit.app import Service
from local.fleeting import fleeting_folder
from local.postgres import PostgresServer
from local.running.plan import SERVICES


async def _differences(service: Service, url: str) -> list[str]:
    await service.migrating.upgrade(url)
    return [f"{service.name}: {found}" for found in await service.migrating.differences(url)]


def differences() -> list[str]:
    """One line for each, of all services."""
    found = []
    with (
        fleeting_folder() as folder,
        PostgresServer(folder / "postgres", fsync=False) as server,
    ):
        for name in SERVICES:
            service: Service = getattr(import_module(f"{name}.app"), name)
            url = server.create_database(name).replace("postgresql:", "postgresql+asyncpg:", 1)
            found += asyncio.run(_differences(service, url))
    return found


def main() -> int:
    """Print every difference; 1 if there is one."""
    found = differences()
    sys.stdout.writelines(f"{line}\n" for line in found)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())

"""The commands every service has: serve, work, migrate, migration, contract."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
import uvicorn
from pydantic import ValidationError

from kit import contract, logs, telemetry
from kit.app import Running, Service
from kit.settings import Settings

Told = TypeVar("Told")


def commands(service: Service) -> typer.Typer:
    """The command line of `service`; all it needs to know comes by environment variables."""
    cli = typer.Typer(name=service.name, help=service.summary, no_args_is_help=True)

    @cli.command()
    def serve(
        with_work: Annotated[
            bool, typer.Option("--with-work", help="Also publish, react and keep schedules.")
        ] = False,
    ) -> None:
        """Answer GraphQL and REST."""
        _run(service, works=with_work)

    @cli.command()
    def work() -> None:
        """Publish the outbox, react to events, keep schedules; HTTP for probes and metrics."""
        _run(service, works=True)

    @cli.command()
    def migrate() -> None:
        """Bring the database to the newest shape."""
        asyncio.run(service.migrating.upgrade(_settings().async_database_url()))

    @cli.command()
    def migration(message: str) -> None:
        """Write a migration with what the models have and the database has not."""
        asyncio.run(service.migrating.revise(_settings().async_database_url(), message))

    _contract(cli, service)
    return cli


def _contract(cli: typer.Typer, service: Service) -> None:
    @cli.command(name="contract")
    def write_contract(
        folder: Path, check: Annotated[bool, typer.Option(help="Only say what is stale.")] = False
    ) -> None:
        """Write the public face into FOLDER."""
        if not check:
            contract.write(service, folder)
        elif old := contract.stale(service, folder):
            typer.echo(f"{service.name}: stale in {folder}: {', '.join(old)}; run ./just contract")
            raise typer.Exit(1)


def _run(service: Service, *, works: bool) -> None:
    settings = _settings()
    if service.settings is not None:
        _told(service.settings)
    logs.setup(service.name, settings.log_level)
    telemetry.setup(service.name)
    uvicorn.run(
        Running(service, settings, works=works),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        timeout_graceful_shutdown=int(settings.drain_seconds) or 1,
        limit_concurrency=int(os.environ.get("MAX_REQUESTS_UNDER_WAY", "1000")),
    )


def _settings() -> Settings:
    return _told(Settings)


def _told(read: Callable[[], Told]) -> Told:
    """The settings, or one clear line for each that is wrong; values are never shown."""
    try:
        return read()
    except ValidationError as wrong:
        for each in wrong.errors(include_input=False, include_context=False, include_url=False):
            name = ".".join(str(part) for part in each["loc"]).upper() or "settings"
            typer.echo(f"{name}: {each['msg']}", err=True)
        sys.exit(2)

"""The commands that run the platform on one machine."""

import json
import os
import sys
from typing import Annotated

import typer
from rich.text import Text

from local import checks, logs, map, migrating, tokens
from local.demo.cli import demo, seed
from local.exporting.cli import export_file
from local.folder import Folder
from local.importing.cli import import_files
from local.problems import Problem
from local.running import cli as running
from local.running.plan import AUDIENCE, DEFAULT_PORT_BASE, Plan
from local.terminal import HERE, FolderOption, JsonOption, answers, console

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__
)
for command in (running.up, running.down, running.reset, running.status, demo, seed):
    app.command()(command)
app.command(name="import")(import_files)
app.command(name="export")(export_file)


@app.command(name="logs")
def show_logs(
    names: Annotated[list[str] | None, typer.Argument(help="Programs; all, if none.")] = None,
    folder: FolderOption = HERE,
    lines: Annotated[int, typer.Option("-n", "--lines", min=0)] = 20,
    follow: Annotated[
        bool, typer.Option("-f", "--follow", help="Go on as they are written.")
    ] = False,
) -> None:
    """Show what the programs log."""
    chosen = logs.tails(Folder(folder.resolve()), names or [])
    logs.show(answers, chosen, lines=lines, follow=follow)


@app.command()
def token(
    role: Annotated[str, typer.Argument(help=", ".join(tokens.ROLES))],
    unit: Annotated[str | None, typer.Option(help="The OrgUnit's path, such as hq.zj.hz.")] = None,
    subject: Annotated[str | None, typer.Option(help="Who signs in; else local-ROLE.")] = None,
    scope: Annotated[str | None, typer.Option(help="Scopes, separated by spaces.")] = None,
    partner: Annotated[str | None, typer.Option(help="The partner's code.")] = None,
    customer: Annotated[str | None, typer.Option(help="The customer's id.")] = None,
    ttl: Annotated[
        int, typer.Option(help="Seconds until it expires.")
    ] = tokens.DEFAULT_TTL_SECONDS,
    folder: FolderOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Sign in as a role: print a token of the development issuer."""
    place = Folder(folder.resolve())
    wanted = tokens.Wanted(role, unit, subject, scope, partner, customer, ttl)
    plan = Plan.read(place) if place.plan.exists() else Plan.chosen(DEFAULT_PORT_BASE, os.environ)
    issuer = tokens.Issuer(place, plan.issuer, AUDIENCE)
    claims = issuer.claims(wanted)
    signed = issuer.sign(claims)
    typer.echo(json.dumps({"token": signed, "claims": claims}) if as_json else signed)


@app.command()
def migration(service: str, message: str) -> None:
    """Write a migration with what a service's models have and its migrations have not."""
    raise typer.Exit(migrating.write_migration(service, message))


@app.command(name="map")
def show_map(as_json: JsonOption = False) -> None:
    """Print what every package and module is for."""
    places = map.places()
    if as_json:
        typer.echo(json.dumps([place.as_json() for place in places], indent=2))
    else:
        answers.print(map.tree(places))


@app.command()
def check(
    names: Annotated[list[str] | None, typer.Argument(help="Only these checks.")] = None,
) -> None:
    """Run every check, and say which failed and what to do."""
    raise typer.Exit(checks.run(answers, names or []))


@app.command()
def fix() -> None:
    """Repair what a program can."""
    raise typer.Exit(checks.fix(answers))


def main() -> None:
    try:
        app()
    except Problem as problem:
        console.print(Text.assemble(("✗ ", "red"), str(problem)), soft_wrap=True)
        sys.exit(1)

"""The commands that run the platform on one machine."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from local import checks, logs, map, migrating, tokens
from local.folder import CHECKOUT, Folder
from local.problems import Problem
from local.running import control, showing
from local.running.journal import Journal
from local.running.plan import AUDIENCE, DEFAULT_PORT_BASE, Plan

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__
)
console = Console(stderr=True, highlight=False)
answers = Console(highlight=False)

LOOK_EVERY_SECONDS = 1
ASKED_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

FolderOption = Annotated[
    Path, typer.Option("--folder", envvar="LOCAL_FOLDER", help="Where data, keys and logs lie.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer a program, not a person.")]
HERE = CHECKOUT / ".local"


@app.command()
def up(
    folder: FolderOption = HERE,
    port_base: Annotated[
        int, typer.Option(envvar="PORT_BASE", help="The gateway's port; the others follow it.")
    ] = DEFAULT_PORT_BASE,
    detach: Annotated[bool, typer.Option("--detach", help="Leave it running, come back.")] = False,
    empty: Annotated[bool, typer.Option("--empty", help="Without demo data.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Start the whole platform, and say where everything is; Ctrl-C stops it."""
    place = Folder(folder.resolve())
    plan = Plan.chosen(port_base, os.environ)
    control.start(place, plan)
    with _stopping_when_asked(place):
        seen = showing.follow_start(place, console)
        ready = _ready_tokens(place, plan)
        if not empty:
            _load_demo_data_once(place)
        if as_json:
            typer.echo(json.dumps(showing.report(place) | {"tokens": ready}, indent=2))
        else:
            showing.show_addresses(console, plan, place)
        if not detach:
            _stay(place, seen)


@contextmanager
def _stopping_when_asked(folder: Folder) -> Iterator[None]:
    """Ctrl-C, a closed terminal or a polite kill stop everything, also halfway through a start."""
    for asked in ASKED_TO_STOP:
        signal.signal(asked, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        for asked in ASKED_TO_STOP:
            signal.signal(asked, signal.SIG_IGN)
        console.print("  Stopping ...")
        control.stop(folder)
        console.print("  Stopped; the data stay.")


def _ready_tokens(folder: Folder, plan: Plan) -> dict[str, str]:
    issuer = tokens.Issuer(folder, plan.issuer, AUDIENCE)
    ready = {
        role: issuer.sign(issuer.claims(tokens.Wanted(role, unit="hq"))) for role in tokens.ROLES
    }
    folder.tokens.mkdir(mode=0o700, exist_ok=True)
    for role, token in ready.items():
        (folder.tokens / role).write_text(token)
    return ready


def _load_demo_data_once(folder: Folder) -> None:
    if folder.seeded.exists() or not _has_demo_data():
        return
    console.print("  Loading demo data ...")
    command = [sys.executable, "-m", "local", "seed"]
    environment = {**os.environ, "LOCAL_FOLDER": str(folder.path)}
    if subprocess.run(command, check=False, env=environment).returncode == 0:  # noqa: S603
        folder.seeded.touch()
    else:
        console.print("  [yellow]The demo data could not be loaded; the platform runs without.[/]")


def _has_demo_data() -> bool:
    return bool(find_spec("local.demo") and find_spec("local.demo.seed"))


def _stay(folder: Folder, seen: Journal) -> None:
    console.print("  Ctrl-C stops it.")
    while control.is_running(folder) or not folder.stopping.exists():
        time.sleep(LOOK_EVERY_SECONDS)
        seen = showing.follow_events(folder, console.print, seen)
    console.print("  Stopped.")


@app.command()
def down(folder: FolderOption = HERE) -> None:
    """Stop the platform; the data stay."""
    stopped = control.stop(Folder(folder.resolve()))
    console.print("Stopped; the data stay." if stopped else "Nothing was running.")


@app.command()
def reset(
    folder: FolderOption = HERE,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Stop the platform and throw its data away."""
    place = Folder(folder.resolve())
    if not yes:
        typer.confirm(f"Throw away all data in {place.path}?", abort=True)
    control.stop(place)
    place.remove()
    console.print("Gone: the next ./just up starts afresh.")


@app.command()
def status(folder: FolderOption = HERE, as_json: JsonOption = False) -> None:
    """Say what runs, and where; exits with 1 when nothing does."""
    place = Folder(folder.resolve())
    if as_json:
        typer.echo(json.dumps(showing.report(place), indent=2))
    elif control.is_running(place):
        showing.show_state(answers, place)
    else:
        console.print("Nothing is running: ./just up starts it.")
    raise typer.Exit(0 if control.is_running(place) else 1)


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

"""The commands that start, stop and show the platform."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from local import tokens
from local.demo import cast
from local.folder import Folder
from local.running import control, showing
from local.running.journal import Journal
from local.running.plan import AUDIENCE, DEFAULT_PORT_BASE, Plan
from local.terminal import HERE, FolderOption, JsonOption, answers, console

LOOK_EVERY_SECONDS = 1
ASKED_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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
    began = time.monotonic()
    with _stopping_when_asked(place):
        control.start(place, plan)
        seen = showing.follow_start(place, console)
        console.print(f"  Ready in {time.monotonic() - began:.1f} s.")
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
    """For headquarters, which see everything; the partner is one of the demo data."""
    issuer = tokens.Issuer(folder, plan.issuer, AUDIENCE)
    partners = {"partner": cast.PARTNER}
    wanted = {role: tokens.Wanted(role, "hq", partner=partners.get(role)) for role in tokens.ROLES}
    ready = {role: issuer.sign(issuer.claims(one)) for role, one in wanted.items()}
    folder.tokens.mkdir(mode=0o700, exist_ok=True)
    for role, token in ready.items():
        (folder.tokens / role).write_text(token)
    return ready


def _load_demo_data_once(folder: Folder) -> None:
    if folder.seeded.exists():
        return
    console.print("  Loading demo data ...")
    command = [sys.executable, "-m", "local", "seed"]
    environment = {**os.environ, "LOCAL_FOLDER": str(folder.path)}
    if subprocess.run(command, check=False, env=environment).returncode == 0:  # noqa: S603
        folder.seeded.touch()
    else:
        console.print("  [yellow]The demo data could not be loaded; the platform runs without.[/]")


def _stay(folder: Folder, seen: Journal) -> None:
    console.print("  Ctrl-C stops it.")
    while control.is_running(folder) or not folder.stopping.exists():
        time.sleep(LOOK_EVERY_SECONDS)
        seen = showing.follow_events(folder, console.print, seen)
    console.print("  Stopped.")


def down(folder: FolderOption = HERE) -> None:
    """Stop the platform; the data stay."""
    stopped = control.stop(Folder(folder.resolve()))
    console.print("Stopped; the data stay." if stopped else "Nothing was running.")


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

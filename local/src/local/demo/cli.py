"""`./just demo`: the main job on real input, and what came of it."""

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from local.demo import play, showing
from local.demo.people import write_people
from local.doors import Doors
from local.folder import Folder
from local.importing.cli import with_progress
from local.importing.files import Source, source
from local.problems import Problem
from local.running import control
from local.terminal import HERE, FolderOption, JsonOption, answers, console


def demo(
    customers: Annotated[Path | None, typer.Option(help="Customers; generated if absent.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="How its columns map.")] = None,
    purchases: Annotated[Path | None, typer.Option(help="Purchases, imported as orders.")] = None,
    purchases_mapping: Annotated[Path | None, typer.Option(help="How its columns map.")] = None,
    events: Annotated[int, typer.Option(min=1, help="Touchpoint events to stream.")] = 600,
    rate: Annotated[float, typer.Option(min=0.1, help="Events a second.")] = 40,
    people: Annotated[int, typer.Option(min=1, help="Customers to generate.")] = 600,
    run: Annotated[
        str, typer.Option(help="A name of its own for each run; counted if empty.")
    ] = "",
    folder: FolderOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Run the main job: import, campaign, touchpoints, decisions, tasks, orders, points."""
    place = Folder(folder.resolve())
    if not control.is_running(place):
        _start(place)
    name = run or _next_run(place)
    script = play.Script(
        run=name,
        customers=_customers(place, customers, mapping, people, name),
        purchases=source(purchases, purchases_mapping, "cdnow_purchases") if purchases else None,
        events=events,
        rate=rate,
    )
    started = time.perf_counter()
    outcome = asyncio.run(_play(place, script))
    if as_json:
        content = {**asdict(outcome), "seconds": round(time.perf_counter() - started, 1)}
        answers.print_json(json.dumps(content))
    else:
        showing.show(outcome, place)


def seed(
    folder: FolderOption = HERE,
) -> None:
    """Units, channels, partners, an offer and a few customers: what a fresh platform starts with."""
    asyncio.run(_seed(Folder(folder.resolve())))


async def _seed(folder: Folder) -> None:
    people = _customers(folder, None, None, 100, "seed")
    async with Doors(folder) as doors:
        await play.furnish(doors, people)


async def _play(folder: Folder, script: play.Script) -> play.Outcome:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task("touchpoint events", total=script.events, visible=False)
        async with Doors(folder) as doors:
            return await play.play(
                doors,
                script,
                with_progress,
                lambda text: progress.console.print(f"[green]→[/] {text}"),
                lambda done: progress.update(task, completed=done, visible=True),
            )


def _start(folder: Folder) -> None:
    console.print("The platform is not running: starting it.")
    command = [sys.executable, "-m", "local", "up", "--detach", "--folder", str(folder.path)]
    started = subprocess.run(command, check=False, stdout=sys.stderr)  # noqa: S603
    if started.returncode:
        raise Problem("The platform could not be started; the lines above say why.")


def _customers(
    folder: Folder, given: Path | None, mapping: Path | None, people: int, run: str
) -> Source:
    if given is None:
        given = folder.path / f"people-{run}.csv"
        write_people(given, people, run)
    return source(given, mapping, "telco_customers")


def _next_run(folder: Folder) -> str:
    """Runs are numbered, so that each has customers and a campaign of its own."""
    counter = folder.path / "demo-runs"
    number = int(counter.read_text()) + 1 if counter.is_file() else 1
    counter.write_text(str(number))
    return f"run{number}"

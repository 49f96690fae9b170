"""What a person sees of the platform: its start as it happens, its state, where everything is."""

import time
from collections.abc import Callable, Iterator

from rich.console import Console, Group
from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from local.folder import Folder
from local.problems import Problem
from local.running import control
from local.running.journal import Entry, Journal
from local.running.plan import SERVICES, Plan

LOOK_EVERY_SECONDS = 0.1
TITLES = {
    "guard": "guard",
    "desk": "traces and tokens",
    "postgres": "PostgreSQL",
    "nats": "NATS JetStream",
    **{service: service for service in SERVICES},
    "gateway": "gateway",
}
_SIGNS = {"ready": "[green]✓[/]", "stopped": "[dim]·[/]", "restarting": "[yellow]↻[/]"}


def follow_start(folder: Folder, console: Console) -> Journal:
    """Show the start as it happens; a Problem when it fails."""
    journal = Journal.read(folder)
    with Live(console=console, refresh_per_second=12, transient=True) as live:
        for journal in _until_started(folder):
            live.update(_progress(journal) if console.is_terminal else Text())
    if journal.phase != "ready":
        raise Problem(journal.problem or f"The start was interrupted; see {folder.log('keeper')}.")
    console.print(_progress(journal))
    return journal


def _until_started(folder: Folder) -> Iterator[Journal]:
    while True:
        journal = Journal.read(folder)
        yield journal
        if journal.phase in {"ready", "failed"} or not control.is_running(folder):
            yield Journal.read(folder)
            return
        time.sleep(LOOK_EVERY_SECONDS)


def follow_events(folder: Folder, show: Callable[[str], None], seen: Journal) -> Journal:
    """Tell what has happened to programs since the last look."""
    now = Journal.read(folder)
    for name, entry in now.entries.items():
        before = seen.entries.get(name, Entry(name))
        if entry.restarts > before.restarts and entry.note:
            show(f"[yellow]↻[/] {TITLES[name]}: {entry.note}; starting it again")
        if entry.state == "ready" and before.state != "ready":
            show(f"[green]✓[/] {TITLES[name]} is back")
    return now


def _progress(journal: Journal) -> Group:
    table = Table.grid(padding=(0, 2))
    for name, title in TITLES.items():
        entry = journal.entries.get(name)
        if name != "guard" and entry:
            table.add_row(_sign(entry), title, f"[dim]{_state(entry)}[/]")
    return Group(Padding(table, (0, 2)))


def _sign(entry: Entry) -> Spinner | str:
    return _SIGNS.get(entry.state) or Spinner("dots", style="cyan")


def _state(entry: Entry) -> str:
    note = f" ({entry.note})" if entry.note else ""
    return f"{entry.state}{note}"


def addresses(plan: Plan) -> dict[str, str]:
    return {
        "graphql": f"{plan.url('gateway')}/graphql",
        "partner_api": f"{plan.url('channel')}/v1",
        "partner_api_docs": f"{plan.url('channel')}/docs",
        "traces": f"{plan.url('desk')}/traces",
    }


def show_addresses(console: Console, plan: Plan, tokens: Folder) -> None:
    where = addresses(plan)
    table = Table.grid(padding=(0, 2))
    table.add_row("GraphQL, with GraphiQL", where["graphql"])
    table.add_row("partner API, documented", where["partner_api_docs"])
    table.add_row("traces", where["traces"])
    console.print()
    console.print(Padding(table, (0, 2)))
    console.print()
    console.print("  [bold]A ready token per role[/]  (others: ./just token ROLE --unit PATH)")
    for file in sorted(tokens.tokens.iterdir()):
        console.print(f"  {file.name:<11} [dim]$(cat {file})[/]", soft_wrap=True)
    console.print()


def show_state(console: Console, folder: Folder) -> None:
    console.print(_progress(Journal.read(folder)))
    for name, address in addresses(Plan.read(folder)).items():
        console.print(f"  {name.replace('_', ' '):<18}{address}")


def report(folder: Folder) -> dict[str, object]:
    """The platform's state for programs."""
    journal = Journal.read(folder)
    running = control.is_running(folder)
    plan = Plan.read(folder) if folder.plan.exists() else None
    return {
        "running": running,
        "phase": journal.phase if running else "stopped",
        "addresses": addresses(plan) if plan else {},
        "programs": [
            {
                "name": name,
                "state": entry.state if running else "stopped",
                "pid": entry.pid if running else None,
                "port": plan.ports.get(name) if plan else None,
                "restarts": entry.restarts,
                "note": entry.note,
                "since": entry.since,
            }
            for name, entry in journal.entries.items()
        ],
    }

"""`./just import`: customers and purchases from files."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn
from rich.table import Table

from local.doors import Doors
from local.folder import Folder
from local.importing.files import Source, source
from local.importing.rejections import download_rejections
from local.importing.transfer import Imported, transfer
from local.problems import Problem
from local.terminal import HERE, FolderOption, JsonOption, answers, console


def import_files(
    customers: Annotated[Path | None, typer.Option(help="A file of customers.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="How its columns map.")] = None,
    purchases: Annotated[Path | None, typer.Option(help="A file of purchases.")] = None,
    purchases_mapping: Annotated[Path | None, typer.Option(help="How its columns map.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")
    ] = False,
    rejected: Annotated[
        Path | None, typer.Option(help="Where to write the customers' rejected lines, as CSV.")
    ] = None,
    folder: FolderOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Import customers and purchases; a repeat changes nothing, an interrupted run goes on."""
    wanted = chosen(customers, mapping, purchases, purchases_mapping)
    if not wanted:
        raise Problem("Name what to import: --customers FILE, --purchases FILE, or both.")
    place = Folder(folder.resolve())
    done = asyncio.run(_import_all(place, wanted, dry_run, rejected))
    if as_json:
        answers.print_json(json.dumps({name: asdict(each) for name, each in done.items()}))
    else:
        for name, each in done.items():
            show_imported(name, each)


def chosen(
    customers: Path | None,
    mapping: Path | None,
    purchases: Path | None,
    purchases_mapping: Path | None,
) -> dict[str, Source]:
    """What to import, by the service that takes it: everything is looked at before anything is sent."""
    wanted = {}
    if customers:
        wanted["customer"] = source(customers, mapping, "telco_customers")
    if purchases:
        wanted["channel"] = source(purchases, purchases_mapping, "cdnow_purchases")
    return wanted


async def _import_all(
    folder: Folder, wanted: dict[str, Source], dry_run: bool, rejected: Path | None
) -> dict[str, Imported]:
    async with Doors(folder) as doors:
        done = {
            name: await with_progress(doors, name, each, dry_run=dry_run)
            for name, each in wanted.items()
        }
        if "customer" in done and (rejected or done["customer"].counts["rejected"]):
            beside = wanted["customer"].path
            path = rejected or beside.with_name(f"{beside.name}.rejected.csv")
            kept = await download_rejections(doors, done["customer"].id, path)
            console.print(told_of(kept, done["customer"].counts["rejected"], path))
        return done


def told_of(kept: int, rejected: int, path: Path) -> str:
    """Where the rejected lines are, and whether that is all of them."""
    if kept < rejected:
        return (
            f"The first {kept:,} of {rejected:,} rejected lines are in {path}, "
            "as more are not kept: the counts by field say what is wrong with most."
        )
    return f"The rejected lines are in {path}."


async def with_progress(
    doors: Doors, service: str, file: Source, *, dry_run: bool = False
) -> Imported:
    """Import one file, showing how far it is."""
    if unused := file.unused():
        console.print(f"Nothing is made of the columns {', '.join(unused)}.")
    bar = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*bar, console=console, transient=True) as progress:
        task = progress.add_task(file.path.name, total=file.looked.lines)
        return await transfer(
            doors,
            service,
            file,
            lambda lines: progress.update(task, completed=lines),
            dry_run=dry_run,
        )


def show_imported(service: str, imported: Imported) -> None:
    """The counts as a table, and the first lines that were rejected."""
    would = " (dry run: nothing was changed)" if imported.dry_run else ""
    table = Table(
        title=f"{imported.source} → {service}{would}", title_justify="left", show_header=False
    )
    for name, value in flattened(imported.counts):
        table.add_row(name, value)
    console.print(table)
    for each in imported.rejections[:20]:
        field = each.get("field") or "line"
        place = "" if field == "line" else f" {field}"
        console.print(f"[yellow]line {each['line']}[/]{place}: {each['reason']}")


def flattened(counts: object, path: str = "") -> list[tuple[str, str]]:
    if counts is None:
        return []
    if isinstance(counts, dict):
        return [
            row
            for name, value in counts.items()
            for row in flattened(value, f"{path} {name}".strip().replace("_", " "))
        ]
    return [(path, f"{counts:,}" if isinstance(counts, int) else str(counts))]

"""`./just export`: customers into a file."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from local.doors import Doors
from local.exporting.download import Wish, download
from local.folder import Folder
from local.importing.files import JSON_LINES, read_mapping
from local.problems import Problem
from local.terminal import HERE, FolderOption, JsonOption, answers, console

SUFFIXES = {".csv", *JSON_LINES}


def export_file(
    to: Annotated[Path, typer.Option(help="The file to write: .csv, .jsonl or .ndjson.")],
    unit: Annotated[str, typer.Option(help="Whose customers: the OrgUnit's path.")] = "hq",
    mapping: Annotated[
        Path | None, typer.Option(help="Which columns to write; all, if none is given.")
    ] = None,
    purpose: Annotated[
        str | None,
        typer.Option(help="Why names and identifiers are needed in full; masked without it."),
    ] = None,
    segment: Annotated[
        str | None, typer.Option(help="Only who is in the segment of this code.")
    ] = None,
    folder: FolderOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Export customers; an interrupted run goes on, and `./just import` takes the file again."""
    if to.suffix not in SUFFIXES:
        raise Problem(f"{to} ends in none of {', '.join(sorted(SUFFIXES))}: that names the form.")
    if not to.absolute().parent.is_dir():
        raise Problem(f"There is no folder {to.absolute().parent}.")
    content = read_mapping(mapping).content if mapping else None
    wish = Wish(to, unit, content, purpose, segment)
    lines = asyncio.run(_export(Folder(folder.resolve()), wish))
    if as_json:
        answers.print_json(json.dumps({"file": str(to), "lines": lines}))
    else:
        again = (
            f"{wish.mapping_file.name} imports them again"
            if purpose
            else "names and identifiers are masked, so that it can't be imported"
        )
        console.print(f"{to}: {lines:,} lines; {again}.")


async def _export(folder: Folder, wish: Wish) -> int:
    bar = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*bar, console=console, transient=True) as progress:
        task = progress.add_task(wish.to.name)
        async with Doors(folder) as doors:
            return await download(
                doors, wish, lambda n: progress.update(task, description=f"{n:,} lines")
            )

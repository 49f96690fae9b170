"""What all commands share: where they speak, and the options they all have."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from local.folder import CHECKOUT

console = Console(stderr=True, highlight=False)
answers = Console(highlight=False)

FolderOption = Annotated[
    Path, typer.Option("--folder", envvar="LOCAL_FOLDER", help="Where data, keys and logs lie.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer a program, not a person.")]
HERE = CHECKOUT / ".local"

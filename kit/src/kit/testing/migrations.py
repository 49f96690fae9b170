"""What a migration does to rows that are there already."""

from pathlib import Path
from runpy import run_path
from typing import Any


def migration_called(folder: Path, name: str) -> dict[str, Any]:
    """What the migration with that name defines, whatever its number."""
    [path] = folder.glob(f"[0-9]*_{name}.py")
    return run_path(str(path))

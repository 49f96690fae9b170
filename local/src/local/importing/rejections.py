"""The lines of an import that were rejected, as a file that can be repaired and sent again."""

from pathlib import Path

from kit.cells import csv_line, csv_lines
from local.importing.transfer import Door, RestDoors

PAGE = 1_000
COLUMNS = ("line", "field", "reason", "original")


async def download_rejections(doors: RestDoors, import_id: str, path: Path) -> int:
    """All that the customer service has kept, page by page; how many."""
    door = Door(doors, "customer")
    after: int | None = 0
    kept = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        file.write(csv_line(COLUMNS))
        while after is not None:
            place = f"/{import_id}/rejections"
            page = await door.call("GET", place, None, after=after, first=PAGE)
            rejected = page["rejections"]
            file.write(csv_lines([each[name] for name in COLUMNS] for each in rejected))
            kept += len(rejected)
            after = page["next"]
    return kept

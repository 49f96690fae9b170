"""Sending a file to a service: in order, from where it was, as often as needed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from local.doors import Doors
from local.importing.files import Source, chunks
from local.problems import Problem
from local.tokens import Wanted

CHUNK = 500
FIRST_LINE = 2  # the header is line 1
SHOWN_REJECTIONS = 100
IMPORTER = Wanted("operator", unit="hq", subject="import")


@dataclass(frozen=True)
class Imported:
    """What became of a file."""

    source: str
    counts: Mapping[str, Any]
    rejections: Sequence[Mapping[str, Any]]


async def transfer(
    doors: Doors, service: str, source: Source, show: Callable[[int], None]
) -> Imported:
    """Import `source` by `service`; `show` is told how many lines are in."""
    opened = await _call(
        doors,
        service,
        "POST",
        "/v1/imports",
        {
            "source": source.path.name,
            "digest": source.digest(),
            "mapping": source.mapping.content,
            "columns": source.columns(),
        },
    )
    place = f"/v1/imports/{opened['id']}"
    next_line = opened["next_line"]
    show(next_line - FIRST_LINE)
    for chunk in chunks(islice(source.records(), next_line - FIRST_LINE, None), CHUNK):
        content = {"first_line": next_line, "records": chunk}
        next_line = (await _call(doors, service, "POST", f"{place}/records", content))["next_line"]
        show(next_line - FIRST_LINE)
    if opened["state"] != "complete":
        await _call(doors, service, "POST", f"{place}/complete", {})
    done = await _call(doors, service, "GET", place, None)
    rejected = await _call(doors, service, "GET", f"{place}/rejections", None)
    return Imported(source.path.name, done["counts"], rejected["rejections"][:SHOWN_REJECTIONS])


async def _call(doors: Doors, service: str, method: str, path: str, content: Any) -> dict[str, Any]:
    answer = await doors.rest(service, method, path, as_=IMPORTER, content=content)
    found: dict[str, Any] = answer.json()
    if answer.is_error:
        errors = found.get("errors") or [{"field": found.get("field"), "message": found["detail"]}]
        wrong = "; ".join(f"{each['field'] or 'request'}: {each['message']}" for each in errors[:5])
        raise Problem(f"The {service} service refused the import: {wrong}")
    return found

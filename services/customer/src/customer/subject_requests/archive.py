"""An archive for a customer: a ZIP made while it is sent, a page at a time in memory."""

import io
import zipfile
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from html import escape
from typing import Any, Final

import orjson
from sqlalchemy import func, select
from sqlmodel import col

from customer.entity import table_of
from customer.subject_requests.models import ArchivePage, SubjectRequest
from kit.database import Database

PAGES: Final = table_of(ArchivePage)
MANIFEST: Final = "manifest.json"
INDEX: Final = "index.html"
OWN: Final = "customer"
ABOVE_ALL: Final = "customer"
"""The table that says who they are."""
STYLE: Final = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .75rem .25rem 0;"
    "border-bottom:1px solid #d0d7de}td:last-child,th:last-child{text-align:right;padding:0}"
)
BEFORE_LAST: Final = len(b",\n")


class _Outlet(io.RawIOBase):
    """Where the ZIP goes, and where it is taken from as it comes."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._parts.append(bytes(content))
        return len(content)

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


async def archive(db: Database, request: SubjectRequest) -> AsyncIterator[bytes]:
    """The ZIP, in pieces."""
    outlet = _Outlet()
    files = await _files(db, request)
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr(INDEX, _index(request, files))
        zipped.writestr(MANIFEST, _manifest(request, files))
        for file in files:
            with zipped.open(file["file"], "w", force_zip64=True) as entry:
                entry.write(b"[\n")
                async for lines in _lines(db, request, file):
                    entry.write(lines)
                    yield outlet.taken()
                entry.write(b"\n]\n")
    yield outlet.taken()


async def _files(db: Database, request: SubjectRequest) -> list[dict[str, Any]]:
    """Which files there are: one for each service, table and what it is to the customer.

    First who they are, then all else that this service holds, then the others'.
    """
    page = PAGES.c
    statement = (
        select(
            page.service, page.holding, page.title,
            func.sum(page.rows).label("rows"),
            func.min(page.number).label("first"),
            func.max(page.number).label("last"),
        )
        .where(page.request_id == request.id)
        .group_by(page.service, page.holding, page.title)
        .order_by(
            page.service != OWN, page.service, page.holding != ABOVE_ALL, func.min(page.number)
        )
    )  # fmt: skip
    async with db.reading() as session:
        found = (await session.execute(statement)).mappings().all()
    names = _distinct([f"{each['service']}/{each['holding']}" for each in found])
    return [
        {**each, "rows": int(each["rows"]), "file": f"{name}.json"}
        for each, name in zip(found, names, strict=True)
    ]


def _distinct(names: Sequence[str]) -> Iterator[str]:
    """Of files of one name, one would take the place of the other when they are unpacked."""
    met: Counter[str] = Counter()
    for name in names:
        met[name] += 1
        yield name if met[name] == 1 else f"{name}-{met[name]}"


async def _lines(
    db: Database, request: SubjectRequest, file: dict[str, Any]
) -> AsyncIterator[bytes]:
    """The rows of a file, page by page; the last page without its last comma."""
    for number in range(file["first"], file["last"] + 1):
        statement = select(col(ArchivePage.content)).where(
            col(ArchivePage.request_id) == request.id,
            col(ArchivePage.service) == file["service"],
            col(ArchivePage.number) == number,
        )
        async with db.reading() as session:
            lines = zlib.decompress((await session.execute(statement)).scalar_one())
        yield lines[:-BEFORE_LAST] if number == file["last"] else lines


def _manifest(request: SubjectRequest, files: Sequence[dict[str, Any]]) -> bytes:
    shown = ("file", "service", "title", "rows")
    content = {
        "request_id": str(request.id),
        "customer_id": str(request.customer_id),
        "asked_at": request.created_at.isoformat(),
        "collected_at": request.ended_at.isoformat() if request.ended_at else None,
        "files": [{name: each[name] for name in shown} for each in files],
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2)


def _index(request: SubjectRequest, files: Sequence[dict[str, Any]]) -> str:
    rows = "".join(
        f'<tr><td><a href="{each["file"]}">{escape(each["title"])}</a></td>'
        f"<td>{each['service']}</td><td>{each['rows']}</td></tr>"
        for each in files
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Your data</title><style>{STYLE}</style><h1>What we hold about you</h1><p>Collected {request.ended_at:%Y-%m-%d %H:%M} UTC. "
        "Each file is JSON: a list of records with the names of their fields.</p>"
        f"<table><tr><th>What</th><th>Where</th><th>Records</th></tr>{rows}</table></html>"
    )

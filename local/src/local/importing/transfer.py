"""Sending a file to a service: in order, from where it was, as often as needed."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import httpx

from local.importing.files import Source
from local.importing.records import Read, Record, Unreadable
from local.problems import Problem
from local.tokens import Wanted

MOST_LINES: Final = 1_000
MOST_CHARACTERS: Final = 500_000
AHEAD: Final = 2
SHOWN_REJECTIONS: Final = 100
IMPORTER: Final = Wanted("operator", unit="hq", subject="import")
BY_NUMBER: Final = {"customer"}
"""Services that are told the number of each line, and of lines that are no records."""


class RestDoors(Protocol):
    """Where services are asked over REST."""

    async def rest(
        self,
        service: str,
        method: str,
        path: str,
        *,
        as_: Wanted,
        content: Any = None,
        query: Mapping[str, Any] | None = None,
    ) -> httpx.Response: ...


@dataclass(frozen=True)
class Imported:
    """What became of a file, or, of a dry run, what would."""

    source: str
    counts: Mapping[str, Any]
    rejections: Sequence[Mapping[str, Any]]
    dry_run: bool = False
    id: str = ""


@dataclass(frozen=True)
class Chunk:
    """Lines that are sent together, and the line that follows them."""

    content: dict[str, Any]
    next_line: int


async def transfer(
    doors: RestDoors,
    service: str,
    source: Source,
    show: Callable[[int], None],
    *,
    dry_run: bool = False,
) -> Imported:
    """Import `source` by `service`; `show` is told up to which line it is in."""
    new: dict[str, Any] = {
        "source": source.path.name,
        "digest": source.looked.digest,
        "mapping": source.mapping.content,
        "columns": source.columns,
        "dry_run": dry_run,
    }
    if service in BY_NUMBER:
        new |= {"first_line": source.first_line}
    door = Door(doors, service)
    opened = await door.call("POST", "", new)
    place = f"/{opened['id']}"
    next_line = opened["next_line"]
    show(next_line - 1)
    chunks = numbered(source, next_line) if service in BY_NUMBER else counted(source, next_line)
    async for taken in door.send(f"{place}/records", chunks, AHEAD if service in BY_NUMBER else 1):
        show(taken - 1)
    if opened["state"] != "complete":
        await door.call("POST", f"{place}/complete", {})
    done = await door.call("GET", place, None)
    rejected = await door.call("GET", f"{place}/rejections", None)
    shown = rejected["rejections"][:SHOWN_REJECTIONS]
    return Imported(source.path.name, done["counts"], shown, dry_run, opened["id"])


def numbered(source: Source, next_line: int) -> Iterator[Chunk]:
    """Chunks from a line of the file on, each line with its number."""
    left = (each for each in source.records() if each.line >= next_line)
    for lines in _few(left):
        records = [each for each in lines if isinstance(each, Record)]
        content = {
            "first_line": next_line,
            "records": [each.values for each in records],
            "lines": [each.line for each in records],
            "unreadable": [each._asdict() for each in lines if isinstance(each, Unreadable)],
        }
        next_line = lines[-1].line + 1
        yield Chunk(content, next_line)


def counted(source: Source, next_line: int) -> Iterator[Chunk]:
    """The same for a service that counts records as lines; what is no record has one value."""
    place = source.first_line
    for lines in _few(source.records()):
        records = [e.values if isinstance(e, Record) else [e.text] for e in lines]
        first, place = place, place + len(records)
        if place > next_line:
            new = records[max(0, next_line - first) :]
            yield Chunk({"first_line": max(first, next_line), "records": new}, place)


def _few(lines: Iterator[Read]) -> Iterator[list[Read]]:
    chunk: list[Read] = []
    size = 0
    for line in lines:
        length = _characters(line)
        if chunk and (len(chunk) == MOST_LINES or size + length > MOST_CHARACTERS):
            yield chunk
            chunk, size = [], 0
        chunk.append(line)
        size += length
    if chunk:
        yield chunk


def _characters(line: Read) -> int:
    """About as long as it travels."""
    if isinstance(line, Unreadable):
        return len(line.text) + len(line.reason)
    return sum(len(value) + 3 for value in line.values if value is not None)


class Door:
    """A service's imports over REST."""

    def __init__(self, doors: RestDoors, service: str) -> None:
        self.doors = doors
        self.service = service

    async def call(self, method: str, path: str, content: Any, **query: Any) -> dict[str, Any]:
        found, refusal = await self._answer(method, path, content, **query)
        if refusal:
            raise refusal
        return found

    async def send(self, path: str, chunks: Iterator[Chunk], ahead: int) -> AsyncIterator[int]:
        """Up to `ahead` chunks on the way, so that one is read while another is written."""
        under_way: deque[tuple[Chunk, asyncio.Task[Any]]] = deque()
        try:
            for chunk in chunks:
                sending = asyncio.create_task(self._answer("POST", path, chunk.content))
                under_way.append((chunk, sending))
                if len(under_way) == ahead:
                    yield await self._settled(path, *under_way.popleft())
            while under_way:
                yield await self._settled(path, *under_way.popleft())
        finally:
            for _, sending in under_way:
                sending.cancel()

    async def _settled(self, path: str, chunk: Chunk, sending: "asyncio.Task[Any]") -> int:
        """Once more if it came before the chunk ahead of it was in."""
        _, refusal = await sending
        if refusal:
            await self.call("POST", path, chunk.content)
        return chunk.next_line

    async def _answer(
        self, method: str, path: str, content: Any, **query: Any
    ) -> tuple[dict[str, Any], Problem | None]:
        answer = await self.doors.rest(
            self.service, method, f"/v1/imports{path}", as_=IMPORTER, content=content, query=query
        )
        found: dict[str, Any] = answer.json()
        if not answer.is_error:
            return found, None
        errors = found.get("errors") or [{"field": found.get("field"), "message": found["detail"]}]
        wrong = "; ".join(f"{each['field'] or 'request'}: {each['message']}" for each in errors[:5])
        return found, Problem(f"The {self.service} service refused the import: {wrong}")

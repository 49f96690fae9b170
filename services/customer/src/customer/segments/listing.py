"""Naming the members of a list: lines of identifiers or ids, and what became of each."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import orjson

from customer.identifiers.models import checked_scheme, from_abroad, normalised
from customer.identifiers.queries import Key, owners, survivors
from customer.segments.commands import open_list
from customer.segments.membership import Moves, move_members
from customer.segments.queries import those_below
from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.identity import Caller

MOST_LINES: Final = 100_000
MOST_REPORTED: Final = 1_000
HEADERS: Final = (["customer_id"], ["scheme", "value"])
UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
NO_UTF_8: Final = "\N{REPLACEMENT CHARACTER}"
ABOUT_HEADERS: Final = "begins with the header customer_id, or scheme,value"


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody, as a line names them; or why it names nobody."""

    line: int
    customer_id: UUID | None = None
    key: Key | None = None
    wrong: str = ""


@dataclass
class Taken:
    """What became of the lines."""

    lines: int = 0
    moved: int = 0
    unchanged: int = 0
    refused: int = 0
    reported: list[tuple[int, str]] = field(default_factory=list)

    def refuse(self, line: int, reason: str) -> None:
        self.refused += 1
        if len(self.reported) < MOST_REPORTED:
            self.reported.append((line, reason))


async def name_members(
    session: AsyncSession, segment_id: UUID, named: Sequence[Named], caller: Caller, *, join: bool
) -> Taken:
    """Put those on the list, or take them off. Lines that name nobody of its unit are reported."""
    segment = await open_list(session, segment_id, caller)
    taken = Taken(lines=len(named))
    keys = {each.key for each in named if each.key}
    owned = await owners(session, keys)
    ids = {each.line: each.customer_id or owned.get(each.key or ("", "")) for each in named}
    today = await survivors(session, sorted({each for each in ids.values() if each}))
    seen = await those_below(
        session, {today.get(each, each) for each in ids.values() if each}, segment.unit
    )
    chosen: set[UUID] = set()
    for each in named:
        known = ids[each.line]
        current = today.get(known, known) if known else None
        if current in seen and current is not None:
            chosen.add(current)
        else:
            taken.refuse(each.line, each.wrong or f"is nobody known in {segment.unit}")
    pairs = [(segment.id, each) for each in chosen]
    joined, left = await move_members(session, Moves(pairs, []) if join else Moves([], pairs))
    taken.moved = joined + left
    taken.unchanged = taken.lines - taken.refused - taken.moved
    return taken


def read_csv(body: bytes, country_code: str | None = None) -> list[Named]:
    """Lines of CSV, the header first; of telephone numbers without a country code it is this."""
    rows = _rows(body)
    header = next(rows, (0, []))[1]
    if header not in HEADERS:
        raise InvalidInput("body", ABOUT_HEADERS)
    return _bounded(_in_columns(line, header, row, country_code) for line, row in rows if row)


def read_lines(body: bytes, country_code: str | None = None) -> list[Named]:
    """Lines of JSON: an object each, with customer_id or with scheme and value."""
    lines = ((n, each) for n, each in enumerate(body.splitlines(), 1) if each.strip())
    return _bounded(_from_json(line, text, country_code) for line, text in lines)


def _rows(body: bytes) -> Iterator[tuple[int, list[str]]]:
    if body.startswith(UTF_16):
        raise InvalidInput("body", "is UTF-16: save it as UTF-8, or as CSV UTF-8")
    text = body.decode("utf-8-sig", errors="replace")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            yield reader.line_num, [each.strip() for each in row]
    except csv.Error as broken:
        raise InvalidInput("body", f"is no CSV in line {reader.line_num}: {broken}") from broken


def _in_columns(line: int, header: list[str], row: list[str], country_code: str | None) -> Named:
    if len(row) > len(header):
        return Named(line, wrong=f"has {len(row)} values, and the header {len(header)}")
    if any(NO_UTF_8 in each for each in row):
        return Named(line, wrong="is not UTF-8")
    return _named(line, dict(zip(header, row, strict=False)), country_code)


def _bounded(named: Iterator[Named]) -> list[Named]:
    found: list[Named] = []
    for each in named:
        if len(found) == MOST_LINES:
            raise InvalidInput("body", f"has more than {MOST_LINES} lines")
        found.append(each)
    return found


def _from_json(line: int, text: bytes, country_code: str | None) -> Named:
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        return Named(line, wrong="is no JSON")
    if not isinstance(content, dict):
        return Named(line, wrong="is no object")
    return _named(line, content, country_code)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as wrong:
        raise ValueError(f"{text!r:.40} is no customer's id") from wrong


def _named(line: int, content: dict[str, Any], country_code: str | None) -> Named:
    try:
        if "customer_id" in content:
            return Named(line, customer_id=_id(str(content["customer_id"])))
        scheme = checked_scheme(str(content["scheme"]))
        value = str(content["value"])
        if scheme == "msisdn":
            value = from_abroad(value, country_code)
        return Named(line, key=(scheme, normalised(scheme, value)))
    except KeyError as missing:
        return Named(line, wrong=f"has no {missing.args[0]}")
    except ValueError as wrong:
        return Named(line, wrong=str(wrong))
    except InvalidInput as wrong:
        return Named(line, wrong=f"{wrong.field} {wrong.message}")

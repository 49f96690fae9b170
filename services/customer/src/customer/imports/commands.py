"""Opening an import, taking its lines, closing it."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from sqlmodel import col, select

from customer.attributes.commands import declare_attributes
from customer.entity import table_of
from customer.imports.chunk import TURN, Chunk
from customer.imports.errors import ImportIsComplete, ImportOutOfStep
from customer.imports.mapping import Mapping, check
from customer.imports.models import CustomerImport, ImportRejection, ImportState
from customer.imports.queries import import_by_id
from customer.imports.reading import Line, Reader, Record, Unusable
from kit.bulk import insert_new_rows
from kit.database import AsyncSession
from kit.errors import Conflict, InvalidInput
from kit.idempotency import fingerprint
from kit.identity import Caller

MOST_RECORDS: Final = 1_000
Read: TypeAlias = list[tuple[int, Line | Unusable]]


@dataclass(frozen=True)
class Lines:
    """A part of the file: each record with the number of its line."""

    first: int
    records: Sequence[Record]
    numbers: Sequence[int]

    @property
    def next(self) -> int:
        return self.numbers[-1] + 1

    @classmethod
    def of(cls, first: int, records: Sequence[Record], numbers: Sequence[int] | None) -> "Lines":
        """InvalidInput when the numbers given don't go with the records."""
        if not 0 < len(records) <= MOST_RECORDS:
            raise InvalidInput("records", f"takes 1 to {MOST_RECORDS}")
        if numbers is None:
            return cls(first, records, range(first, first + len(records)))
        rising = all(before < after for before, after in itertools.pairwise(numbers))
        if len(numbers) != len(records) or not rising or numbers[0] < first:
            raise InvalidInput("lines", "takes a rising number per record, from first_line on")
        return cls(first, records, numbers)


async def open_import(
    session: AsyncSession,
    *,
    source: str,
    digest: str,
    mapping: Mapping,
    columns: Sequence[str],
    caller: Caller,
) -> tuple[CustomerImport, bool]:
    """The import of this file by this mapping, and whether it is a new one."""
    caller.require_unit(mapping.unit)
    check(mapping, columns)
    await declare_attributes(session, mapping.declared, caller.subject)
    plain = mapping.model_dump(mode="json")
    fresh = CustomerImport(
        source=source,
        digest=digest,
        mapping_digest=fingerprint(plain),
        mapping=plain,
        columns=list(columns),
        unit=mapping.unit,
        started_by=caller.subject,
    )
    inserted = await insert_new_rows(session, table_of(CustomerImport), [fresh.model_dump()])
    statement = select(CustomerImport).where(
        col(CustomerImport.digest) == digest,
        col(CustomerImport.mapping_digest) == fresh.mapping_digest,
    )
    begun = (await session.exec(statement)).one()
    if begun.columns != list(columns):
        raise Conflict("The same file was sent before with other columns.")
    return begun, bool(inserted)


async def read_lines(session: AsyncSession, import_id: UUID, lines: Lines, caller: Caller) -> Read:
    """What the lines say, before anybody has to wait for it; others get a turn meanwhile."""
    progress = await import_by_id(session, import_id, caller)
    reader = Reader(Mapping.model_validate(progress.mapping), progress.columns)
    read: Read = []
    for number, record in zip(lines.numbers, lines.records, strict=True):
        try:
            read.append((number, reader.read(record)))
        except Unusable as unusable:
            read.append((number, unusable))
        if len(read) % TURN == 0:
            await asyncio.sleep(0)
    return read


async def take_lines(
    session: AsyncSession, import_id: UUID, lines: Lines, read: Read, caller: Caller
) -> tuple[CustomerImport, Sequence[ImportRejection]]:
    """Take the lines that come next, the good and the bad; those taken before change nothing."""
    progress = await import_by_id(session, import_id, caller, for_update=True)
    if lines.next <= progress.next_line:
        return progress, []
    if progress.state == ImportState.COMPLETE:
        raise ImportIsComplete(progress.next_line)
    if lines.first != progress.next_line:
        raise ImportOutOfStep(lines.first, progress.next_line)
    chunk = Chunk(progress, Mapping.model_validate(progress.mapping), caller)
    for number, line in read:
        if isinstance(line, Unusable):
            chunk.refuse(number, line)
        else:
            chunk.add(number, line)
    await chunk.take(session)
    progress.next_line = lines.next
    rows = [each.model_dump() for each in chunk.refused]
    await insert_new_rows(session, table_of(ImportRejection), rows)
    return progress, chunk.refused


async def complete_import(session: AsyncSession, import_id: UUID, caller: Caller) -> CustomerImport:
    progress = await import_by_id(session, import_id, caller, for_update=True)
    progress.state = ImportState.COMPLETE
    return progress

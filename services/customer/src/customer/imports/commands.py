"""Opening an import, taking its lines, closing it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import delete, tuple_
from sqlmodel import col, select

from customer.attributes.commands import check_declared, declare_attributes
from customer.entity import table_of
from customer.imports.checking import check
from customer.imports.chunk import TURN, Chunk
from customer.imports.errors import ImportIsComplete, ImportOutOfStep
from customer.imports.lines import Line, Unreadable, Unusable
from customer.imports.mapping import Mapping
from customer.imports.models import CustomerImport, ImportRejection, ImportState
from customer.imports.originals import Original
from customer.imports.people import Registered
from customer.imports.queries import import_by_id
from customer.imports.reading import Reader
from customer.imports.sending import Sent
from customer.imports.trying import Tried, forget_tried
from customer.organisation.queries import require_known_unit
from customer.settings import settings
from kit.bulk import insert_new_rows
from kit.database import AsyncSession
from kit.errors import Conflict
from kit.idempotency import fingerprint
from kit.identity import Caller
from kit.imports import count_lines, measure_under_way
from kit.models import utcnow

MOST_KEPT: Final = 100_000
"""Refused lines kept of one import; what is beyond is counted only."""
KEPT_DAYS: Final = 30
FORGOTTEN_AT_ONCE: Final = 20_000
Read: TypeAlias = Sequence[tuple[int, Line | Unusable, Original]]


async def open_import(
    session: AsyncSession,
    *,
    source: str,
    digest: str,
    mapping: Mapping,
    columns: Sequence[str],
    dry_run: bool,
    first_line: int,
    caller: Caller,
) -> tuple[CustomerImport, bool]:
    """The import of this file by this mapping, and whether it is a new one."""
    caller.require_unit(mapping.unit)
    check(mapping, columns)
    await require_known_unit(session, mapping.unit, caller, "mapping.unit")
    plain = mapping.model_dump(mode="json", exclude_defaults=True)
    if dry_run:
        await check_declared(session, mapping.declared)
        await _forget_dry_run(session, digest, fingerprint(plain))
    else:
        await declare_attributes(
            session, mapping.declared, caller.subject, personal=mapping.personal
        )
    fresh = CustomerImport(
        source=source,
        digest=digest,
        mapping_digest=fingerprint(plain),
        mapping=plain,
        dry_run=dry_run,
        next_line=first_line,
        columns=list(columns),
        unit=mapping.unit,
        started_by=caller.subject,
    )
    inserted = await insert_new_rows(session, table_of(CustomerImport), [fresh.model_dump()])
    statement = select(CustomerImport).where(
        col(CustomerImport.digest) == digest,
        col(CustomerImport.mapping_digest) == fresh.mapping_digest,
        col(CustomerImport.dry_run) == dry_run,
    )
    begun = (await session.exec(statement)).one()
    if begun.columns != list(columns):
        raise Conflict("The same file was sent before with other columns.")
    return begun, bool(inserted)


async def read_lines(session: AsyncSession, import_id: UUID, sent: Sent, caller: Caller) -> Read:
    """What the lines say, before anybody has to wait for it; others get a turn meanwhile."""
    progress = await import_by_id(session, import_id, caller)
    reader = Reader(Mapping.model_validate(progress.mapping), progress.columns)
    read: list[tuple[int, Line | Unusable, Original]] = []
    for number, record in sent.lines:
        read.append((number, _read(reader, record), record))
        if len(read) % TURN == 0:
            await asyncio.sleep(0)
    return read


def _read(reader: Reader, record: Original) -> Line | Unusable:
    if isinstance(record, Unreadable):
        return Unusable("line", record.reason)
    try:
        return reader.read(record)
    except Unusable as unusable:
        return unusable


async def take_lines(
    session: AsyncSession, import_id: UUID, sent: Sent, read: Read, caller: Caller
) -> tuple[CustomerImport, Sequence[ImportRejection]]:
    """Take the lines that come next, the good and the bad; those taken before change nothing."""
    progress = await import_by_id(session, import_id, caller, for_update=True)
    if sent.next <= progress.next_line:
        return progress, []
    if progress.state == ImportState.COMPLETE:
        raise ImportIsComplete(progress.next_line)
    if sent.first != progress.next_line:
        raise ImportOutOfStep(sent.first, progress.next_line)
    kept = progress.rejected
    chunk = Chunk(progress, Tried(progress.id) if progress.dry_run else Registered(), caller)
    for number, line, original in read:
        if isinstance(line, Unusable):
            chunk.refuse(number, line, original)
        else:
            chunk.add(number, line, original)
    await chunk.take(session)
    progress.next_line = sent.next
    progress.taken_at = utcnow()
    count_lines(chunk.tally.outcomes, dry_run=progress.dry_run)
    rows = [each.model_dump() for each in chunk.refused[: max(0, MOST_KEPT - kept)]]
    await insert_new_rows(session, table_of(ImportRejection), rows)
    return progress, chunk.refused


async def complete_import(session: AsyncSession, import_id: UUID, caller: Caller) -> CustomerImport:
    progress = await import_by_id(session, import_id, caller, for_update=True)
    progress.state = ImportState.COMPLETE
    if progress.dry_run:
        await forget_tried(session, [progress.id])
    return progress


async def measure_imports(session: AsyncSession) -> None:
    """How many files are coming in, and how many of them stand still."""
    is_open = col(CustomerImport.state) == ImportState.OPEN
    await measure_under_way(session, is_open, col(CustomerImport.taken_at))


async def forget_imports(session: AsyncSession) -> None:
    """Refused lines go after a month, what dry runs left unfinished made of people after a day."""
    old = select(ImportRejection.import_id, ImportRejection.line).join(CustomerImport)
    due = old.where(col(CustomerImport.created_at) < utcnow() - timedelta(days=KEPT_DAYS))
    key = tuple_(col(ImportRejection.import_id), col(ImportRejection.line))
    await session.execute(delete(ImportRejection).where(key.in_(due.limit(FORGOTTEN_AT_ONCE))))
    left = select(CustomerImport.id).where(
        CustomerImport.dry_run, col(CustomerImport.created_at) < utcnow() - timedelta(days=1)
    )
    await forget_tried(session, (await session.exec(left)).all())
    await _forget_old_imports(session)


async def _forget_old_imports(session: AsyncSession) -> None:
    """What became of a file, once its refused lines are gone; the same file is a new one then."""
    days = timedelta(days=settings().import_days)
    refused = select(ImportRejection.import_id)
    old = (
        select(CustomerImport.id)
        .where(
            col(CustomerImport.created_at) < utcnow() - days,
            col(CustomerImport.id).not_in(refused),
        )
        .order_by(col(CustomerImport.id))
        .limit(FORGOTTEN_AT_ONCE)
    )
    ids = (await session.exec(old.with_for_update(skip_locked=True))).all()
    await forget_tried(session, ids)
    await session.execute(delete(CustomerImport).where(col(CustomerImport.id).in_(ids)))


async def _forget_dry_run(session: AsyncSession, digest: str, mapping_digest: str) -> None:
    """One that is complete says how things were then; it is made anew."""
    complete = select(CustomerImport.id).where(
        CustomerImport.dry_run,
        col(CustomerImport.digest) == digest,
        col(CustomerImport.mapping_digest) == mapping_digest,
        col(CustomerImport.state) == ImportState.COMPLETE,
    )
    ids = (await session.exec(complete.with_for_update())).all()
    await session.execute(delete(ImportRejection).where(col(ImportRejection.import_id).in_(ids)))
    await session.execute(delete(CustomerImport).where(col(CustomerImport.id).in_(ids)))

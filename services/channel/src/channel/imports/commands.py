"""Taking purchases in: a chunk is one transaction, with its progress."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from channel.channels.queries import OpenChannel, channels_open_to
from channel.identifiers.commands import Customers, Whereabouts, find_or_name
from channel.imports.errors import ImportIsComplete, LinesOutOfSequence
from channel.imports.forgetting import forget_dry_run
from channel.imports.mapping import PurchaseMapping
from channel.imports.models import ImportRejection, ImportState, PurchaseImport, import_customer
from channel.imports.purchases import Purchase, RefusedLine, read_purchases
from channel.imports.queries import import_by_id
from channel.imports.trying import count_buyers, forget_tried, new_among, whom_they_would_be
from channel.orders.commands import keep_orders, new_order
from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.idempotency import fingerprint
from kit.identity import Caller
from kit.imports import count_lines, measure_under_way
from kit.models import utcnow, uuid7

Row = dict[str, Any]
MOST_KEPT: Final = 100_000
"""Refused lines kept of one import; what is beyond is counted only."""
OUTCOMES: Final = ("orders", "repeated", "rejected")


async def start_import(
    session: AsyncSession,
    caller: Caller,
    *,
    source: str,
    digest: str,
    mapping: PurchaseMapping,
    columns: list[str],
    dry_run: bool = False,
) -> PurchaseImport:
    """Begin an import; the same file by the same mapping goes on where it was."""
    caller.require_unit(mapping.unit)
    mapping.places(columns)
    await _channel(session, caller, mapping)
    plain = mapping.model_dump(mode="json", exclude_none=True)
    mapping_digest = fingerprint({"mapping": plain, "columns": columns})
    if dry_run:
        await forget_dry_run(session, digest, mapping_digest)
    wanted = PurchaseImport(
        source=source,
        digest=digest,
        mapping_digest=mapping_digest,
        dry_run=dry_run,
        mapping=plain,
        columns=columns,
        unit=mapping.unit,
        started_by=caller.subject,
    )
    await session.execute(
        insert(PurchaseImport).values(wanted.model_dump()).on_conflict_do_nothing()
    )
    statement = select(PurchaseImport).where(
        PurchaseImport.digest == digest,
        PurchaseImport.mapping_digest == mapping_digest,
        PurchaseImport.dry_run == dry_run,
    )
    return (await session.exec(statement)).one()


async def take_records(
    session: AsyncSession,
    caller: Caller,
    import_id: UUID,
    *,
    first_line: int,
    records: Sequence[Sequence[str]],
) -> PurchaseImport:
    """Take a chunk in; one that was taken before changes nothing."""
    run = await import_by_id(session, import_id, seen_from=caller.unit or "", for_update=True)
    if first_line + len(records) <= run.next_line:
        return run
    if run.state == ImportState.COMPLETE:
        raise ImportIsComplete(run.next_line)
    if first_line != run.next_line:
        raise LinesOutOfSequence(run.next_line)
    mapping = PurchaseMapping.model_validate(run.mapping)
    channel = await _channel(session, caller, mapping)
    before = {name: getattr(run, name) for name in OUTCOMES}
    purchases, refused = read_purchases(mapping, run.columns, first_line, records)
    with session.no_autoflush:  # the counts agree with one another only at the end
        await _take(session, run, mapping, channel, purchases)
        await _keep_refused(session, run, refused)
    run.taken_at = utcnow()
    count_lines(_since(before, run), dry_run=run.dry_run)
    run.lines += len(records)
    run.next_line += len(records)
    session.add(run)
    return run


async def complete_import(session: AsyncSession, caller: Caller, import_id: UUID) -> PurchaseImport:
    """Say that the file ends here; again changes nothing."""
    run = await import_by_id(session, import_id, seen_from=caller.unit or "", for_update=True)
    run.state = ImportState.COMPLETE
    if run.dry_run:
        await forget_tried(session, [run.id])
    session.add(run)
    return run


async def measure_imports(session: AsyncSession) -> None:
    """How many files are coming in, and how many of them stand still."""
    is_open = col(PurchaseImport.state) == ImportState.OPEN
    await measure_under_way(session, is_open, col(PurchaseImport.taken_at))


def _since(before: Row, run: PurchaseImport) -> dict[str, int]:
    return {name: getattr(run, name) - many for name, many in before.items()}


async def _channel(session: AsyncSession, caller: Caller, mapping: PurchaseMapping) -> OpenChannel:
    found = await channels_open_to(session, [mapping.channel], caller, None)
    if mapping.channel not in found:
        raise InvalidInput("mapping.channel", "is not a channel in your unit")
    return found[mapping.channel]._replace(unit=mapping.unit)


async def _take(
    session: AsyncSession,
    run: PurchaseImport,
    mapping: PurchaseMapping,
    channel: OpenChannel,
    purchases: Sequence[Purchase],
) -> None:
    """Keep the purchases as orders, and count what is new."""
    if not purchases:
        return
    if run.dry_run:
        customers = await whom_they_would_be(session, purchases)
    else:
        where = Whereabouts(mapping.unit, channel.partner_code)
        customers = await find_or_name(session, {each.customer: where for each in purchases})
    rows = [_order(run, mapping, channel, customers, each) for each in purchases]
    if run.dry_run:
        new = await new_among(session, rows)
        await count_buyers(session, run, customers, _buyers(rows, new))
    else:
        new = await keep_orders(session, rows, {channel.code: channel})
        await _count_customers(session, run, _buyers(rows, new))
        run.named += len(customers.named)
    run.repeated += len(rows) - len(new)
    _count(run, [row for row in rows if row["id"] in new])


def _buyers(rows: Sequence[Row], new: Collection[UUID]) -> set[UUID]:
    return {row["customer_id"] for row in rows if row["id"] in new}


def _order(
    run: PurchaseImport,
    mapping: PurchaseMapping,
    channel: OpenChannel,
    customers: Customers,
    purchase: Purchase,
) -> Row:
    line = {
        "product_code": mapping.product,
        "quantity": purchase.quantity,
        "amount_minor": purchase.amount_minor,
    }
    return new_order(
        reporter="",
        reference=f"{run.digest[:12]}:{purchase.line}",
        customer_id=customers.ids[purchase.customer],
        channel=channel,
        placed_at=purchase.placed_at,
        currency=mapping.currency,
        lines=[line],
        imported=True,
    )


def _count(run: PurchaseImport, new: Sequence[Row]) -> None:
    run.orders += len(new)
    run.quantity += sum(row["lines"][0]["quantity"] for row in new)
    run.amount_minor += sum(row["amount_minor"] for row in new)
    run.zero_amount += sum(row["amount_minor"] == 0 for row in new)
    dates = [row["placed_at"].date() for row in new]
    run.first_date = min([*dates, *filter(None, [run.first_date])], default=None)
    run.last_date = max([*dates, *filter(None, [run.last_date])], default=None)


async def _count_customers(session: AsyncSession, run: PurchaseImport, ids: set[UUID]) -> None:
    if not ids:
        return
    statement = (
        insert(import_customer).on_conflict_do_nothing().returning(import_customer.c.customer_id)
    )
    rows = [{"import_id": run.id, "customer_id": each} for each in ids]
    run.customers += len((await session.execute(statement, rows)).all())


async def _keep_refused(
    session: AsyncSession, run: PurchaseImport, refused: Sequence[RefusedLine]
) -> None:
    if not refused:
        return
    now = utcnow()
    rows = [
        {"id": uuid7(), "created_at": now, "import_id": run.id, **asdict(each)} for each in refused
    ]
    if kept := rows[: max(0, MOST_KEPT - run.rejected)]:
        await session.execute(plain_insert(ImportRejection), kept)
    run.rejected += len(refused)

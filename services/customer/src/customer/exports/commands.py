"""Opening exports."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col

from customer.attributes.queries import definitions
from customer.exports.models import CustomerExport, ExportForm
from customer.exports.writing import Writer
from customer.imports.checking import check
from customer.imports.mapping import (
    MOST_ATTRIBUTES,
    MappedAttribute,
    MappedColumn,
    MappedLists,
    MappedReference,
    MappedStatus,
    Mapping,
)
from customer.profiles.facts import CustomerStatus
from customer.profiles.queries import customers_by_ids
from customer.segments.queries import segment_by_code
from customer.settings import settings
from customer.sight import SIGHT
from kit.database import AsyncSession, Database
from kit.errors import Forbidden, InvalidInput
from kit.identity import Caller
from kit.models import utcnow
from kit.units import lies_below

MOST_IDS: Final = 10_000


async def open_export(
    session: AsyncSession,
    *,
    mapping: Mapping,
    form: ExportForm,
    ids: Sequence[UUID] | None,
    segment: str | None,
    whole: bool,
    caller: Caller,
) -> CustomerExport:
    """Take down what is to be exported, by whom; Forbidden when it may not be told whole."""
    caller.require_unit(mapping.unit)
    require_whole(whole, caller)
    check(mapping, Writer(mapping).columns)
    export = CustomerExport(
        unit=mapping.unit,
        form=form,
        mapping=mapping.model_dump(mode="json", exclude_defaults=True),
        ids=None if ids is None else [str(each) for each in ids],
        segment_id=await _segment(session, segment, ids, caller) if segment else None,
        whole=whole,
        started_by=caller.subject,
    )
    session.add(export)
    return export


async def _segment(
    session: AsyncSession, code: str, ids: Sequence[UUID] | None, caller: Caller
) -> UUID:
    if ids is not None:
        raise InvalidInput("segment", "goes without ids")
    found = await segment_by_code(session, code, caller)
    if found is None:
        raise InvalidInput("segment", "is the code of none that you may see")
    return found.id


async def forget_old_exports(session: AsyncSession) -> None:
    """As long as it is kept who saw whose data, it is kept who took what away."""
    days = timedelta(days=settings().access_audit_days)
    await session.execute(
        delete(CustomerExport).where(col(CustomerExport.created_at) < utcnow() - days)
    )


def require_whole(whole: bool, caller: Caller) -> None:
    """Forbidden when it is, and the caller may not see names and identifiers whole."""
    if whole and not SIGHT.is_whole(caller):
        raise Forbidden(
            f"In full it takes the role {SIGHT.officer} with the scope {SIGHT.scope}, and a purpose."
        )


async def ids_of_today(db: Database, ids: Sequence[UUID], unit: str) -> list[UUID]:
    """The customers of these ids, old ones too, as far as they are in the unit."""
    if len(ids) > MOST_IDS:
        raise InvalidInput("ids", f"takes at most {MOST_IDS}")
    found = await customers_by_ids(db, ids)
    return sorted({row.id for row in found.values() if lies_below(row.unit, unit)})


async def everything(session: AsyncSession, unit: str) -> Mapping:
    """A mapping by which nothing is lost that an import can take."""
    declared = await definitions(session)
    if len(declared) > MOST_ATTRIBUTES:
        raise InvalidInput("mapping", f"is needed where more than {MOST_ATTRIBUTES} are declared")
    return Mapping(
        unit=unit,
        unit_column="unit",
        kind_column="kind",
        time_zone_column="time_zone",
        name=MappedColumn(column="name"),
        status=MappedStatus(column="status", values={str(e): e for e in CustomerStatus}),
        attributes=[
            MappedAttribute(
                name=e.name, column=f"attribute.{e.name}", type=e.type, personal=e.personal
            )
            for e in declared
        ],
        group_class=MappedColumn(column="class"),
        account_manager=MappedColumn(column="account_manager"),
        parent=MappedReference(column="parent"),
        lists=MappedLists(**{name: name for name in MappedLists.model_fields}),
    )

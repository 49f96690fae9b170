"""Taking in touchpoint events: the hot path, few statements however many events."""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from channel.channels.queries import OpenChannel, channels_open_to
from channel.entity import table_of
from channel.identifiers.commands import Whereabouts, customers_meant
from channel.touchpoints.events import TouchpointReported
from channel.touchpoints.models import TouchpointEvent
from channel.touchpoints.reports import Rejection, Reports, TouchpointReport
from kit.database import AsyncSession
from kit.events import record
from kit.identity import Caller
from kit.models import utcnow, uuid7
from kit.units import lies_below

EVENTS = table_of(TouchpointEvent)
TOLD = tuple(name for name in TouchpointReported.model_fields if name != "touchpoint_id")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch."""

    accepted: int
    repeated: int
    rejected: list[Rejection]


async def report_touchpoints(
    session: AsyncSession, caller: Caller, partner_code: str | None, reports: Reports
) -> Receipt:
    """Keep what is new and tell the platform; a repeat changes nothing, what is wrong is told."""
    codes = {report.channel for report in reports.good.values()}
    channels = await channels_open_to(session, codes, caller, partner_code)
    placed, misplaced = _placed(reports, channels)
    customers = await customers_meant(
        session,
        {
            each.customer: Whereabouts(each.unit or channels[each.channel].unit, partner_code)
            for each in placed.values()
        },
    )
    rows = [
        _row(report, channels[report.channel], partner_code, customer)
        for report in placed.values()
        if (customer := customers.get(report.customer))
    ]
    strangers = [
        Rejection(index, "customer.id", "is not the id of a customer")
        for index, report in placed.items()
        if report.customer not in customers
    ]
    new = await _keep(session, rows)
    return Receipt(
        accepted=new,
        repeated=len(rows) - new,
        rejected=sorted([*reports.rejections, *misplaced, *strangers], key=lambda each: each.index),
    )


def _placed(
    reports: Reports, channels: Mapping[str, OpenChannel]
) -> tuple[dict[int, TouchpointReport], list[Rejection]]:
    """The reports whose channel and unit are the caller's, and what is wrong with the others."""
    placed: dict[int, TouchpointReport] = {}
    misplaced: list[Rejection] = []
    for index, report in reports.good.items():
        channel = channels.get(report.channel)
        if channel is None:
            misplaced.append(Rejection(index, "channel", "is not a channel that is open to you"))
        elif report.unit is not None and not lies_below(report.unit, channel.unit):
            misplaced.append(Rejection(index, "unit", f"does not lie below {channel.unit}"))
        else:
            placed[index] = report
    return placed, misplaced


def _row(
    report: TouchpointReport, channel: OpenChannel, partner_code: str | None, customer: UUID
) -> dict[str, Any]:
    now = utcnow()
    return {
        "id": uuid7(),
        "created_at": now,
        "reporter": partner_code or "",
        "client_id": report.id,
        "kind": report.kind,
        "channel_code": channel.code,
        "channel_kind": channel.kind,
        "partner_code": channel.partner_code,
        "unit": report.unit or channel.unit,
        "customer_id": customer,
        "occurred_at": report.occurred_at,
        "received_at": now,
        "properties": report.properties,
    }


async def _keep(session: AsyncSession, rows: list[dict[str, Any]]) -> int:
    """Store what is new with one statement, announce it, and say how many it is.

    Two batches with the same events in other orders would wait for each other, were they not sorted.
    """
    if not rows:
        return 0
    statement = insert(EVENTS).on_conflict_do_nothing().returning(EVENTS.c.id)
    in_one_order = sorted(rows, key=itemgetter("reporter", "client_id"))
    new = set((await session.execute(statement, in_one_order)).scalars())
    for row in rows:
        if row["id"] in new:
            told = {name: row[name] for name in TOLD}
            record(session, TouchpointReported(touchpoint_id=row["id"], **told))
    return len(new)

"""What is done when something is to be handed out."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, literal, or_, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import col

from channel.entity import table_of
from channel.fulfilments import queries
from channel.fulfilments.commands import ending, step, tell
from channel.fulfilments.models import RECALLED, FulfilmentWork, HandoutOutcome, HandoutState
from channel.partners.queries import known_partners
from kit.database import AsyncSession
from kit.events import Heard
from kit.merging.following import Followed
from kit.models import utcnow

DETAILS: Final = (
    "attempt",
    "customer_id",
    "kind",
    "reward_code",
    "title",
    "quantity",
    "amount_minor",
    "currency",
    "partner_code",
    "source_kind",
    "source_id",
)
LOYALTY: Final = "loyalty"
CHANNEL: Final = "channel"
NOBODYS: Final = "there is no such partner"
AS_NEW: Final = {
    "state": HandoutState.OPEN,
    "claimed_by": None,
    "lease_until": None,
    "reference": "",
    "reason": "",
    "ended_at": None,
}


class FulfilmentRequested(Heard):
    """Something to be handed out, as the loyalty service asks for it."""

    fulfilment_id: UUID
    attempt: int
    customer_id: Followed
    unit: str
    kind: str
    reward_code: str
    title: str
    quantity: int
    amount_minor: int
    currency: str
    partner_code: str | None
    source_kind: str
    source_id: UUID


async def keep_requested_fulfilments(
    session: AsyncSession, events: list[FulfilmentRequested]
) -> None:
    """Keep what is to be handed out; a later attempt begins anew, an earlier one changes nothing.

    What a partner is to hand out whom nobody knows fails at once.
    """
    latest = {each.fulfilment_id: each for each in sorted(events, key=lambda each: each.attempt)}
    units = await queries.units_of(session, {each.customer_id for each in events})
    rows = [_row(latest[each], units) for each in sorted(latest)]
    statement = insert(table_of(FulfilmentWork)).values(rows)
    new = statement.excluded
    again = {name: new[name] for name in (*DETAILS, "unit", "requested_at", *AS_NEW)}
    entry = literal([step("requested", None)], JSONB)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["id"],
            set_=again | {"history": col(FulfilmentWork.history).op("||")(entry)},
            where=col(FulfilmentWork.attempt) < new.attempt,
        )
    )
    await _fail_nobodys(session, [row for row in rows if row["partner_code"] is not None])


async def _fail_nobodys(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """What a partner is to hand out whom nobody knows: it would wait for ever."""
    if not rows:
        return
    known = await known_partners(session, {row["partner_code"] for row in rows})
    nobodys = [row["id"] for row in rows if row["partner_code"] not in known]
    now = utcnow()
    over = ending(HandoutOutcome.FAILED, "", NOBODYS, CHANNEL, now) | {"claimed_by": CHANNEL}
    failed = (
        update(FulfilmentWork)
        .where(col(FulfilmentWork.id).in_(nobodys), col(FulfilmentWork.state) == HandoutState.OPEN)
        .values(over)
        .returning(FulfilmentWork)
    )
    for work in await session.scalars(failed.execution_options(populate_existing=True)):
        tell(session, work, CHANNEL, now)


class FulfilmentRecalled(FulfilmentRequested):
    """It is owed no longer."""


async def fail_recalled_fulfilments(
    session: AsyncSession, events: list[FulfilmentRecalled]
) -> None:
    """What nobody is handing out fails; what somebody is at, or has ended, goes on as it would.

    Also what is only heard of afterwards.
    """
    latest = {each.fulfilment_id: each for each in sorted(events, key=lambda each: each.attempt)}
    units = await queries.units_of(session, {each.customer_id for each in events})
    now = utcnow()
    over = ending(HandoutOutcome.FAILED, "", RECALLED, LOYALTY, now) | {"claimed_by": LOYALTY}
    rows = [
        _row(latest[each], units) | over | {"history": [step(RECALLED, LOYALTY)]}
        for each in sorted(latest)
    ]
    statement = insert(FulfilmentWork).values(rows)
    free = or_(
        col(FulfilmentWork.state) == HandoutState.OPEN,
        and_(
            col(FulfilmentWork.state) == HandoutState.CLAIMED,
            col(FulfilmentWork.lease_until) <= now,
        ),
    )
    failed = statement.on_conflict_do_update(
        index_elements=["id"],
        set_=over,
        where=and_(free, col(FulfilmentWork.attempt) == statement.excluded.attempt),
    ).returning(FulfilmentWork)
    for work in await session.scalars(failed.execution_options(populate_existing=True)):
        tell(session, work, LOYALTY, now)


def _row(event: FulfilmentRequested, units: dict[UUID, str]) -> dict[str, Any]:
    return {
        "id": event.fulfilment_id,
        "created_at": utcnow(),
        "requested_at": event.event_time,
        "unit": event.unit or units.get(event.customer_id, ""),
        "history": [step("requested", None)],
        **{name: getattr(event, name) for name in DETAILS},
        **AS_NEW,
    }

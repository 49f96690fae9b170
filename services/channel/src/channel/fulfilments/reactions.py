"""What is done when something is to be handed out."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import literal
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import col

from channel.entity import table_of
from channel.fulfilments import queries
from channel.fulfilments.commands import step
from channel.fulfilments.models import FulfilmentWork, HandoutState
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
    """Keep what is to be handed out; a later attempt begins anew, an earlier one changes nothing."""
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

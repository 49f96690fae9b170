"""How partners' systems report touchpoints."""

import orjson
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, SkipValidation

from channel.partners.queries import claimed_partner
from channel.touchpoints import commands, reports
from channel.touchpoints.reports import TouchpointReport
from kit.rest import CallerOf, DatabaseOf

router = APIRouter(prefix="/v1", tags=["touchpoints"])


class TouchpointBatch(BaseModel):
    """Touchpoint events, in any order."""

    events: list[SkipValidation[TouchpointReport]] = Field(
        min_length=1,
        max_length=500,
        description="1 to 500 events. Each is judged by itself: what is wrong with one is told in "
        "the answer, and does not keep the others out.",
    )


class RejectedTouchpoint(BaseModel):
    """An event that was not taken in."""

    index: int = Field(description="Its place in the batch, from 0.")
    field: str = Field(description="What is wrong, as a path; empty if it is the event as such.")
    message: str = Field(description="Why, for people.")


class TouchpointReceipt(BaseModel):
    """What became of a batch."""

    accepted: int = Field(description="How many were new and are kept.")
    repeated: int = Field(description="How many had been reported before; nothing was changed.")
    rejected: list[RejectedTouchpoint] = Field(description="Those that are wrong.")


@router.post(
    "/touchpoint-events",
    summary="Report touchpoint events",
    response_model=TouchpointReceipt,
)
async def report_touchpoint_events(
    caller: CallerOf, database: DatabaseOf, batch: TouchpointBatch
) -> Response:
    """Takes in what customers did or met.

    Send it again if you got no answer: an event is known by its `id`, and is kept once. Somebody
    unknown is registered. Roles: partner, operator. Scope: touchpoints:write.
    """
    caller.require_role("partner", "operator")
    caller.require_scope("touchpoints:write")
    partner_code = claimed_partner(caller)
    read = reports.read(batch.events)
    async with database.transaction() as session:
        receipt = await commands.report_touchpoints(session, caller, partner_code, read)
    return Response(orjson.dumps(receipt), media_type="application/json")

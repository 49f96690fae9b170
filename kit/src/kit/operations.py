"""For whoever runs the service: what is parked, why, and once more."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import select

from kit.hearing import Hearing
from kit.rest import CallerOf, DatabaseOf
from kit.tables import parked_event


class ParkedEvent(BaseModel):
    """An event put aside because a reaction to it keeps failing."""

    id: UUID = Field(description="The event's id.")
    subject: str = Field(description="What it reports.")
    reason: str = Field(description="Why the last attempt failed.")
    attempts: int = Field(description="How often it was tried.")
    parked_at: datetime = Field(description="When it was put aside.")


def operations(hearing: Hearing) -> APIRouter:
    """Routes for the role operator."""
    router = APIRouter(prefix="/operations", tags=["operations"])

    @router.get("/parked-events", summary="Events put aside, oldest first")
    async def list_parked(
        caller: CallerOf, database: DatabaseOf, first: int = Query(50, ge=1, le=100)
    ) -> list[ParkedEvent]:
        caller.require_role("operator")
        statement = select(parked_event).order_by(parked_event.c.parked_at).limit(first)
        async with database.reading() as session:
            rows = (await session.execute(statement)).mappings().all()
        return [ParkedEvent.model_validate(dict(row)) for row in rows]

    @router.post("/parked-events/{event_id}/replay", status_code=204, summary="React once more")
    async def replay(caller: CallerOf, event_id: UUID) -> None:
        caller.require_role("operator")
        await hearing.replay(event_id)

    return router

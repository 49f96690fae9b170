"""How partners' systems read what a month came to."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from channel.funding import models, queries
from channel.partners.queries import acting_partner
from kit.errors import Forbidden
from kit.rest import CallerOf, DatabaseOf

router = APIRouter(prefix="/v1/funded-points", tags=["settlements"])


class FundedMonthView(BaseModel):
    """A month of members' points that you pay for."""

    month: str = Field(description="In UTC, such as 2026-01: when it was booked.")
    postings: int = Field(description="How many postings, taken-back ones included.")
    points: int = Field(
        description="Points given less points taken back; below zero, more was taken back."
    )
    amount_minor: int = Field(description="What they cost you, in the smallest unit.")
    currency: str = Field(description="ISO 4217.")
    settled_at: datetime = Field(description="When it was settled; then it stands.")

    @classmethod
    def of(cls, row: models.FundedMonth) -> Self:
        return cls(
            month=row.month,
            postings=row.postings,
            points=row.points,
            amount_minor=row.amount_minor,
            currency=row.currency,
            settled_at=row.created_at,
        )


class FundedMonthPage(BaseModel):
    """Your months, the latest first."""

    months: list[FundedMonthView] = Field(description="The months of this page.")
    next: str | None = Field(description="Pass as `after` to go on; null at the end.")


@router.get("", summary="Members' points that you pay for")
async def list_funded_months(
    caller: CallerOf,
    database: DatabaseOf,
    first: Annotated[int, Query(ge=1, le=100, description="How many.")] = 12,
    after: Annotated[str | None, Query(max_length=400, description="`next` of a page.")] = None,
) -> FundedMonthPage:
    """Settled months; one is settled an hour after its end. Role: partner. Scope: settlements:read."""
    caller.require_role("partner")
    caller.require_scope("settlements:read")
    async with database.reading() as session:
        partner = await acting_partner(session, caller)
        if partner is None:
            raise Forbidden("The token names no partner.")
        found = await queries.funded_months(session, partner.code, first, after)
    return FundedMonthPage(
        months=[FundedMonthView.of(each) for each in found.items],
        next=found.end_cursor if found.has_next else None,
    )

"""How partners' systems hand out what customers are owed."""

import asyncio
import time
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement

from channel.accesses.noting import NOTING
from channel.fulfilments import commands, models, queries
from channel.fulfilments.models import HandoutKind, HandoutOutcome, HandoutState
from channel.partners.queries import acting_partner
from kit.database import AsyncSession, Database
from kit.identity import Caller
from kit.models import utcnow
from kit.paging import Page
from kit.rest import CallerOf, DatabaseOf

LOOK_AGAIN_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 20

router = APIRouter(prefix="/v1/fulfilments", tags=["fulfilments"])
FulfilmentId = Annotated[UUID, Path(description="Of the fulfilment.")]


class FulfilmentView(BaseModel):
    """Something that a customer is owed and you hand out."""

    id: UUID = Field(description="The fulfilment's id: what you do with it, do it once per id.")
    attempt: int = Field(description="How often it was asked for, from 1: it failed in between.")
    kind: HandoutKind = Field(description="gift, top_up or partner_reward.")
    state: HandoutState = Field(description="open, claimed, completed or failed.")
    customer_id: UUID = Field(description="The customer who is to get it.")
    reward: str = Field(description="The reward's code; empty without one.")
    title: str = Field(description="What it is, in a line.")
    quantity: int = Field(description="How many.")
    amount_minor: int = Field(
        description="What a top-up is worth, all of `quantity`, in the smallest unit; 0 for things."
    )
    currency: str = Field(description="ISO 4217; empty for things.")
    requested_at: datetime = Field(description="When it was asked for.")
    lease_until: datetime | None = Field(description="Until when it is claimed.")
    reference: str = Field(description="What you called it when you completed it; or empty.")
    reason: str = Field(description="Why it failed; or empty.")
    ended_at: datetime | None = Field(description="When it was completed or failed.")

    @classmethod
    def of(cls, work: models.FulfilmentWork) -> Self:
        state = work.state_at(utcnow())
        told = {
            name: getattr(work, name)
            for name in cls.model_fields
            if name in type(work).model_fields
        }
        lease = work.lease_until if state == HandoutState.CLAIMED else None
        return cls(**told | {"state": state, "lease_until": lease, "reward": work.reward_code})


class FulfilmentPage(BaseModel):
    """Fulfilments, what was asked for first coming first."""

    fulfilments: list[FulfilmentView] = Field(description="The fulfilments of this page.")
    next: str | None = Field(description="Pass as `after` to go on; null at the end.")


class FulfilmentOutcome(BaseModel):
    """What came of a fulfilment."""

    model_config = ConfigDict(extra="forbid")

    outcome: HandoutOutcome = Field(description="completed or failed; both are final.")
    reference: str = Field(
        "",
        max_length=commands.REFERENCE_LENGTH,
        pattern=r"^[^\x00]*$",
        description="Your receipt, or the serial number of what you handed out. Of a failure none.",
    )
    reason: str = Field(
        "",
        max_length=commands.REASON_LENGTH,
        pattern=r"^[^\x00]*$",
        description="Why it failed, for whoever answers the customer. Only of a failure.",
    )


@router.get("", summary="What you are to hand out")
async def list_fulfilments(
    caller: CallerOf,
    database: DatabaseOf,
    state: Annotated[HandoutState, Query(description="Only those so far.")] = HandoutState.OPEN,
    kind: Annotated[HandoutKind | None, Query(description="Only things of this kind.")] = None,
    first: Annotated[int, Query(ge=1, le=100, description="How many.")] = 50,
    after: Annotated[str | None, Query(max_length=400, description="`next` of a page.")] = None,
    wait: Annotated[
        float,
        Query(
            ge=0, le=LONGEST_WAIT_SECONDS, description="Seconds to wait if there is nothing yet."
        ),
    ] = 0,
) -> FulfilmentPage:
    """A partner gets its own, our systems what our own people hand out.

    Roles: partner, front_line, operator. Scope: fulfilments:work.
    """
    _require(caller)
    end = time.monotonic() + wait
    while True:
        page = await _to_do(database, caller, state, kind, first, after)
        left = end - time.monotonic()
        if page.items or left <= 0:
            people = {each.customer_id for each in page.items}
            await NOTING.note_in_passing(database, caller, people, "fulfilments")
            views = [FulfilmentView.of(each) for each in page.items]
            return FulfilmentPage(
                fulfilments=views, next=page.end_cursor if page.has_next else None
            )
        await asyncio.sleep(min(LOOK_AGAIN_SECONDS, left))


@router.post("/{fulfilment_id}/claim", summary="Claim a fulfilment")
async def claim_fulfilment(
    caller: CallerOf, database: DatabaseOf, fulfilment_id: FulfilmentId
) -> FulfilmentView:
    """It is yours for 15 minutes, then others may take it; claim it again to keep it longer.

    Claim before you hand anything out: 409 says that somebody else is at it, or that it is over.
    Roles: partner, front_line, operator. Scope: fulfilments:work.
    """
    _require(caller)
    async with database.transaction() as session:
        work = await commands.claim_fulfilment(
            session, fulfilment_id, by=caller.subject, theirs=await _theirs(session, caller)
        )
        return FulfilmentView.of(work)


@router.post("/{fulfilment_id}/outcome", summary="Report what came of a fulfilment")
async def end_fulfilment(
    caller: CallerOf, database: DatabaseOf, fulfilment_id: FulfilmentId, report: FulfilmentOutcome
) -> FulfilmentView:
    """Claim it first. The same report again gets the same answer and changes nothing.

    A claim that ran out will do as long as nobody else took it since. 409 if somebody did, or if
    something else was reported before. Roles: partner, front_line, operator. Scope:
    fulfilments:work.
    """
    _require(caller)
    async with database.transaction() as session:
        work = await commands.end_fulfilment(
            session,
            fulfilment_id,
            report.outcome,
            reference=report.reference,
            reason=report.reason,
            by=caller.subject,
            theirs=await _theirs(session, caller),
        )
        return FulfilmentView.of(work)


def _require(caller: Caller) -> None:
    caller.require_role("partner", "front_line", "operator")
    caller.require_scope("fulfilments:work")


async def _theirs(session: AsyncSession, caller: Caller) -> ColumnElement[bool]:
    partner = await acting_partner(session, caller)
    return queries.done_by(caller, partner.code if partner else None)


async def _to_do(
    database: Database,
    caller: Caller,
    state: HandoutState,
    kind: HandoutKind | None,
    first: int,
    after: str | None,
) -> Page[models.FulfilmentWork]:
    async with database.reading() as session:
        return await queries.fulfilment_work(
            session,
            await _theirs(session, caller),
            state=state,
            kind=kind,
            first=first,
            after=after,
        )

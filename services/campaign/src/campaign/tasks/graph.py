"""Tasks in the graph."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from campaign.accesses.noting import saw
from campaign.campaigns.graph.campaigns import Campaign, campaigns_by_id
from campaign.catalogue.graph.catalogue import Offer, offers_by_id
from campaign.others import Channel
from campaign.sight import SIGHT
from campaign.tasks import models, progress, queries
from campaign.tasks.withdrawing import PLATFORM
from kit.graph.access import Roles
from kit.graph.context import Context, Info
from kit.graph.personal import PERSONAL, Personal
from kit.identity import Caller
from kit.personal.seeing import masked

READERS = ("marketer", "approver", "front_line", "analyst", "operator", "customer")
STAFF = ("marketer", "approver", "front_line", "analyst", "operator")

TaskState = strawberry.enum(
    progress.TaskState, description="How far a task has come; the furthest stands."
)


@strawberry.type(description="Something that was reported of a task.")
class TaskReport:
    state: TaskState = strawberry.field(description="What was reached.")  # type: ignore[valid-type]
    reason: str = strawberry.field(
        description="Why, if it was said; what a person wrote is masked for who sees no names.",
        directives=[PERSONAL],
    )
    by: str = strawberry.field(description="Who reported it.")
    occurred_at: datetime = strawberry.field(description="When it happened.")

    @classmethod
    def of(cls, row: models.TaskReport, caller: Caller) -> Self:
        whole = SIGHT.is_whole(caller) or row.by in (caller.subject, PLATFORM)
        return cls(
            state=progress.TaskState(row.state),
            reason=masked(row.reason, whole=whole) or "",
            by=row.by,
            occurred_at=row.occurred_at,
        )


@strawberry.federation.type(
    keys=["id"], description="One customer, one offer, one channel, a deadline."
)
class Task:
    id: UUID = strawberry.field(description="Its identity.")
    state: TaskState = strawberry.field(description="How far it has come.")  # type: ignore[valid-type]
    channel_code: str = strawberry.field(description="Where it went.")
    channel: Channel | None = strawberry.field(description="Where it went, as far as one may see.")
    unit: str = strawberry.field(description="The OrgUnit it is worked in.")
    arm: str = strawberry.field(description="The arm of the campaign the customer is in.")
    deadline: datetime = strawberry.field(description="Until when it is to be answered.")
    planned_at: datetime = strawberry.field(description="When it was decided.")
    dispatch_at: datetime = strawberry.field(description="When it goes or went out.")
    presented_at: datetime | None = strawberry.field(description="When the customer saw the offer.")
    accepted_at: datetime | None = strawberry.field(description="When the customer said yes.")
    campaign_id: strawberry.Private[UUID]
    offer_id: strawberry.Private[UUID]
    customer_id: strawberry.Private[UUID]

    @strawberry.field(description="The campaign it belongs to.", extensions=[Roles(*STAFF)])
    async def campaign(self, info: Info) -> Campaign | None:
        row = await info.context.loader(campaigns_by_id).load(self.campaign_id)
        return Campaign.of(row) if row else None

    @strawberry.field(description="What it offers.", extensions=[Roles(*READERS)])
    async def offer(self, info: Info) -> Offer | None:
        row = await info.context.loader(offers_by_id).load(self.offer_id)
        return Offer.of(row) if row else None

    @strawberry.field(
        description="What was reported of it.",
        extensions=[Roles(*READERS), Personal(saw, "task_history", person="customer_id")],
    )
    async def history(self, info: Info) -> list[TaskReport] | None:
        rows = await info.context.loader(_reports).load(self.id)
        return [TaskReport.of(row, info.context.caller) for row in rows]

    @classmethod
    def of(cls, row: models.Task) -> Self:
        return cls(
            **{name: getattr(row, name) for name in PLAIN},
            state=progress.TaskState(row.state),
            channel=Channel(code=row.channel_code),
            planned_at=row.created_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> "Task | None":
        caller = info.context.caller
        caller.require_role(*READERS)
        row = await info.context.loader(_tasks).load(UUID(id))
        return cls.of(row) if row and may_see(caller, row) else None


PLAIN = (
    "id",
    "channel_code",
    "unit",
    "arm",
    "deadline",
    "dispatch_at",
    "presented_at",
    "accepted_at",
    "campaign_id",
    "offer_id",
    "customer_id",
)


def may_see(caller: Caller, row: models.Task) -> bool:
    """Customers see their own, whatever else their token claims; staff what concerns their unit."""
    if "customer" in caller.roles:
        return caller.claims.get("customer") == str(row.customer_id)
    return caller.sees(row.unit) or caller.sees(row.customer_unit)


async def _tasks(context: Context, ids: Sequence[UUID]) -> list[models.Task | None]:
    async with context.db.reading() as session:
        found = await queries.tasks_by_id(session, ids)
    return [found.get(each) for each in ids]


async def _reports(context: Context, ids: Sequence[UUID]) -> list[list[models.TaskReport]]:
    async with context.db.reading() as session:
        found = await queries.reports_of(session, ids)
    return [found.get(each, []) for each in ids]

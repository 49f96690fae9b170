"""Decisions in the graph, and what a customer has of decisions and tasks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry
from sqlmodel import col

from campaign.accesses.noting import saw
from campaign.campaigns.graph.campaigns import Campaign, campaigns_by_id
from campaign.catalogue.graph.catalogue import Offer, offers_by_id
from campaign.decisions import models, queries
from campaign.decisions.recommending import Recommendation, recommendations_for
from campaign.others import Channel
from campaign.tasks import queries as task_queries
from campaign.tasks.graph import STAFF, Task
from campaign.tasks.models import Task as TaskRow
from campaign.units import nowhere_if_none
from kit.errors import Forbidden
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.personal import Personal
from kit.identity import Caller
from kit.merging.mergers import current_ids
from kit.paging import page

DecisionOutcome = strawberry.enum(
    models.Outcome,
    name="DecisionOutcome",
    description="OFFERED: a task went out; HELD_OUT: kept as control; NOTHING: no candidate left.",
)


@strawberry.type(description="An offer that was considered.")
class DecisionCandidate:
    outcome: str = strawberry.field(description="offered, held_out, outranked or left.")
    stage: str = strawberry.field(
        description="Where that was found: trigger, audience, eligibility, channel, consent, "
        "special_lists, contact_policy, global_holdout, budget, control_group or arbitration."
    )
    reason: str = strawberry.field(description="Why, for people.")
    campaign_id: strawberry.Private[UUID]
    offer_id: strawberry.Private[UUID]

    @strawberry.field(description="The campaign.", extensions=[Roles(*STAFF)])
    async def campaign(self, info: Info) -> Campaign | None:
        row = await info.context.loader(campaigns_by_id).load(self.campaign_id)
        return Campaign.of(row) if row else None

    @strawberry.field(description="The offer.", extensions=[Roles(*STAFF)])
    async def offer(self, info: Info) -> Offer | None:
        row = await info.context.loader(offers_by_id).load(self.offer_id)
        return Offer.of(row) if row else None

    @classmethod
    def of(cls, candidate: dict[str, Any]) -> Self:
        return cls(
            outcome=candidate["outcome"],
            stage=candidate["stage"],
            reason=candidate["reason"],
            campaign_id=UUID(candidate["campaign_id"]),
            offer_id=UUID(candidate["offer_id"]),
        )


@strawberry.federation.type(
    keys=["id"],
    description="For one customer at one touchpoint: which offer, and why not the others.",
)
class Decision:
    id: UUID = strawberry.field(description="Its identity.")
    outcome: DecisionOutcome = strawberry.field(description="What was decided.")  # type: ignore[valid-type]
    touchpoint_id: UUID = strawberry.field(description="The touchpoint event it was made for.")
    channel_code: str = strawberry.field(description="Where the customer was.")
    channel: Channel | None = strawberry.field(
        description="Where the customer was, as far as one may see."
    )
    decided_at: datetime = strawberry.field(description="When.")
    candidates: list[DecisionCandidate] = strawberry.field(
        description="Every offer considered, with the stage and the reason where it left."
    )
    task_id: UUID | None = strawberry.field(description="The task that went out.")

    @classmethod
    def of(cls, row: models.Decision) -> Self:
        return cls(
            id=row.id,
            outcome=models.Outcome(row.outcome),
            touchpoint_id=row.touchpoint_id,
            channel_code=row.channel_code,
            channel=Channel(code=row.channel_code),
            decided_at=row.decided_at,
            candidates=[DecisionCandidate.of(each) for each in row.candidates],
            task_id=row.task_id,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> "Decision | None":
        info.context.caller.require_role(*STAFF)
        return await _decision_seen(info, UUID(id))


@strawberry.federation.type(keys=["id"], description="An individual or a group.")
class Customer:
    id: UUID = strawberry.field(description="Their identity.")

    @strawberry.field(
        description="What was decided for them, newest first.",
        extensions=[Roles(*STAFF), Personal(saw, "decisions")],
    )
    async def decisions(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[Decision] | None:
        select = queries.decisions_for(nowhere_if_none(info.context.caller.unit)).where(
            col(models.Decision.customer_id) == self.id
        )
        async with info.context.db.reading() as session:
            found = await page(session, select, [models.Decision.id], first=first, after=after)
        return Connection.of(found, Decision.of)

    @strawberry.field(
        description="Their marketing tasks, newest first.",
        extensions=[Roles(*STAFF, "customer"), Personal(saw, "tasks")],
    )
    async def tasks(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[Task] | None:
        select = _tasks_for(info.context.caller, self.id).where(col(TaskRow.customer_id) == self.id)
        async with info.context.db.reading() as session:
            found = await page(session, select, [TaskRow.id], first=first, after=after)
        return Connection.of(found, Task.of)

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> "Customer":
        return cls(id=await info.context.loader(_ids_of_today).load(UUID(id)))


def _tasks_for(caller: Caller, customer_id: UUID) -> Any:
    """Staff see their unit's; customers their own, whatever else their token claims."""
    if "customer" not in caller.roles:
        return task_queries.tasks_for(nowhere_if_none(caller.unit))
    if caller.claims.get("customer") != str(customer_id):
        raise Forbidden("Customers see themselves only.")
    return task_queries.tasks_of(customer_id)


async def _ids_of_today(context: Context, ids: Sequence[UUID]) -> list[UUID]:
    async with context.db.reading() as session:
        current = await current_ids(session, ids)
    return [current.get(each, each) for each in ids]


async def _decision_seen(info: Info, id: UUID) -> Decision | None:
    row = await info.context.loader(_decisions).load(id)
    if row is None:
        return None
    saw(info.context, row.customer_id, "decisions")
    return Decision.of(row)


async def _decisions(context: Context, ids: Sequence[UUID]) -> list[models.Decision | None]:
    select = queries.decisions_for(nowhere_if_none(context.caller.unit))
    async with context.db.reading() as session:
        rows = await session.scalars(select.where(models.Decision.id.in_(ids)))  # type: ignore[attr-defined]
        found = {row.id: row for row in rows}
    return [found.get(each) for each in ids]


@strawberry.type
class DecisionQuery:
    @strawberry.field(
        description="The decision of this id; null if there is none for the caller.",
        extensions=[Roles(*STAFF)],
    )
    async def decision(self, info: Info, id: UUID) -> Decision | None:
        return await _decision_seen(info, id)

    @strawberry.field(
        description="The next best offers for a customer at a channel now, the best first. Nothing "
        "is committed and nothing counts as a contact.",
        extensions=[Roles("front_line", "marketer")],
    )
    async def recommendations(
        self, info: Info, customer_id: UUID, channel_code: str
    ) -> list[Recommendation] | None:
        async with info.context.db.reading() as session:
            found = await recommendations_for(
                session, customer_id, channel_code, info.context.caller
            )
        saw(info.context, customer_id, "recommendations")
        return found

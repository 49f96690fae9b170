"""Campaigns in the graph."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self, TypeVar
from uuid import UUID

import strawberry
from sqlmodel import col

from campaign.budget.graph import (
    CampaignAllotment,
    CampaignBudget,
    allotments_of_campaigns,
    budgets_of_campaigns,
)
from campaign.campaigns import lifecycle, models, queries
from campaign.campaigns.graph.inputs import CampaignGoal, CampaignKind
from campaign.catalogue.graph.catalogue import Offer
from campaign.catalogue.models import Offer as OfferRow
from campaign.figures.graph import Funnel, figures_of_campaigns
from campaign.units import nowhere_if_none
from kit.errors import Forbidden
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.paging import page
from kit.predicates import describe, parse

READERS = ("marketer", "approver", "front_line", "analyst", "operator")
PLANNERS = ("marketer", "approver", "analyst", "operator")
Found = TypeVar("Found")

CampaignState = strawberry.enum(
    lifecycle.State, name="CampaignState", description="Where a campaign is in its lifecycle."
)
ApprovalKind = strawberry.enum(
    lifecycle.ApprovalKind,
    name="ApprovalKind",
    description="BUSINESS and COMPLIANCE always, FINANCE for large budgets.",
)


@strawberry.type(description="A step of a campaign's lifecycle.")
class CampaignStep:
    from_state: CampaignState = strawberry.field(description="Before.")  # type: ignore[valid-type]
    to_state: CampaignState = strawberry.field(description="After.")  # type: ignore[valid-type]
    by: str = strawberry.field(description="Who took it; `platform` keeps to the calendar.")
    reason: str = strawberry.field(description="Why, in their words.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: models.CampaignStep) -> Self:
        return cls(
            from_state=lifecycle.State(row.from_state),
            to_state=lifecycle.State(row.to_state),
            by=row.by,
            reason=row.reason,
            at=row.created_at,
        )


@strawberry.type(description="A yes to a campaign.")
class CampaignApproval:
    kind: ApprovalKind = strawberry.field(description="What was judged.")  # type: ignore[valid-type]
    by: str = strawberry.field(description="Who gave it.")
    comment: str = strawberry.field(description="What they said.")
    at: datetime = strawberry.field(description="When.")
    round: int = strawberry.field(description="Of which submission: 1 is the first.")

    @classmethod
    def of(cls, row: models.CampaignApproval) -> Self:
        return cls(
            kind=lifecycle.ApprovalKind(row.kind),
            by=row.by,
            comment=row.comment,
            at=row.created_at,
            round=row.round,
        )


@strawberry.type(description="An arm of an A/B/n test.")
class CampaignArm:
    code: str = strawberry.field(description="Its name in the figures.")
    weight: float = strawberry.field(description="Its share among the arms.")
    offers: list[str] = strawberry.field(description="The offers it gets; empty: all.")


@strawberry.type(description="A figure a campaign wants to reach.")
class CampaignTarget:
    name: str = strawberry.field(description="Which figure.")
    value: float = strawberry.field(description="How much.")


@strawberry.federation.type(
    keys=["id"], description="Offers for an audience, over channels, with a budget and a goal."
)
class Campaign:
    id: UUID = strawberry.field(description="Its identity.")
    code: str = strawberry.field(description="Its unique code.")
    name: str = strawberry.field(description="Its name, for people.")
    unit: str = strawberry.field(description="The OrgUnit that runs it.")
    goal: CampaignGoal = strawberry.field(description="What it is for.")  # type: ignore[valid-type]
    kind: CampaignKind = strawberry.field(description="What sets it off.")  # type: ignore[valid-type]
    state: CampaignState = strawberry.field(description="Where it is in its lifecycle.")  # type: ignore[valid-type]
    hypothesis: str = strawberry.field(description="What is expected and why.")
    touchpoint_kinds: list[str] = strawberry.field(
        description="What makes it look at a touchpoint."
    )
    trigger: str | None = strawberry.field(description="The further condition, in words.")
    audience: str | None = strawberry.field(
        description="Whom it is for, in words; null: everybody."
    )
    channel_codes: list[str] = strawberry.field(description="The preferred first.")
    starts_at: datetime | None = strawberry.field(description="Null: when it was started.")
    ends_at: datetime | None = strawberry.field(description="Null: when it is completed.")
    time_to_answer_hours: int = strawberry.field(description="A task's deadline.")
    control_share: float = strawberry.field(description="Customers held out.")
    arms: list[CampaignArm] = strawberry.field(description="Of an A/B/n test.")
    targets: list[CampaignTarget] = strawberry.field(description="What it wants to reach.")
    pilot_units: list[str] = strawberry.field(description="Where the pilot runs; empty: no pilot.")
    lesson: str = strawberry.field(description="What was learnt, once it is evaluated.")

    @strawberry.field(description="Its offers, in order.", extensions=[Roles(*READERS)])
    async def offers(self, info: Info) -> list[Offer] | None:
        rows = await info.context.loader(_offers).load(self.id)
        return [Offer.of(row) for row in rows]

    @strawberry.field(description="Who moved it when and why.", extensions=[Roles(*PLANNERS)])
    async def steps(self, info: Info) -> list[CampaignStep] | None:
        self._require(info)
        return [CampaignStep.of(row) for row in await info.context.loader(_steps).load(self.id)]

    @strawberry.field(description="The approvals given.", extensions=[Roles(*PLANNERS)])
    async def approvals(self, info: Info) -> list[CampaignApproval] | None:
        self._require(info)
        rows = await info.context.loader(_approvals).load(self.id)
        return [CampaignApproval.of(row) for row in rows]

    @strawberry.field(description="Its money.", extensions=[Roles(*PLANNERS)])
    async def budget(self, info: Info) -> CampaignBudget | None:
        self._require(info)
        return CampaignBudget.of(await info.context.loader(budgets_of_campaigns).load(self.id))

    @strawberry.field(
        description="What of its money is set aside for red packets, the newest 100 first.",
        extensions=[Roles(*PLANNERS)],
    )
    async def allotments(self, info: Info) -> list[CampaignAllotment] | None:
        self._require(info)
        return await info.context.loader(allotments_of_campaigns).load(self.id)

    @strawberry.field(description="What it achieved so far.", extensions=[Roles(*PLANNERS)])
    async def funnel(self, info: Info) -> Funnel | None:
        self._require(info)
        figures = info.context.loader(figures_of_campaigns).load(self.id)
        budget = info.context.loader(budgets_of_campaigns).load(self.id)
        return Funnel.of(await figures, (await budget).currency)

    def _require(self, info: Info) -> None:
        """A campaign may be named to those below its unit; its inside is for its own unit."""
        if not info.context.caller.sees(self.unit):
            raise Forbidden(f"The campaign belongs to {self.unit}, which is not in your unit.")

    @classmethod
    def of(cls, row: models.Campaign) -> Self:
        return cls(
            **{name: getattr(row, name) for name in PLAIN},
            goal=models.Goal(row.goal),
            kind=models.CampaignKind(row.kind),
            state=lifecycle.State(row.state),
            touchpoint_kinds=row.trigger_kinds,
            trigger=_in_words(row.trigger),
            audience=_in_words(row.audience),
            channel_codes=row.channels,
            arms=[CampaignArm(**arm) for arm in row.arms],
            targets=[CampaignTarget(name=name, value=row.targets[name]) for name in row.targets],
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> "Campaign | None":
        info.context.caller.require_role(*READERS)
        return await cls.seen(info, UUID(id))

    @classmethod
    async def seen(cls, info: Info, id: UUID) -> "Campaign | None":
        """The campaign, if it lies in the caller's unit."""
        row = await info.context.loader(campaigns_by_id).load(id)
        return cls.of(row) if row and info.context.caller.sees(row.unit) else None


PLAIN = (
    "id",
    "code",
    "name",
    "unit",
    "hypothesis",
    "starts_at",
    "ends_at",
    "time_to_answer_hours",
    "control_share",
    "pilot_units",
    "lesson",
)


def _in_words(document: Any) -> str | None:
    return describe(parse(document)) if document is not None else None


async def campaigns_by_id(context: Context, ids: Sequence[UUID]) -> list[models.Campaign | None]:
    """Campaigns for those who already see what refers to them."""
    async with context.db.reading() as session:
        found = await queries.campaigns_by_id(session, ids)
    return [found.get(each) for each in ids]


async def _lists(
    context: Context,
    ids: Sequence[UUID],
    look_up: Callable[[Any, Sequence[UUID]], Any],
) -> list[list[Any]]:
    async with context.db.reading() as session:
        found: Mapping[UUID, list[Any]] = await look_up(session, ids)
    return [found.get(each, []) for each in ids]


async def _steps(context: Context, ids: Sequence[UUID]) -> list[list[models.CampaignStep]]:
    return await _lists(context, ids, queries.steps_of)


async def _approvals(context: Context, ids: Sequence[UUID]) -> list[list[models.CampaignApproval]]:
    return await _lists(context, ids, queries.approvals_of)


async def _offers(context: Context, ids: Sequence[UUID]) -> list[list[OfferRow]]:
    return await _lists(context, ids, queries.offers_of)


@strawberry.type
class CampaignQuery:
    @strawberry.field(
        description="The campaign of this id; null if there is none for the caller.",
        extensions=[Roles(*READERS)],
    )
    async def campaign(self, info: Info, id: UUID) -> Campaign | None:
        return await Campaign.seen(info, id)

    @strawberry.field(
        description="The campaign of this code; null if there is none for the caller.",
        extensions=[Roles(*READERS)],
    )
    async def campaign_by_code(self, info: Info, code: str) -> Campaign | None:
        select = queries.campaigns_for(nowhere_if_none(info.context.caller.unit))
        async with info.context.db.reading() as session:
            found = await session.scalars(select.where(col(models.Campaign.code) == code))
            row = found.first()
        return Campaign.of(row) if row else None

    @strawberry.field(
        description="Campaigns of the caller's subtree.", extensions=[Roles(*READERS)]
    )
    async def campaigns(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        state: CampaignState | None = None,  # type: ignore[valid-type]
    ) -> Connection[Campaign] | None:
        select = queries.campaigns_for(nowhere_if_none(info.context.caller.unit))
        if state is not None:
            select = select.where(col(models.Campaign.state) == state)
        async with info.context.db.reading() as session:
            found = await page(session, select, [models.Campaign.id], first=first, after=after)
        return Connection.of(found, Campaign.of)

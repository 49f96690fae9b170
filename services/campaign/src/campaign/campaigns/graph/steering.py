"""Planning and steering campaigns in the graph."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeAlias
from uuid import UUID

import strawberry

from campaign.campaigns import commands, errors
from campaign.campaigns.graph.campaigns import ApprovalKind, Campaign
from campaign.campaigns.graph.inputs import PlanCampaignInput
from campaign.campaigns.models import Campaign as CampaignRow
from campaign.units import nowhere_if_none
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import Conflict, InvalidInput, NotFound, Refusal, answers
from kit.units import checked_unit
from kit.written import checked_words


@strawberry.type(description="The campaign is planned so.")
class CampaignWasPlanned:
    campaign: Campaign = strawberry.field(description="As it stands now.")


@strawberry.type(description="The campaign took the step.")
class CampaignWasAdvanced:
    campaign: Campaign = strawberry.field(description="As it stands now.")


@strawberry.type(description="The approval is recorded; with the last one needed the state moves.")
class CampaignWasApproved:
    campaign: Campaign = strawberry.field(description="As it stands now.")


@strawberry.type(description="The campaign's state does not allow this step.")
class CampaignStepNotPossible(Refusal):
    state: str = strawberry.field(description="Where the campaign is.")
    wanted: str = strawberry.field(description="Where the step would have led.")


@strawberry.type(description="Nobody approves what they submitted.")
class OwnCampaign(Refusal):
    submitted_by: str = strawberry.field(description="Who submitted it.")


@strawberry.type(description="This kind of approval was given already.")
class CampaignAlreadyApproved(Refusal):
    approval: str = strawberry.field(description="Which kind.")
    by: str = strawberry.field(description="Who gave it.")


PlanCampaignResult: TypeAlias = Annotated[
    CampaignWasPlanned | InvalidInput | NotFound | CampaignStepNotPossible | Conflict,
    strawberry.union("PlanCampaignResult"),
]
AdvanceCampaignResult: TypeAlias = Annotated[
    CampaignWasAdvanced | CampaignStepNotPossible | NotFound | InvalidInput,
    strawberry.union("AdvanceCampaignResult"),
]
ApproveCampaignResult: TypeAlias = Annotated[
    CampaignWasApproved
    | CampaignStepNotPossible
    | OwnCampaign
    | CampaignAlreadyApproved
    | NotFound
    | InvalidInput,
    strawberry.union("ApproveCampaignResult"),
]

Reason: TypeAlias = Annotated[
    str, strawberry.argument(description="For the record, up to 2,000 characters.")
]


async def _step(
    info: Info, take: Callable[..., Awaitable[CampaignRow]], id: UUID, *arguments: Any
) -> CampaignWasAdvanced:
    caller = info.context.caller
    async with info.context.db.transaction() as session:
        row = await take(session, id, nowhere_if_none(caller.unit), caller.subject, *arguments)
    return CampaignWasAdvanced(campaign=Campaign.of(row))


@strawberry.type
class CampaignMutation:
    @strawberry.mutation(
        description="Plan a campaign, or plan the one of this code anew while it is a draft or was "
        "sent back.",
        extensions=[Roles("marketer")],
    )
    async def plan_campaign(self, info: Info, input: PlanCampaignInput) -> PlanCampaignResult:
        info.context.caller.require_unit(input.unit)
        async with info.context.db.transaction() as session:
            row = await commands.plan_campaign(session, input.read(), info.context.caller.subject)
        return CampaignWasPlanned(campaign=Campaign.of(row))

    @strawberry.mutation(
        description="Ask for approval. From now on plan and offers stand.",
        extensions=[Roles("marketer")],
    )
    async def submit_campaign(self, info: Info, id: UUID) -> AdvanceCampaignResult:
        return await _step(info, commands.submit_campaign, id)

    @strawberry.mutation(
        description="Give one kind of approval. Scope: approve:business, approve:finance or "
        "approve:compliance. Nobody approves what they submitted.",
        extensions=[Roles("approver")],
    )
    async def approve_campaign(
        self,
        info: Info,
        id: UUID,
        kind: ApprovalKind,  # type: ignore[valid-type]
        comment: Reason = "",
    ) -> ApproveCampaignResult:
        caller = info.context.caller
        caller.require_scope(f"approve:{kind.value}")  # type: ignore[attr-defined]
        checked_words(comment, "comment", 2_000, least=0)
        async with info.context.db.transaction() as session:
            row = await commands.approve_campaign(
                session, id, nowhere_if_none(caller.unit), kind, caller.subject, comment
            )
        return CampaignWasApproved(campaign=Campaign.of(row))

    @strawberry.mutation(
        description="Send a submitted or approved campaign back to its planner.",
        extensions=[Roles("approver")],
    )
    async def send_back_campaign(
        self, info: Info, id: UUID, reason: Reason
    ) -> AdvanceCampaignResult:
        checked_words(reason, "reason", 2_000)
        return await _step(info, commands.send_back_campaign, id, reason)

    @strawberry.mutation(
        description="Run an approved campaign, or wait for its start. With pilot units it runs "
        "there first; started again it rolls out.",
        extensions=[Roles("marketer")],
    )
    async def start_campaign(
        self, info: Info, id: UUID, pilot_units: list[str] | None = None
    ) -> AdvanceCampaignResult:
        units = [checked_unit(unit, "pilotUnits") for unit in pilot_units or []]
        return await _step(info, commands.start_campaign, id, units)

    @strawberry.mutation(description="Stop deciding for now.", extensions=[Roles("marketer")])
    async def pause_campaign(
        self, info: Info, id: UUID, reason: Reason = ""
    ) -> AdvanceCampaignResult:
        checked_words(reason, "reason", 2_000, least=0)
        return await _step(info, commands.pause_campaign, id, reason)

    @strawberry.mutation(description="Go on as before the pause.", extensions=[Roles("marketer")])
    async def resume_campaign(
        self, info: Info, id: UUID, reason: Reason = ""
    ) -> AdvanceCampaignResult:
        checked_words(reason, "reason", 2_000, least=0)
        return await _step(info, commands.resume_campaign, id, reason)

    @strawberry.mutation(
        description="End it: no more decisions; tasks that are out may still be answered.",
        extensions=[Roles("marketer")],
    )
    async def complete_campaign(
        self, info: Info, id: UUID, reason: Reason = ""
    ) -> AdvanceCampaignResult:
        checked_words(reason, "reason", 2_000, least=0)
        return await _step(info, commands.complete_campaign, id, reason)

    @strawberry.mutation(
        description="Close a completed campaign with a lesson for the next planner.",
        extensions=[Roles("marketer")],
    )
    async def evaluate_campaign(self, info: Info, id: UUID, lesson: str) -> AdvanceCampaignResult:
        checked_words(lesson, "lesson", 5_000)
        return await _step(info, commands.evaluate_campaign, id, lesson)


answered = [
    answers(errors.StepNotPossible, CampaignStepNotPossible),
    answers(errors.OwnCampaign, OwnCampaign),
    answers(errors.AlreadyApproved, CampaignAlreadyApproved),
]

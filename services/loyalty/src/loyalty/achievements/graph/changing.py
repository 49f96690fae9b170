"""Drafting, activating and retiring achievements."""

from typing import Annotated, TypeAlias

import strawberry

from kit.errors import NotFound as NotFoundError
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import Conflict, InvalidInput, NotFound, Refusal, answers
from loyalty.achievements import errors
from loyalty.achievements.commands import defining
from loyalty.achievements.graph.definitions import Achievement
from loyalty.achievements.graph.inputs import DraftAchievementInput

Code: TypeAlias = Annotated[str, strawberry.argument(description="The achievement's code.")]


@strawberry.type(description="The draft is written.")
class AchievementWasDrafted:
    achievement: Achievement = strawberry.field(description="The draft.")


@strawberry.type(description="It counts from now on.")
class AchievementWasActivated:
    achievement: Achievement = strawberry.field(description="The version that is active now.")


@strawberry.type(description="Nothing counts for it any more; what was reached stays.")
class AchievementWasRetired:
    achievement: Achievement = strawberry.field(description="The version that was active.")


@strawberry.type(description="Who drafted an achievement can't activate it: somebody else has to.")
class OwnAchievement(Refusal):
    pass


DraftAchievementResult: TypeAlias = Annotated[
    AchievementWasDrafted | InvalidInput | Conflict, strawberry.union("DraftAchievementResult")
]
ActivateAchievementResult: TypeAlias = Annotated[
    AchievementWasActivated | NotFound | Conflict | OwnAchievement,
    strawberry.union("ActivateAchievementResult"),
]
RetireAchievementResult: TypeAlias = Annotated[
    AchievementWasRetired | NotFound, strawberry.union("RetireAchievementResult")
]


@strawberry.type
class AchievementsMutation:
    @strawberry.mutation(
        description="Write the next version of an achievement; a draft that is there already is "
        "written anew. Nothing counts until somebody else activates it. The caller's unit lies "
        "above.",
        extensions=[Roles("marketer", "operator")],
    )
    async def draft_achievement(
        self, info: Info, input: DraftAchievementInput
    ) -> DraftAchievementResult:
        terms, caller = input.read(), info.context.caller
        caller.require_unit(terms["unit"])
        async with info.context.db.transaction() as session:
            row = await defining.draft_achievement(session, terms, caller.subject)
        return AchievementWasDrafted(achievement=Achievement.of(row))

    @strawberry.mutation(
        description="Let a draft count what is done from now on; the version before ends. With its "
        "history also what was done before counts, in the background, as far as it is remembered: "
        "ORDERS, SPENT, REFERRALS and POINTS; levels reached by it give their points.",
        extensions=[Roles("approver", scope="approve:finance")],
    )
    async def activate_achievement(
        self,
        info: Info,
        code: Code,
        with_history: Annotated[
            bool, strawberry.argument(description="Whether what was done before counts.")
        ] = False,
    ) -> ActivateAchievementResult:
        caller = info.context.caller
        async with info.context.db.transaction() as session:
            row = await defining.activate_achievement(session, code, with_history, caller.subject)
            if not caller.sees(row.unit):
                raise NotFoundError("draft of the achievement", code)
        return AchievementWasActivated(achievement=Achievement.of(row))

    @strawberry.mutation(
        description="End an achievement now; what was reached stays.",
        extensions=[Roles("marketer", "approver", "operator")],
    )
    async def retire_achievement(self, info: Info, code: Code) -> RetireAchievementResult:
        caller = info.context.caller
        async with info.context.db.transaction() as session:
            row = await defining.retire_achievement(session, code)
            if not caller.sees(row.unit):
                raise NotFoundError("active achievement", code)
        return AchievementWasRetired(achievement=Achievement.of(row))


answered = [answers(errors.OwnAchievement, OwnAchievement)]

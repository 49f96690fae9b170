"""Drafting, activating and retiring earning rules."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry

from kit.database import AsyncSession
from kit.errors import InvalidInput as InvalidInputError
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.refusals import Conflict, InvalidInput, NotFound, Refusal, answers
from kit.graph.scalars import Long
from loyalty.earning import errors, models, queries
from loyalty.earning.commands import rules
from loyalty.earning.graph.inputs import DraftEarningRuleInput
from loyalty.earning.graph.rules import EarningRule
from loyalty.points.models import MOST_POINTS

READERS = ("marketer", "approver", "analyst", "operator")
Code: TypeAlias = Annotated[str, strawberry.argument(description="The rule's code.")]


@strawberry.type(description="The draft is written.")
class EarningRuleWasDrafted:
    rule: EarningRule = strawberry.field(description="The draft.")


@strawberry.type(description="The rule gives points from its time on.")
class EarningRuleWasActivated:
    rule: EarningRule = strawberry.field(description="The version that is active now.")


@strawberry.type(description="The rule gives no more points.")
class EarningRuleWasRetired:
    rule: EarningRule = strawberry.field(description="The version that was active.")


@strawberry.type(description="The cap holds from now on.")
class EarningCapWasSet:
    event: models.EarningEvent = strawberry.field(description="For which kind of event.")
    points_per_day: Long | None = strawberry.field(description="The cap; null without one.")


@strawberry.type(description="Who drafted a rule can't activate it: somebody else has to.")
class OwnEarningRule(Refusal):
    pass


DraftEarningRuleResult: TypeAlias = Annotated[
    EarningRuleWasDrafted | InvalidInput, strawberry.union("DraftEarningRuleResult")
]
ActivateEarningRuleResult: TypeAlias = Annotated[
    EarningRuleWasActivated | NotFound | Conflict | OwnEarningRule,
    strawberry.union("ActivateEarningRuleResult"),
]
RetireEarningRuleResult: TypeAlias = Annotated[
    EarningRuleWasRetired | NotFound, strawberry.union("RetireEarningRuleResult")
]
SetEarningCapResult: TypeAlias = Annotated[
    EarningCapWasSet | InvalidInput, strawberry.union("SetEarningCapResult")
]


@strawberry.type
class EarningRulesQuery:
    @strawberry.field(
        description="Earning rules, the newest version first; of one code, its versions.",
        extensions=[Roles(*READERS)],
    )
    async def earning_rules(
        self,
        info: Info,
        code: Annotated[str | None, strawberry.argument(description="Of this rule.")] = None,
        state: Annotated[
            models.EarningState | None, strawberry.argument(description="In this state.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[EarningRule] | None:
        async with info.context.db.reading() as session:
            found = await queries.rules(session, code, state, first, after)
        return Connection.of(found, EarningRule.of)


@strawberry.type
class EarningRulesMutation:
    @strawberry.mutation(
        description="Write the next version of an earning rule; a draft that is there already is "
        "written anew, under another id. It gives nothing until somebody else activates it.",
        extensions=[Roles("marketer", "operator")],
    )
    async def draft_earning_rule(
        self, info: Info, input: DraftEarningRuleInput
    ) -> DraftEarningRuleResult:
        terms, by = input.read(), info.context.caller.subject
        async with info.context.db.transaction() as session:
            rule = await rules.draft_rule(session, terms, by)
        return EarningRuleWasDrafted(rule=EarningRule.of(rule))

    @strawberry.mutation(
        description="Let a draft give points for what happens from now on, or from its time on. "
        "The version before ends then; what it gave stays.",
        extensions=[Roles("approver", scope="approve:finance", of_all_units=True)],
    )
    async def activate_earning_rule(
        self,
        info: Info,
        code: Code,
        draft: Annotated[
            UUID,
            strawberry.argument(
                description="The draft that you have read, by its `EarningRule.id`. Conflict when "
                "it was written anew since: it has another id then."
            ),
        ],
    ) -> ActivateEarningRuleResult:
        by = info.context.caller.subject
        rule = await _change(info, lambda session: rules.activate_rule(session, code, draft, by))
        return EarningRuleWasActivated(rule=rule)

    @strawberry.mutation(
        description="End a rule now; what it gave stays.",
        extensions=[Roles("marketer", "approver", "operator", of_all_units=True)],
    )
    async def retire_earning_rule(self, info: Info, code: Code) -> RetireEarningRuleResult:
        rule = await _change(info, lambda session: rules.retire_rule(session, code))
        return EarningRuleWasRetired(rule=rule)

    @strawberry.mutation(
        description="Set the most points a member gets in a day for one kind of event, by all "
        "rules together; null lifts the cap. Counted from when it is set, by the member's clock.",
        extensions=[Roles("approver", scope="approve:finance", of_all_units=True)],
    )
    async def set_earning_cap(
        self,
        info: Info,
        event: Annotated[
            models.EarningEvent, strawberry.argument(description="For which kind of event.")
        ],
        points_per_day: Annotated[
            Long | None, strawberry.argument(description="From 1; null for no cap.")
        ] = None,
    ) -> SetEarningCapResult:
        if points_per_day is not None and not 1 <= points_per_day <= MOST_POINTS:
            raise InvalidInputError("pointsPerDay", "is from 1, or null for no cap")
        async with info.context.db.transaction() as session:
            await rules.set_cap(session, event, points_per_day)
        return EarningCapWasSet(event=event, points_per_day=points_per_day)


async def _change(
    info: Info, command: Callable[[AsyncSession], Awaitable[models.EarningRule]]
) -> EarningRule:
    async with info.context.db.transaction() as session:
        return EarningRule.of(await command(session))


answered = [answers(errors.OwnEarningRule, OwnEarningRule)]

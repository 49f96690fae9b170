"""Commission plans in the graph."""

from datetime import date
from typing import Annotated, Self, TypeAlias

import strawberry

from channel.commissions import commands, errors, models, queries
from channel.commissions.terms import checked_plan
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.refusals import InvalidInput, Refusal, answers
from kit.graph.scalars import Long, Money, money

strawberry.enum(models.CommissionKind, description="How commission is reckoned.")


@strawberry.type(
    description="From this much of the month's volume on, this rate for what is above."
)
class CommissionStep:
    from_minor: Long = strawberry.field(description="Where the slice begins, in minor units.")
    basis_points: int = strawberry.field(description="Hundredths of a percent of the slice.")


@strawberry.type(description="Who earns how much on which orders, and when. Plans never change.")
class CommissionPlan:
    code: str = strawberry.field(description="Its name for programs.")
    name: str = strawberry.field(description="Its name for people.")
    unit: str = strawberry.field(description="Covers partners in this unit and below.")
    partner_code: str | None = strawberry.field(description="Covers this partner alone.")
    tier: str | None = strawberry.field(description="Covers partners of this tier alone.")
    offer_code: str | None = strawberry.field(description="Covers orders from this offer alone.")
    since: date = strawberry.field(description="The first day, in UTC.")
    until: date | None = strawberry.field(description="The first day it no longer covers.")
    kind: models.CommissionKind = strawberry.field(description="How it reckons.")
    currency: str = strawberry.field(description="Covers orders in this currency.")
    flat: Money = strawberry.field(description="Of a flat plan: for each order.")
    basis_points: int = strawberry.field(description="Of a percentage: of the order, rounded down.")
    steps: list[CommissionStep] = strawberry.field(description="Of a stepped plan: its slices.")
    cap: Money | None = strawberry.field(description="The most a partner earns by it in a month.")

    @classmethod
    def of(cls, plan: models.CommissionPlan) -> Self:
        return cls(
            code=plan.code,
            name=plan.name,
            unit=plan.unit,
            partner_code=plan.partner_code,
            tier=plan.tier,
            offer_code=plan.offer_code,
            since=plan.since,
            until=plan.until,
            kind=models.CommissionKind(plan.kind),
            currency=plan.currency,
            flat=money(plan.flat_minor, plan.currency),
            basis_points=plan.basis_points,
            steps=[
                CommissionStep(
                    from_minor=Long(each["from_minor"]), basis_points=each["basis_points"]
                )
                for each in plan.steps
            ],
            cap=None if plan.cap_minor is None else money(plan.cap_minor, plan.currency),
        )


@strawberry.type(description="The plan holds.")
class CommissionPlanWasDefined:
    plan: CommissionPlan = strawberry.field(description="The plan.")


@strawberry.type(description="A plan with other terms has this code, and plans never change.")
class CommissionPlanTaken(Refusal):
    code_taken: str = strawberry.field(description="The code.")


DefineCommissionPlanResult: TypeAlias = Annotated[
    CommissionPlanWasDefined | CommissionPlanTaken | InvalidInput,
    strawberry.union("DefineCommissionPlanResult"),
]


@strawberry.input(description="A slice of the month's volume and its rate.")
class CommissionStepInput:
    from_minor: Long = strawberry.field(description="The first slice begins at 0.")
    basis_points: int = strawberry.field(description="0 to 10000.")


@strawberry.input(description="A commission plan. What is left out does not limit it.")
class CommissionPlanInput:
    code: str = strawberry.field(description="1 to 40 of a-z, 0-9, - and _; unique.")
    name: str = strawberry.field(description="1 to 200 characters.")
    unit: str = strawberry.field(description="For partners in this unit and below.")
    since: date = strawberry.field(description="The first day, in UTC.")
    kind: models.CommissionKind = strawberry.field(description="How it reckons.")
    currency: str = strawberry.field(description="ISO 4217, such as CNY.")
    partner_code: str | None = strawberry.field(default=None, description="For this partner alone.")
    tier: str | None = strawberry.field(default=None, description="For this tier alone.")
    offer_code: str | None = strawberry.field(
        default=None, description="For orders that name a task with this offer."
    )
    until: date | None = strawberry.field(default=None, description="The day it ends before.")
    flat_minor: Long | None = strawberry.field(default=None, description="FLAT: for each order.")
    basis_points: int | None = strawberry.field(
        default=None, description="PERCENTAGE: 1 to 10000 hundredths of a percent of the order."
    )
    steps: list[CommissionStepInput] | None = strawberry.field(
        default=None, description="STEPPED: up to 20 slices, ascending."
    )
    cap_minor: Long | None = strawberry.field(
        default=None, description="The most a partner earns by it in a month."
    )


@strawberry.type
class CommissionsQuery:
    @strawberry.field(
        extensions=[Roles("marketer", "approver", "analyst", "operator")],
        description="The commission plans of the caller's unit and below, by code.",
    )
    async def commission_plans(
        self, info: Info, first: First = 50, after: After = None
    ) -> Connection[CommissionPlan] | None:
        async with info.context.db.reading() as session:
            found = await queries.plans(
                session, seen_from=info.context.caller.unit or "", first=first, after=after
            )
        return Connection.of(found, CommissionPlan.of)


@strawberry.type
class CommissionsMutation:
    @strawberry.mutation(
        extensions=[Roles("operator")],
        description="Define how partners earn; the same again changes nothing. Orders placed from "
        "now on earn by every plan that covers them.",
    )
    async def define_commission_plan(
        self, info: Info, plan: CommissionPlanInput
    ) -> DefineCommissionPlanResult:
        info.context.caller.require_unit(plan.unit)
        wanted = checked_plan(
            **{
                **strawberry.asdict(plan),
                "steps": [strawberry.asdict(each) for each in plan.steps or ()],
                "flat_minor": plan.flat_minor or 0,
                "basis_points": plan.basis_points or 0,
            }
        )
        async with info.context.db.transaction() as session:
            defined = await commands.define_plan(session, wanted)
        return CommissionPlanWasDefined(plan=CommissionPlan.of(defined))


answered = [answers(errors.CommissionPlanTaken, CommissionPlanTaken)]

"""Simulations in the graph."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Self, TypeAlias
from uuid import UUID

import strawberry

from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.personal import People
from kit.graph.refusals import InvalidInput, NotFound
from kit.graph.scalars import Long, Money, money
from kit.models import utcnow
from kit.units import lies_below
from loyalty.accesses.noting import saw
from loyalty.earning.models import EarningRule
from loyalty.earning.wording import given_in_words
from loyalty.points.models import Programme
from loyalty.simulations import commands, models, queries

SIMULATORS = ("marketer", "approver", "analyst", "operator")
SimulationState = strawberry.enum(
    models.SimulationState,
    name="EarningSimulationState",
    description="RUNNING goes on in the background; DONE has seen all orders.",
)


@strawberry.type(description="An order for which the rule would have given much.")
class SimulatedEarning:
    order_id: UUID = strawberry.field(description="The order.")
    customer_id: UUID = strawberry.field(description="Whose.")
    points: Long = strawberry.field(description="What the rule would have given.")
    explanation: str = strawberry.field(description="How it came to that.")

    @classmethod
    def of(cls, example: dict[str, Any], rule: EarningRule) -> Self:
        return cls(
            order_id=UUID(example["order_id"]),
            customer_id=UUID(example["customer_id"]),
            points=example["points"],
            explanation=given_in_words(rule, example),
        )


@strawberry.type(
    description="What an earning rule would have given for past orders, as if it and the other "
    "rules of today had been in force all the time, members being what they are today. Caps count "
    "from the beginning of the period."
)
class EarningSimulation:
    id: UUID = strawberry.field(description="Its identifier.")
    rule_code: str = strawberry.field(description="The rule.")
    rule_version: int = strawberry.field(description="The version that was asked.")
    state: models.SimulationState = strawberry.field(description="Whether it is done.")
    since: datetime = strawberry.field(description="The first moment of the period.")
    until: datetime = strawberry.field(description="The first moment after it.")
    orders_in_all: Long = strawberry.field(description="Orders of the period in your unit.")
    orders_seen: Long = strawberry.field(description="How many of them were asked about.")
    orders_touched: Long = strawberry.field(description="For so many the rule gives something.")
    members_touched: Long = strawberry.field(description="So many members get something.")
    points: Long = strawberry.field(description="What the rule gives.")
    usable_after_days: int = strawberry.field(
        description="So many days after an order its points can be spent; 0: at once."
    )
    points_waiting: Long = strawberry.field(
        description="How many of `points` could not be spent yet at the end of the period."
    )
    cost: Money = strawberry.field(description="What that costs the programme.")
    partner_cost: Money = strawberry.field(description="What partners pay of it, on top.")
    points_of_all_rules_now: Long = strawberry.field(
        description="What today's rules give for the same orders."
    )
    points_of_all_rules_then: Long = strawberry.field(
        description="What they give with this version among them."
    )
    shown: strawberry.Private[list[SimulatedEarning]]

    @classmethod
    def of(cls, row: models.EarningSimulation, programme: Programme) -> Self:
        rule = EarningRule.model_validate(row.terms)
        value, currency = programme.point_value_minor, programme.currency
        return cls(
            id=row.id,
            rule_code=row.rule_code,
            rule_version=row.rule_version,
            state=models.SimulationState(row.state),
            since=row.since,
            until=row.until,
            orders_in_all=Long(row.orders_in_all),
            orders_seen=Long(row.orders_seen),
            orders_touched=Long(row.orders_touched),
            members_touched=Long(row.members_touched),
            points=Long(row.points),
            usable_after_days=rule.usable_after_days,
            points_waiting=Long(row.points_waiting),
            cost=money((row.points - row.partner_points) * value, currency),
            partner_cost=money(row.partner_points * value, currency),
            points_of_all_rules_now=Long(row.points_now),
            points_of_all_rules_then=Long(row.points_then),
            shown=[SimulatedEarning.of(each, rule) for each in row.examples],
        )

    @strawberry.field(
        description="The ten orders for which it gives most.",
        extensions=[People(saw, "earnings", person="customer_id")],
    )
    def examples(self) -> list[SimulatedEarning]:
        return self.shown


@strawberry.type(description="The simulation runs, or is done already.")
class EarningRuleWasSimulated:
    simulation: EarningSimulation = strawberry.field(description="What came out so far.")


SimulateEarningRuleResult: TypeAlias = Annotated[
    EarningRuleWasSimulated | NotFound | InvalidInput,
    strawberry.union("SimulateEarningRuleResult"),
]


@strawberry.type
class SimulationsQuery:
    @strawberry.field(
        description="A simulation of your unit or below; null when there is none.",
        extensions=[Roles(*SIMULATORS)],
    )
    async def earning_simulation(
        self, info: Info, id: Annotated[UUID, strawberry.argument(description="Which.")]
    ) -> EarningSimulation | None:
        caller = info.context.caller
        async with info.context.db.reading() as session:
            row = await queries.simulation_by_id(session, id)
            if row is None or not lies_below(row.unit, caller.unit or ""):
                return None
            return EarningSimulation.of(row, await queries.programme(session))


@strawberry.type
class SimulationsMutation:
    @strawberry.mutation(
        description="Ask a rule's draft, or else its active version, what it would have given for "
        "past orders of your unit and below: those of the last 30 days, or of up to 92 days that "
        "you say. What takes longer than a second goes on in the background: ask "
        "earningSimulation(id). Nothing is given.",
        extensions=[Roles(*SIMULATORS)],
    )
    async def simulate_earning_rule(
        self,
        info: Info,
        code: Annotated[str, strawberry.argument(description="A rule for orders.")],
        since: Annotated[
            datetime | None, strawberry.argument(description="Null: 30 days before `until`.")
        ] = None,
        until: Annotated[datetime | None, strawberry.argument(description="Null: now.")] = None,
    ) -> SimulateEarningRuleResult:
        caller = info.context.caller
        ends = until or utcnow()
        begins = since or ends - timedelta(days=30)
        async with info.context.db.transaction() as session:
            row = await commands.begin_simulation(
                session, code, begins, ends, caller.unit or "", caller.subject
            )
            programme = await queries.programme(session)
        return EarningRuleWasSimulated(simulation=EarningSimulation.of(row, programme))

"""Setting, retiring and trying fraud rules."""

from datetime import datetime, timedelta
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry

from kit.errors import InvalidInput as InvalidInputError
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.personal import People
from kit.graph.refusals import InvalidInput, NotFound
from kit.graph.scalars import Long
from kit.models import utcnow
from loyalty.accesses.noting import saw
from loyalty.fraud import models, queries
from loyalty.fraud.commands import rules
from loyalty.fraud.graph.rules import FraudRule, FraudRuleInput

READERS = ("operator", "approver", "analyst")
LONGEST_DAYS = 92


@strawberry.type(description="The rule holds from now on.")
class FraudRuleWasSet:
    rule: FraudRule = strawberry.field(description="The version in force.")


@strawberry.type(description="The rule stops nothing more; what it held still waits.")
class FraudRuleWasRetired:
    rule: FraudRule = strawberry.field(description="The version that was in force.")


@strawberry.type(description="An act that the rule would have stopped.")
class TriedAct:
    kind: models.ActKind = strawberry.field(description="What it was.")
    key: str = strawberry.field(description="Its name among acts of its kind.")
    customer_id: UUID = strawberry.field(description="Whose.")
    points: Long = strawberry.field(description="How many points it moved.")
    at: datetime = strawberry.field(description="When it happened.")
    measured: Long = strawberry.field(description="What the rule measured.")


@strawberry.type(
    description="What a rule would have stopped of past acts of your unit and below, measured over "
    "everybody's. Nothing is changed."
)
class FraudRuleTrial:
    acts: Long = strawberry.field(description="So many acts were looked at.")
    stopped: Long = strawberry.field(description="So many of them would have been stopped.")
    customers: Long = strawberry.field(description="Of so many customers.")
    points: Long = strawberry.field(description="Moving so many points.")
    since: datetime | None = strawberry.field(
        description="The oldest act that was looked at: of the newest million; null without one."
    )
    shown: strawberry.Private[list[TriedAct]]

    @classmethod
    def of(cls, found: queries.Trial) -> Self:
        return cls(
            acts=Long(found.acts),
            stopped=Long(found.stopped),
            customers=Long(found.customers),
            points=Long(found.points),
            since=found.since,
            shown=[
                TriedAct(
                    kind=models.ActKind(each["kind"]),
                    key=each["key"],
                    customer_id=UUID(each["customer_id"]),
                    points=Long(each["points"]),
                    at=datetime.fromisoformat(each["at"]),
                    measured=Long(each["measured"]),
                )
                for each in found.examples
            ],
        )

    @strawberry.field(
        description="The ten furthest above it.",
        extensions=[People(saw, "reviews", person="customer_id")],
    )
    def examples(self) -> list[TriedAct]:
        return self.shown


SetFraudRuleResult: TypeAlias = Annotated[
    FraudRuleWasSet | InvalidInput, strawberry.union("SetFraudRuleResult")
]
RetireFraudRuleResult: TypeAlias = Annotated[
    FraudRuleWasRetired | NotFound, strawberry.union("RetireFraudRuleResult")
]


@strawberry.type
class FraudRulesQuery:
    @strawberry.field(
        description="Fraud rules, the newest version first; of one code, its versions.",
        extensions=[Roles(*READERS)],
    )
    async def fraud_rules(
        self,
        info: Info,
        code: Annotated[str | None, strawberry.argument(description="Of this rule.")] = None,
        in_force: Annotated[
            bool | None, strawberry.argument(description="Only those in force, or only others.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[FraudRule] | None:
        async with info.context.db.reading() as session:
            found = await queries.rules(session, code, in_force, first, after)
        return Connection.of(found, FraudRule.of)

    @strawberry.field(
        description="What a rule would have stopped in the last days, before it is set; an error "
        "with the code REFUSED for a rule that makes no sense.",
        extensions=[Roles(*READERS)],
    )
    async def fraud_rule_trial(
        self,
        info: Info,
        input: FraudRuleInput,
        days: Annotated[int, strawberry.argument(description="How many, 1 to 92.")] = 30,
    ) -> FraudRuleTrial | None:
        if not 1 <= days <= LONGEST_DAYS:
            raise InvalidInputError("days", f"are 1 to {LONGEST_DAYS}")
        terms, since = input.read(), utcnow() - timedelta(days=days)
        async with info.context.db.reading() as session:
            found = await queries.tried(session, terms, since, info.context.caller.unit or "")
        return FraudRuleTrial.of(found)


@strawberry.type
class FraudRulesMutation:
    @strawberry.mutation(
        description="Let a limit hold from now on, for what happened before as well; a rule of the "
        "same code is replaced. The same again changes nothing.",
        extensions=[Roles("operator", of_all_units=True)],
    )
    async def set_fraud_rule(self, info: Info, input: FraudRuleInput) -> SetFraudRuleResult:
        terms, by = input.read(), info.context.caller.subject
        async with info.context.db.transaction() as session:
            rule = await rules.set_rule(session, terms, by)
        return FraudRuleWasSet(rule=FraudRule.of(rule))

    @strawberry.mutation(
        description="Let a limit hold no longer. What it held still waits for its review.",
        extensions=[Roles("operator", of_all_units=True)],
    )
    async def retire_fraud_rule(
        self, info: Info, code: Annotated[str, strawberry.argument(description="Its code.")]
    ) -> RetireFraudRuleResult:
        async with info.context.db.transaction() as session:
            rule = await rules.retire_rule(session, code)
        return FraudRuleWasRetired(rule=FraudRule.of(rule))

"""Earning rules in the graph."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from kit.graph.scalars import Long
from kit.predicates import describe, parse
from loyalty.earning import models
from loyalty.earning.graph import enums
from loyalty.earning.wording import rule_in_words


@strawberry.type(description="A step of a progressive rate.")
class EarningStep:
    tier: str | None = strawberry.field(description="By TIER: the tier's code.")
    from_balance: Long | None = strawberry.field(description="By BALANCE: from this balance on.")
    percent: int = strawberry.field(description="How much of the rate, in percent.")


@strawberry.type(
    description="One version of what a happening gives. Versions never change once active; what "
    "happened while one was in force earns by it, also when it is heard of later."
)
class EarningRule:
    id: UUID = strawberry.field(description="The version's identifier.")
    code: str = strawberry.field(description="The rule's name for programs.")
    version: int = strawberry.field(description="Counts up from 1.")
    state: models.EarningState = strawberry.field(description="Whether it gives.")
    name: str = strawberry.field(description="Its name for members.")
    words: str = strawberry.field(description="What it gives and when, in words.")
    event: models.EarningEvent = strawberry.field(description="What gives points.")
    touchpoint_kinds: list[str] = strawberry.field(description="Of these kinds; empty for all.")
    campaign_id: UUID | None = strawberry.field(description="Of a CONVERSION: the campaign.")
    kind: models.EarningKind = strawberry.field(description="How points are reckoned.")
    points: Long = strawberry.field(description="How many, for each `perMinor`, or as they are.")
    per_minor: Long | None = strawberry.field(description="Minor units of money; null if FIXED.")
    currency: str | None = strawberry.field(description="For this currency; null for any.")
    products: list[str] = strawberry.field(
        description="Only the order's lines with these products count; empty for all."
    )
    steps_by: models.EarningStep | None = strawberry.field(description="What the rate rises with.")
    steps: list[EarningStep] = strawberry.field(description="The steps of a progressive rate.")
    condition: str | None = strawberry.field(description="Only when this holds, in words.")
    stacking: models.EarningStacking = strawberry.field(description="Beside others or not.")
    priority: int = strawberry.field(description="The highest is asked first.")
    points_per_day: Long | None = strawberry.field(description="Most points a member and day.")
    times_per_day: Long | None = strawberry.field(description="Most times a member and day.")
    points_in_all: Long | None = strawberry.field(description="Most points a member ever.")
    times_in_all: Long | None = strawberry.field(description="Most times a member ever.")
    partner_percent: int = strawberry.field(description="The share that a partner pays for.")
    partner_code: str | None = strawberry.field(
        description="Which partner; null for the partner where it happened."
    )
    qualifies: bool = strawberry.field(description="Whether its points count towards tiers.")
    usable_after_days: int = strawberry.field(
        description="So many days after what happened its points may be spent; until then they "
        "are pending. 0: at once."
    )
    valid_from: datetime | None = strawberry.field(description="In force from then on.")
    valid_until: datetime | None = strawberry.field(description="No longer in force from then on.")
    drafted_by: str = strawberry.field(description="Who wrote it.")
    activated_by: str | None = strawberry.field(description="Who let it give points.")
    activated_at: datetime | None = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: models.EarningRule) -> Self:
        plain = {
            name: getattr(row, name) for name in cls.__annotations__ if name not in WRITTEN_OUT
        }
        return cls(
            **plain,
            state=enums.EarningState(row.state),
            words=rule_in_words(row),
            event=enums.EarningEvent(row.event),
            kind=enums.EarningKind(row.kind),
            steps_by=enums.EarningStepsBy(row.steps_by) if row.steps_by else None,
            steps=[
                EarningStep(
                    tier=each.get("tier"),
                    from_balance=each.get("from_balance"),
                    percent=each["percent"],
                )
                for each in row.steps
            ],
            condition=describe(parse(row.condition)) if row.condition is not None else None,
            stacking=enums.EarningStacking(row.stacking),
        )


WRITTEN_OUT = ("state", "words", "event", "kind", "steps_by", "steps", "condition", "stacking")

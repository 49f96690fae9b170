"""A review as it is shown, with what speaks against the act."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry

from kit.graph.context import Context, Info
from kit.graph.personal import People
from kit.graph.scalars import Long
from kit.models import utcnow
from loyalty.accesses.noting import saw
from loyalty.fraud.models import ActKind, FraudAction, FraudMeasure, FraudRuleKind, FraudSubject
from loyalty.points.graph.account import PointsAccount, accounts_of
from loyalty.points.keys import sent
from loyalty.reviews import models, queries

ReviewState = strawberry.enum(
    models.ReviewState,
    description="WAITING for a person; RELEASED: the act goes through; REJECTED: it is undone.",
)


@strawberry.type(description="What a version of a rule measured.")
class ReviewFinding:
    code: str = strawberry.field(description="The rule's code.")
    version: int = strawberry.field(description="Which version of it.")
    name: str = strawberry.field(description="Its name for people.")
    kind: FraudRuleKind = strawberry.field(description="What it looks for.")
    per: FraudSubject = strawberry.field(description="By what it counts.")
    measure: FraudMeasure = strawberry.field(description="What it counts.")
    measured: Long = strawberry.field(
        description="What it counted, the act included; a RING is counted one above the threshold."
    )
    threshold: Long = strawberry.field(description="The most that is allowed.")
    window_seconds: int = strawberry.field(description="How far apart acts count together.")

    @classmethod
    def of(cls, told: dict[str, Any]) -> Self:
        return cls(
            code=told["code"],
            version=told["version"],
            name=told["name"],
            kind=FraudRuleKind(told["kind"]),
            per=FraudSubject(told["per"]),
            measure=FraudMeasure(told["measure"]),
            measured=Long(told["measured"]),
            threshold=Long(told["threshold"]),
            window_seconds=told["window_seconds"],
        )


@strawberry.type(description="An act that counts together with the reviewed one.")
class ReviewedAct:
    kind: ActKind = strawberry.field(description="What it was.")
    key: str = strawberry.field(description="Its name among acts of its kind.")
    customer_id: UUID = strawberry.field(description="Whose.")
    points: Long = strawberry.field(description="How many points it moved.")
    at: datetime = strawberry.field(description="When it happened.")
    action: FraudAction | None = strawberry.field(
        description="What became of it; null if it went through."
    )

    @classmethod
    def of(cls, row: Any) -> Self:
        return cls(
            kind=ActKind(row.kind),
            key=sent(row.key),
            customer_id=row.customer_id,
            points=Long(row.points),
            at=row.at,
            action=FraudAction(row.action) if row.action else None,
        )


@strawberry.type(description="Another customer with the same device, payment account or address.")
class SharedMark:
    per: FraudSubject = strawberry.field(description="What they share.")
    customer_id: UUID = strawberry.field(description="Who.")
    first_seen_at: datetime = strawberry.field(description="Since when.")
    last_seen_at: datetime = strawberry.field(description="When last.")

    @classmethod
    def of(cls, row: Any) -> Self:
        return cls(
            per=FraudSubject(row.kind),
            customer_id=row.customer_id,
            first_seen_at=row.first_seen_at,
            last_seen_at=row.last_seen_at,
        )


@strawberry.type(description="An act for a person to look at, with what speaks against it.")
class Review:
    id: UUID = strawberry.field(description="Its identifier.")
    act_kind: ActKind = strawberry.field(description="What was done.")
    act_key: str = strawberry.field(description="Its name among acts of its kind.")
    customer_id: UUID = strawberry.field(description="Who did it.")
    action: FraudAction = strawberry.field(
        description="HOLD: it waits for the decision; FLAG: it went through, and a rejection "
        "takes it back."
    )
    points: Long = strawberry.field(description="How many points it moves.")
    findings: list[ReviewFinding] = strawberry.field(description="Which rules, and what they saw.")
    state: models.ReviewState = strawberry.field(description="Whether it is decided, and how.")
    opened_at: datetime = strawberry.field(description="Since when.")
    due_at: datetime = strawberry.field(description="By when it is to be decided: two days.")
    overdue: bool = strawberry.field(description="Whether it waits longer than that.")
    caused_by: str | None = strawberry.field(
        description="Who asked for the act, if not the customer: they can't review it."
    )
    claimed_by: str | None = strawberry.field(description="Who is at it; null for nobody.")
    claimed_until: datetime | None = strawberry.field(description="Until when it is theirs.")
    decided_by: str | None = strawberry.field(description="Who decided.")
    decided_at: datetime | None = strawberry.field(description="When.")
    note: str = strawberry.field(description="Why, in their words.")

    @classmethod
    def of(cls, row: models.Review) -> Self:
        now = utcnow()
        claimed = row.state == models.ReviewState.WAITING and row.is_claimed_by_other("", now)
        return cls(
            id=row.id,
            act_kind=ActKind(row.act_kind),
            act_key=row.act_key,
            customer_id=row.customer_id,
            action=FraudAction(row.action),
            points=Long(row.points),
            findings=[ReviewFinding.of(each) for each in row.findings],
            state=models.ReviewState(row.state),
            opened_at=row.created_at,
            due_at=row.due_at,
            overdue=row.state == models.ReviewState.WAITING and row.due_at <= now,
            caused_by=row.caused_by,
            claimed_by=row.claimed_by if claimed else None,
            claimed_until=row.claimed_until if claimed else None,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            note=row.note,
        )

    @strawberry.field(
        description="The customer's points; null when you may not see them.",
        extensions=[People(saw, "points", person="customer_id")],
    )
    async def account(self, info: Info) -> PointsAccount | None:
        return await info.context.loader(accounts_of).load(self.customer_id)

    @strawberry.field(
        description="Acts by the same customer, device, payment account, address or content that "
        "count together with it, itself included: the newest 20 of your unit, for 92 days.",
        extensions=[People(saw, "reviews", person="customer_id")],
    )
    async def acts(self, info: Info) -> list[ReviewedAct]:
        return await info.context.loader(_counted_with).load(self.id)

    @strawberry.field(
        description="Who else was met with its device, payment account or address: the last 20 of "
        "your unit, for 92 days.",
        extensions=[People(saw, "reviews", person="customer_id")],
    )
    async def shared_with(self, info: Info) -> list[SharedMark]:
        return await info.context.loader(_shared_with).load(self.id)


async def _counted_with(context: Context, reviews: Sequence[UUID]) -> list[list[ReviewedAct]]:
    async with context.db.reading() as session:
        found = await queries.counted_with(session, reviews, context.caller.unit or "")
    return [[ReviewedAct.of(row) for row in found[each]] for each in reviews]


async def _shared_with(context: Context, reviews: Sequence[UUID]) -> list[list[SharedMark]]:
    async with context.db.reading() as session:
        found = await queries.shared_with(session, reviews, context.caller.unit or "")
    return [[SharedMark.of(row) for row in found[each]] for each in reviews]

"""Referrals in the graph."""

from datetime import datetime
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry

from kit.errors import NotFound as NotFoundError
from kit.graph.access import Roles
from kit.graph.connections import Connection
from kit.graph.context import Info
from kit.graph.refusals import NotFound, Refusal, answers
from loyalty.accounts.queries import accounts_by_customer
from loyalty.referrals import commands, errors, models, queries


@strawberry.type(description="Somebody was brought by a customer.")
class Referral:
    id: UUID = strawberry.field(description="Its identifier.")
    referrer_id: UUID = strawberry.field(description="Who brought them.")
    referred_id: UUID = strawberry.field(description="Who was brought.")
    told_at: datetime = strawberry.field(description="When it was told.")
    qualified_at: datetime | None = strawberry.field(
        description="When their first order was placed; null until then."
    )

    @classmethod
    def of(cls, row: models.Referral) -> Self:
        return cls(
            id=row.id,
            referrer_id=row.referrer_id,
            referred_id=row.referred_id,
            told_at=row.created_at,
            qualified_at=row.qualified_at,
        )


@strawberry.type(description="The referral is kept; a repeat gets the same one.")
class ReferralWasRecorded:
    referral: Referral = strawberry.field(description="The referral.")


@strawberry.type(description="The two can't be referrer and referred.")
class ReferralRefused(Refusal):
    reason: str = strawberry.field(
        description="self_referral, already_referred, circle or customer_already."
    )


RecordReferralResult: TypeAlias = Annotated[
    ReferralWasRecorded | ReferralRefused | NotFound, strawberry.union("RecordReferralResult")
]


async def referrals_by(
    info: Info, customer: UUID, first: int, after: str | None
) -> Connection[Referral] | None:
    context = info.context
    if not await accounts_by_customer(context.db, [customer], context.caller):
        return None
    async with context.db.reading() as session:
        found = await queries.referrals_by(session, customer, first, after)
    return Connection.of(found, Referral.of)


@strawberry.type
class ReferralsMutation:
    @strawberry.mutation(
        description="Keep that a customer was brought by another. It qualifies with their first "
        "order over an amount: then `loyalty.referral.qualified` is published, and the earning "
        "rules for REFERRAL and REFERRED give. Refused for oneself, in circles, for who was "
        "brought by somebody else, and for who has bought before.",
        extensions=[Roles("front_line", "operator")],
    )
    async def record_referral(
        self,
        info: Info,
        referrer_id: Annotated[UUID, strawberry.argument(description="Who brought them.")],
        referred_id: Annotated[UUID, strawberry.argument(description="Who was brought.")],
    ) -> RecordReferralResult:
        context = info.context
        wanted = [referrer_id, referred_id]
        seen = await accounts_by_customer(context.db, wanted, context.caller)
        for each in wanted:
            if each not in seen:
                raise NotFoundError("customer", each)
        async with context.db.transaction() as session:
            row = await commands.record_referral(
                session, referrer_id, referred_id, context.caller.subject
            )
        return ReferralWasRecorded(referral=Referral.of(row))


answered = [answers(errors.ReferralRefused, ReferralRefused)]

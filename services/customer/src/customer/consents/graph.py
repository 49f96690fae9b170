"""Consent in the graph."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry

from customer.consents import commands, models, queries
from customer.profiles.graph.mutations import ChangeCustomerResult, changed
from customer.profiles.queries import customer_by_id, may_see
from kit.errors import NotFound
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info


@strawberry.input(description="A customer's decision.")
class ConsentInput:
    purpose: str = strawberry.field(description="What for, such as marketing.")
    granted: bool = strawberry.field(description="Yes or no.")
    evidence: str = strawberry.field(
        description="How we know: a form, a call, a click; 1 to 1,000 characters."
    )
    channel_kind: str | None = strawberry.field(
        default=None, description="On which kind of channel, such as sms; null: on all."
    )


@strawberry.type(description="A decision as it was taken down.")
class ConsentRecord:
    id: UUID = strawberry.field(description="Of this decision.")
    purpose: str = strawberry.field(description="What for.")
    channel_kind: str | None = strawberry.field(description="On which kind; null: on all.")
    granted: bool = strawberry.field(description="Yes or no.")
    evidence: str = strawberry.field(description="How we know.")
    recorded_by: str = strawberry.field(description="Who took it down.")
    recorded_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, kept: models.ConsentRecord) -> Self:
        return cls(
            id=kept.id,
            purpose=kept.purpose,
            channel_kind=kept.channel_kind,
            granted=kept.granted,
            evidence=kept.evidence,
            recorded_by=kept.recorded_by,
            recorded_at=kept.created_at,
        )


@strawberry.type
class ConsentQuery:
    @strawberry.field(
        description="Every decision of a customer with its evidence, newest first.",
        extensions=[Roles("customer", "front_line", "operator")],
    )
    async def consent_history(
        self, info: Info, customer_id: UUID, first: First = 20, after: After = None
    ) -> Connection[ConsentRecord]:
        async with info.context.db.reading() as session:
            customer = await customer_by_id(session, customer_id)
            if customer is None or not may_see(info.context.caller, customer):
                raise NotFound("customer", customer_id)
            found = await queries.consent_history(session, customer.id, first=first, after=after)
        return Connection.of(found, ConsentRecord.of)


@strawberry.type
class ConsentMutation:
    @strawberry.mutation(
        description="Take down what a customer said yes or no to; it counts at once, everywhere. "
        "Announced as customer.changed.",
        extensions=[Roles("customer", "front_line", "marketer", "operator")],
    )
    async def record_consent(
        self,
        info: Info,
        customer_id: UUID,
        consent: Annotated[ConsentInput, strawberry.argument(description="The decision.")],
    ) -> ChangeCustomerResult:
        told = commands.Consent(
            purpose=consent.purpose,
            channel_kind=consent.channel_kind,
            granted=consent.granted,
            evidence=consent.evidence,
        )
        async with info.context.db.transaction() as session:
            customer = await commands.record_consent(
                session, customer_id, told, info.context.caller
            )
        return changed(info, customer)

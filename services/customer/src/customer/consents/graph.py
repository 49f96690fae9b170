"""Consent in the graph."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry

from customer.accesses.noting import saw
from customer.consents import commands, models, queries
from customer.profiles.graph.mutations import ChangeCustomerResult, changed
from customer.profiles.queries import customer_by_id, may_see
from customer.sight import SIGHT
from kit.errors import NotFound
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.personal.seeing import masked

strawberry.enum(
    models.ConsentSource,
    description="By what a decision reached us. PREFERENCE_PAGE and UNSUBSCRIBE: the customer's "
    "own click on a link of ours.",
)


@strawberry.input(description="A customer's decision.")
class ConsentInput:
    purpose: str = strawberry.field(description="What for, such as marketing.")
    granted: bool = strawberry.field(description="Yes or no.")
    evidence: str = strawberry.field(
        description="How we know: a form, a call, a click; 1 to 1,000 characters."
    )
    channel_kind: str | None = strawberry.field(
        default=None,
        description="On which kind of channel: own_store, agent_store, franchise, ecommerce, app, "
        "web, call_centre_in, call_centre_out, sms, mms, email, push, account_manager, "
        "direct_sales or smart_device; null: on all.",
    )
    source: models.ConsentSource = strawberry.field(
        default=models.ConsentSource.OTHER, description="By what it reached us."
    )
    text_version: str | None = strawberry.field(
        default=None, description="The text that was agreed to; up to 64 characters."
    )
    place: str | None = strawberry.field(
        default=None, description="Where: an outlet, a page, an app; up to 200 characters."
    )
    decided_at: datetime | None = strawberry.field(
        default=None,
        description="When the customer decided; null: now. Of two decisions the later one counts, "
        "in whatever order they are told.",
    )

    def told(self) -> commands.Consent:
        return commands.Consent(**vars(self))


@strawberry.type(description="A decision as it was taken down.")
class ConsentRecord:
    id: UUID = strawberry.field(description="Of this decision.")
    purpose: str = strawberry.field(description="What for.")
    channel_kind: str | None = strawberry.field(description="On which kind; null: on all.")
    granted: bool = strawberry.field(description="Yes or no.")
    source: models.ConsentSource = strawberry.field(description="By what it reached us.")
    text_version: str | None = strawberry.field(description="The text that was agreed to.")
    place: str | None = strawberry.field(description="Where that was; masked as names are.")
    evidence: str = strawberry.field(description="How we know; masked as names are.")
    decided_at: datetime = strawberry.field(description="When the customer decided.")
    recorded_by: str = strawberry.field(description="Who took it down.")
    recorded_at: datetime = strawberry.field(description="When we took it down.")

    @classmethod
    def of(cls, kept: models.ConsentRecord, *, whole: bool) -> Self:
        return cls(
            id=kept.id,
            purpose=kept.purpose,
            channel_kind=kept.channel_kind,
            granted=kept.granted,
            source=models.ConsentSource(kept.source),
            text_version=kept.text_version,
            place=masked(kept.place, whole=whole),
            evidence=masked(kept.evidence, whole=whole) or "",
            decided_at=kept.decided_at,
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
    ) -> Connection[ConsentRecord] | None:
        async with info.context.db.reading() as session:
            customer = await customer_by_id(session, customer_id)
            if customer is None or not may_see(info.context.caller, customer):
                raise NotFound("customer", customer_id)
            saw(info.context, customer.id, "consent_history")
            found = await queries.consent_history(session, customer.id, first=first, after=after)
        whole = SIGHT.is_whole(info.context.caller)
        return Connection.of(found, lambda row: ConsentRecord.of(row, whole=whole))


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
        async with info.context.db.transaction() as session:
            customer = await commands.record_consent(
                session, customer_id, consent.told(), info.context.caller
            )
        return changed(info, customer)

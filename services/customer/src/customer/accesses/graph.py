"""Accesses in the graph."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry

from customer.accesses import models, queries
from customer.accesses.sealing import is_intact
from customer.sight import SIGHT
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.identity import Caller


@strawberry.type(description="Somebody saw personal data of a customer.")
class Access:
    id: UUID = strawberry.field(description="Of this access.")
    at: datetime = strawberry.field(description="When.")
    service: str = strawberry.field(description="Which service showed it.")
    customer_id: UUID = strawberry.field(description="Whose data; nobody's after an erasure.")
    by: str | None = strawberry.field(description="Who; the customer is told role and unit only.")
    role: str = strawberry.field(description="In which role, several separated by commas.")
    unit: str = strawberry.field(description="From which unit.")
    purpose: str = strawberry.field(description="Why, as they said; may be empty.")
    fields: list[str] = strawberry.field(
        description="What: name, identifiers, attributes, timeline, consent_history, complaints, subject_requests, "
        "feedback, file; at other services touchpoints, orders, tasks, task_history, decisions, "
        "recommendations, postings, earnings, referrals, member_value, "
        "redemptions, vouchers, achievements, clubs, fulfilments, benefits."
    )
    whole: bool = strawberry.field(description="Whether names and identifiers were whole.")

    @classmethod
    def of(cls, row: models.Access, caller: Caller) -> Self:
        return cls(
            id=row.id,
            at=row.seen_at or row.at,
            service=row.service,
            customer_id=row.customer_id,
            by=row.by if SIGHT.is_officer(caller) else None,
            role=row.role,
            unit=row.unit,
            purpose=row.purpose,
            fields=row.fields,
            whole=row.whole,
        )


@strawberry.type(description="A link in the chain that tells whether accesses were changed.")
class AccessSeal:
    row: strawberry.Private[models.AccessSeal]

    number: int = strawberry.field(description="Its place in the chain.")
    since: datetime = strawberry.field(description="It seals what was seen from here on,")
    until: datetime = strawberry.field(description="and before this.")
    accesses: int = strawberry.field(description="How many accesses it seals.")
    digest: str = strawberry.field(
        description="SHA-256 over the seal before and the accesses; announced as accesses.sealed."
    )

    @classmethod
    def of(cls, row: models.AccessSeal) -> Self:
        names = ("number", "since", "until", "accesses", "digest")
        return cls(row=row, **{name: getattr(row, name) for name in names})

    @strawberry.field(
        description="Whether the accesses are what they were when sealed: all are read again. "
        "False also for what is older than accesses are kept."
    )
    async def intact(self, info: Info) -> bool:
        async with info.context.db.reading() as session:
            return await is_intact(session, self.row)


@strawberry.type
class AccessQuery:
    @strawberry.field(
        description="Who saw whose personal data, newest first. For the role operator with the "
        "scope privacy:handle, what was seen from its units; for customers, who saw theirs "
        "(customerId is needed then).",
        extensions=[Roles("customer", "operator")],
    )
    async def access_audit(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        customer_id: Annotated[
            UUID | None, strawberry.argument(description="Only this customer's data.")
        ] = None,
        by: Annotated[
            str | None, strawberry.argument(description="Only what this person saw.")
        ] = None,
    ) -> Connection[Access] | None:
        caller = info.context.caller
        async with info.context.db.reading() as session:
            found = await queries.accesses(
                session, caller, customer_id=customer_id, by=by, first=first, after=after
            )
        return Connection.of(found, lambda row: Access.of(row, caller))

    @strawberry.field(
        description="The seals over accesses, newest first, at most 20 at a time.",
        extensions=[Roles("operator", scope="privacy:handle")],
    )
    async def access_seals(
        self, info: Info, first: First = 10, after: After = None
    ) -> Connection[AccessSeal] | None:
        queries.require_auditor(info.context.caller)
        async with info.context.db.reading() as session:
            found = await queries.seals(session, first=first, after=after)
        return Connection.of(found, AccessSeal.of)

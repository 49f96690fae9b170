"""Fulfilments in the graph."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry

from kit.errors import NotFound as NotFoundError
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.personal import People
from kit.graph.refusals import Conflict, InvalidInput, NotFound
from kit.graph.scalars import Money, money
from loyalty.accesses.noting import saw
from loyalty.accounts.queries import accounts_by_customer
from loyalty.fulfilments import commands, models, queries

READERS = ("marketer", "front_line", "analyst", "operator", "customer")
WATCHERS = ("analyst", "operator")

strawberry.enum(models.FulfilmentKind, description="What kind of thing is handed out.")
strawberry.enum(models.FulfilmentState, description="How far handing out is.")
strawberry.enum(models.FulfilmentSource, description="What something is handed out for.")


@strawberry.type(description="One thing that happened to a fulfilment.")
class FulfilmentStep:
    what: str = strawberry.field(description="requested, completed or failed.")
    at: datetime = strawberry.field(description="When.")
    by: str | None = strawberry.field(description="Who did it; null if nobody had to.")
    reason: str | None = strawberry.field(description="Why, if that was said.")
    reference: str | None = strawberry.field(
        description="The receipt's or serial number, if there is one."
    )


@strawberry.federation.type(
    keys=["id"], description="Something that is handed out to a customer by the arms."
)
class Fulfilment:
    id: UUID = strawberry.field(description="Its identifier.")
    customer_id: UUID = strawberry.field(description="Whose it is.")
    kind: models.FulfilmentKind = strawberry.field(description="What kind of thing it is.")
    title: str = strawberry.field(description="What it is, in a line.")
    reward_code: str = strawberry.field(description="The reward's code; empty without one.")
    quantity: int = strawberry.field(description="How many.")
    amount: Money | None = strawberry.field(
        description="What a top-up or a cash-back is worth, all of `quantity`; null for things."
    )
    partner_code: str | None = strawberry.field(
        description="The partner who hands it out; null when our own people do."
    )
    source_kind: models.FulfilmentSource = strawberry.field(description="What it is given for.")
    source_id: UUID = strawberry.field(description="Which redemption, task, draw or packet.")
    state: models.FulfilmentState = strawberry.field(description="How far it is.")
    attempt: int = strawberry.field(description="How often it was asked for, from 1.")
    requested_at: datetime = strawberry.field(description="When it was asked for, the last time.")
    ended_at: datetime | None = strawberry.field(
        description="When it was completed or failed; null while it is under way."
    )
    reference: str = strawberry.field(description="The receipt's or serial number; or empty.")
    reason: str = strawberry.field(description="Why it failed; or empty.")
    history: list[FulfilmentStep] = strawberry.field(description="Oldest step first.")

    @classmethod
    def of(cls, row: models.Fulfilment) -> Self:
        plain = ("id", "customer_id", "title", "reward_code", "quantity", "partner_code")
        later = ("source_id", "attempt", "requested_at", "ended_at", "reference", "reason")
        return cls(
            **{name: getattr(row, name) for name in (*plain, *later)},
            kind=models.FulfilmentKind(row.kind),
            amount=money(row.amount_minor, row.currency) if row.amount_minor else None,
            source_kind=models.FulfilmentSource(row.source_kind),
            state=models.FulfilmentState(row.state),
            history=[
                FulfilmentStep(
                    what=each["what"],
                    at=datetime.fromisoformat(each["at"]),
                    by=each.get("by"),
                    reason=each.get("reason"),
                    reference=each.get("reference"),
                )
                for each in row.history
            ],
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> "Fulfilment | None":
        info.context.caller.require_role(*READERS)
        return await info.context.loader(fulfilments_by_id).load(UUID(id))


async def fulfilments_by_id(context: Context, ids: Sequence[UUID]) -> list[Fulfilment | None]:
    async with context.db.reading() as session:
        found = await queries.fulfilments_by_id(session, ids)
    customers = [row.customer_id for row in found.values()]
    seen = await accounts_by_customer(context.db, customers, context.caller)
    return [
        Fulfilment.of(row) if (row := found.get(each)) and row.customer_id in seen else None
        for each in ids
    ]


async def fulfilments_of(
    info: Info, customer_id: UUID, first: int, after: str | None
) -> Connection[Fulfilment] | None:
    """What a customer was to be given, newest first; None for whom the caller may not see."""
    context = info.context
    if not await accounts_by_customer(context.db, [customer_id], context.caller):
        return None
    async with context.db.reading() as session:
        found = await queries.fulfilments_of(session, customer_id, first, after)
    return Connection.of(found, Fulfilment.of)


@strawberry.type(description="It is tried once more.")
class FulfilmentWasRepeated:
    fulfilment: Fulfilment = strawberry.field(description="It, as it is now.")


RepeatFulfilmentResult: TypeAlias = Annotated[
    FulfilmentWasRepeated | NotFound | InvalidInput | Conflict,
    strawberry.union("RepeatFulfilmentResult"),
]


@strawberry.type
class FulfilmentsQuery:
    @strawberry.field(
        description="One fulfilment; null when there is none that the caller may see.",
        extensions=[Roles(*READERS), People(saw, "fulfilments", person="customer_id")],
    )
    async def fulfilment(self, info: Info, id: UUID) -> Fulfilment | None:
        return await info.context.loader(fulfilments_by_id).load(id)

    @strawberry.field(
        description="Fulfilments for customers of the caller's unit in a state, what was asked "
        "for first coming first: requested and older than a week is what somebody waits for.",
        extensions=[Roles(*WATCHERS), People(saw, "fulfilments", person="customer_id")],
    )
    async def fulfilments(
        self,
        info: Info,
        state: Annotated[
            models.FulfilmentState, strawberry.argument(description="Only those so far.")
        ] = models.FulfilmentState.REQUESTED,
        older_than: Annotated[
            datetime | None, strawberry.argument(description="Only those asked for before that.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[Fulfilment] | None:
        unit = info.context.caller.unit or ""
        async with info.context.db.reading() as session:
            found = await queries.fulfilments_in(
                session, state, older_than=older_than, seen_from=unit, first=first, after=after
            )
        return Connection.of(found, Fulfilment.of)


@strawberry.type
class FulfilmentsMutation:
    @strawberry.mutation(
        description="Have one that failed tried once more. Refused for redemptions: their points "
        "came back when it failed. Publishes `loyalty.fulfilment.requested`.",
        extensions=[Roles("operator")],
    )
    async def repeat_fulfilment(
        self,
        info: Info,
        id: UUID,
        reason: Annotated[
            str, strawberry.argument(description="Why it will do now, up to 200 characters.")
        ],
    ) -> RepeatFulfilmentResult:
        context = info.context
        if await context.loader(fulfilments_by_id).load(id) is None:
            raise NotFoundError("fulfilment", id)
        async with context.db.transaction() as session:
            repeated = await commands.repeat_fulfilment(
                session, id, reason=reason, by=context.caller.subject
            )
        return FulfilmentWasRepeated(fulfilment=Fulfilment.of(repeated))

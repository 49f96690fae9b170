"""Points in the graph."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry

from kit.database import AsyncSession
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.refusals import IdempotencyKeyReused, InvalidInput, NotFound, Refusal, answers
from kit.graph.scalars import Long
from loyalty.accounts import queries as accounts
from loyalty.accounts.models import PointsAccount as PointsAccountRow
from loyalty.points import commands, errors, models, queries
from loyalty.tiers.graph import MemberTier, tiers_of

READERS = ("marketer", "approver", "front_line", "analyst", "operator", "customer")


@strawberry.type(description="One side of a posting; those of one posting sum to zero.")
class LedgerEntry:
    account: str = strawberry.field(
        description="wallet and debt are the member's; liability, expiry and partner_funding the "
        "programme's."
    )
    amount: Long = strawberry.field(description="What comes in is positive.")
    balance_after: Long | None = strawberry.field(
        description="The member's balance after it; null for the programme's side."
    )

    @classmethod
    def of(cls, row: models.Entry) -> Self:
        after = row.balance_after
        return cls(
            account=row.account_kind,
            amount=Long(row.amount),
            balance_after=None if after is None else Long(after),
        )


@strawberry.type(description="One movement of points; it is never changed.")
class PointsPosting:
    id: UUID = strawberry.field(description="Its identifier.")
    kind: str = strawberry.field(description="earn, grant, spend, adjust, reverse or expire.")
    points: Long = strawberry.field(description="Positive in, negative out.")
    reason: str = strawberry.field(description="Why, for people.")
    source_kind: str = strawberry.field(description="order, task, lot or request.")
    source_id: str = strawberry.field(description="Which order, task, lot or request.")
    occurred_at: datetime = strawberry.field(description="When its reason happened.")
    posted_at: datetime = strawberry.field(description="When it was posted.")
    balance_after: Long = strawberry.field(description="The member's balance after it.")
    entries: list[LedgerEntry] = strawberry.field(description="Both sides of it: two or three.")

    @classmethod
    def of(cls, row: models.Posting, entries: Sequence[models.Entry]) -> Self:
        return cls(
            id=row.id,
            kind=row.kind,
            points=Long(row.points),
            reason=row.reason,
            source_kind=row.source_kind,
            source_id=row.source_id,
            occurred_at=row.occurred_at,
            posted_at=row.created_at,
            balance_after=Long(entries[0].balance_after or 0),
            entries=[LedgerEntry.of(each) for each in entries],
        )


@strawberry.type(description="Points that came together and expire together.")
class PointsLot:
    points: Long = strawberry.field(description="How many came.")
    remaining: Long = strawberry.field(description="How many of them are left.")
    expires_at: datetime = strawberry.field(description="When what is left is taken.")

    @classmethod
    def of(cls, row: models.Lot) -> Self:
        return cls(
            points=Long(row.points), remaining=Long(row.remaining), expires_at=row.expires_at
        )


@strawberry.federation.type(keys=["id"], description="One customer's points.")
class PointsAccount:
    id: UUID = strawberry.field(description="Its identifier.")
    customer_id: strawberry.Private[UUID]
    balance: Long = strawberry.field(description="What may be spent; never negative.")
    debt: Long = strawberry.field(
        description="Points taken back after they were spent: the next earnings recover them."
    )

    @classmethod
    def of(cls, row: PointsAccountRow | accounts.Shown) -> Self:
        return cls(
            id=row.id,
            customer_id=row.customer_id,
            balance=Long(row.balance),
            debt=Long(row.debt),
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> "PointsAccount | None":
        info.context.caller.require_role(*READERS)
        return await info.context.loader(accounts_by_id).load(UUID(id))

    @strawberry.field(description="The member's tier.")
    async def tier(self, info: Info) -> MemberTier:
        return await info.context.loader(tiers_of).load(self.customer_id)

    @strawberry.field(description="What is left, what expires first coming first.")
    async def lots(self, info: Info, first: First = 10) -> list[PointsLot]:
        async with info.context.db.reading() as session:
            rows = await queries.lots_to_spend(session, self.id, first)
        return [PointsLot.of(row) for row in rows]

    @strawberry.field(description="Every movement, newest first.")
    async def postings(
        self, info: Info, first: First = 10, after: After = None
    ) -> Connection[PointsPosting]:
        async with info.context.db.reading() as session:
            found = await queries.postings_of(session, self.id, first, after)
            entries = await queries.entries_of(session, [row.id for row in found.items])
        return Connection.of(found, lambda row: PointsPosting.of(row, entries[row.id]))


async def accounts_by_id(context: Context, ids: Sequence[UUID]) -> list[PointsAccount | None]:
    found = await accounts.accounts_by_id(context.db, ids, context.caller)
    return [PointsAccount.of(found[each]) if each in found else None for each in ids]


async def accounts_of(context: Context, customers: Sequence[UUID]) -> list[PointsAccount | None]:
    found = await accounts.accounts_by_customer(context.db, customers, context.caller)
    return [PointsAccount.of(found[each]) if each in found else None for each in customers]


@strawberry.federation.type(keys=["id"], description="A customer, as far as points go.")
class Customer:
    id: UUID = strawberry.field(description="Their identifier.")

    @classmethod
    def resolve_reference(cls, info: Info, id: str) -> "Customer":
        return cls(id=UUID(id))

    @strawberry.field(
        description="Their points; null without an account that the caller may see.",
        extensions=[Roles(*READERS)],
    )
    async def points(self, info: Info) -> PointsAccount | None:
        return await info.context.loader(accounts_of).load(self.id)


@strawberry.input(description="Points a member spends.")
class SpendPointsInput:
    account_id: UUID = strawberry.field(description="Whose points.")
    points: Long = strawberry.field(description="How many, from 1.")
    reason: str = strawberry.field(description="What for, in up to 200 characters.")
    idempotency_key: str = strawberry.field(
        description="Yours, unique per intent: a repeat gets the first posting."
    )


@strawberry.input(description="Points an operator adds or takes.")
class AdjustPointsInput:
    account_id: UUID = strawberry.field(description="Whose points.")
    points: Long = strawberry.field(description="How many: positive adds, negative takes.")
    reason: str = strawberry.field(description="Why, in up to 200 characters.")
    idempotency_key: str = strawberry.field(
        description="Yours, unique per intent: a repeat gets the first posting."
    )


@strawberry.type(description="The account holds fewer points than the request needs.")
class NotEnoughPoints(Refusal):
    needed: Long = strawberry.field(description="How many points it takes.")
    balance: Long = strawberry.field(description="How many are left.")


@strawberry.type(description="The points are spent.")
class PointsWereSpent:
    posting_id: UUID = strawberry.field(description="The posting, the first one for a repeat.")
    balance: Long = strawberry.field(description="What was left right after it.")
    account: PointsAccount = strawberry.field(description="The account as it is now.")


@strawberry.type(description="The account is put right.")
class PointsWereAdjusted:
    posting_id: UUID = strawberry.field(description="The posting, the first one for a repeat.")
    balance: Long = strawberry.field(description="What was left right after it.")
    account: PointsAccount = strawberry.field(description="The account as it is now.")


SpendPointsResult: TypeAlias = Annotated[
    PointsWereSpent | NotEnoughPoints | NotFound | InvalidInput | IdempotencyKeyReused,
    strawberry.union("SpendPointsResult"),
]
AdjustPointsResult: TypeAlias = Annotated[
    PointsWereAdjusted | NotEnoughPoints | NotFound | InvalidInput | IdempotencyKeyReused,
    strawberry.union("AdjustPointsResult"),
]


@strawberry.type
class PointsQuery:
    @strawberry.field(
        description="An account by its identifier; null when there is none that you may see.",
        extensions=[Roles(*READERS)],
    )
    async def points_account(self, info: Info, id: UUID) -> PointsAccount | None:
        return await info.context.loader(accounts_by_id).load(id)


@strawberry.type
class PointsMutation:
    @strawberry.mutation(
        description="Spend a member's points, those that expire first coming first. Publishes "
        "`loyalty.points.spent`.",
        extensions=[Roles("front_line", "operator", "customer")],
    )
    async def spend_points(self, info: Info, input: SpendPointsInput) -> SpendPointsResult:
        posted, account = await _move(info, commands.spend_points, input)
        return PointsWereSpent(
            posting_id=posted.posting_id, balance=Long(posted.balance), account=account
        )

    @strawberry.mutation(
        description="Put an account right, never below zero. Publishes `loyalty.points.adjusted`.",
        extensions=[Roles("operator")],
    )
    async def adjust_points(self, info: Info, input: AdjustPointsInput) -> AdjustPointsResult:
        posted, account = await _move(info, commands.adjust_points, input)
        return PointsWereAdjusted(
            posting_id=posted.posting_id, balance=Long(posted.balance), account=account
        )


Move: TypeAlias = Callable[[AsyncSession, UUID, int, str, str], Awaitable[models.Posted]]


async def _move(
    info: Info, command: Move, asked: SpendPointsInput | AdjustPointsInput
) -> tuple[models.Posted, PointsAccount]:
    caller = info.context.caller
    async with info.context.db.transaction() as session:
        account = await accounts.visible_account(session, asked.account_id, caller)
        posted = await command(
            session, asked.account_id, asked.points, asked.reason, asked.idempotency_key
        )
        await session.refresh(account)
    return posted, PointsAccount.of(account)


answered = [answers(errors.NotEnoughPoints, NotEnoughPoints)]

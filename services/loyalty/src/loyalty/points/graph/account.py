"""A customer's points in the graph."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry

from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.personal import People, Personal
from kit.graph.scalars import Long
from loyalty.accesses.noting import saw
from loyalty.accounts import queries as accounts
from loyalty.currencies.models import POINTS
from loyalty.points import queries
from loyalty.points.graph.history import PointsLot, PointsPosting, shown
from loyalty.tiers.graph.members import MemberTier, tiers_of

InCurrency: TypeAlias = Annotated[
    str, strawberry.argument(description="The code of a currency of `currencies`.")
]
MOST_UPCOMING = 20
READERS = ("marketer", "approver", "front_line", "analyst", "operator", "customer")


@strawberry.type(description="Points that can be spent from a moment on.")
class UpcomingPoints:
    points: Long = strawberry.field(description="How many.")
    usable_at: datetime = strawberry.field(description="From when on.")


@strawberry.type(description="What a member has of one currency.")
class Wallet:
    account_id: strawberry.Private[UUID]
    currency: str = strawberry.field(description="The currency's code: points, cash_back, growth.")
    available: Long = strawberry.field(description="What may be spent; never negative.")
    pending: Long = strawberry.field(description="Earned, but not to be spent yet.")
    locked: Long = strawberry.field(description="Reserved for redemptions under way.")
    debt: Long = strawberry.field(
        description="Taken back after it was spent: the next earnings recover it."
    )

    @classmethod
    def of(cls, row: accounts.Shown) -> Self:
        return cls(
            account_id=row.account_id,
            currency=row.currency,
            available=Long(row.balance),
            pending=Long(row.pending),
            locked=Long(row.locked),
            debt=Long(row.debt),
        )

    @strawberry.field(
        description="What of `pending` can be spent from when on, the soonest first: the next 20. "
        "What waits for a person is not among it."
    )
    async def upcoming(self, info: Info) -> list[UpcomingPoints]:
        if not self.pending:
            return []
        return await info.context.loader(upcoming_of).load((self.account_id, self.currency))


@strawberry.federation.type(keys=["id"], description="One customer's points.")
class PointsAccount:
    id: UUID = strawberry.field(description="Its identifier.")
    customer_id: strawberry.Private[UUID]
    balance: Long = strawberry.field(description="What may be spent; never negative.")
    pending: Long = strawberry.field(description="Earned, but not to be spent yet.")
    locked: Long = strawberry.field(description="Reserved for redemptions under way.")
    debt: Long = strawberry.field(
        description="Points taken back after they were spent: the next earnings recover them."
    )

    @classmethod
    def of(cls, row: accounts.Shown) -> Self:
        return cls(
            id=row.id,
            customer_id=row.customer_id,
            balance=Long(row.balance),
            pending=Long(row.pending),
            locked=Long(row.locked),
            debt=Long(row.debt),
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> "PointsAccount | None":
        info.context.caller.require_role(*READERS)
        return await info.context.loader(accounts_by_id).load(UUID(id))

    @strawberry.field(description="The member's tier.")
    async def tier(self, info: Info) -> MemberTier:
        return await info.context.loader(tiers_of).load(self.customer_id)

    @strawberry.field(
        description="What they have of each currency; one in which nothing ever moved is left out."
    )
    async def wallets(self, info: Info) -> list[Wallet]:
        return await info.context.loader(wallets_of).load(self.id)

    @strawberry.field(description="What is left, what expires first coming first.")
    async def lots(
        self, info: Info, first: First = 10, currency: InCurrency = POINTS
    ) -> list[PointsLot]:
        async with info.context.db.reading() as session:
            rows = await queries.lots_to_spend(session, self.id, currency, first)
        return [PointsLot.of(row) for row in rows]

    @strawberry.field(
        description="Every movement, newest first.",
        extensions=[Personal(saw, "postings", person="customer_id")],
    )
    async def postings(
        self, info: Info, first: First = 10, after: After = None, currency: InCurrency = POINTS
    ) -> Connection[PointsPosting]:
        async with info.context.db.reading() as session:
            found = await queries.postings_of(session, self.id, currency, first, after)
        seen = await shown(info.context, found.items)
        return Connection.of(found, lambda row: seen[row.id])


async def wallets_of(context: Context, accounts_: Sequence[UUID]) -> list[list[Wallet]]:
    found = await accounts.wallets_of(context.db, accounts_)
    return [[Wallet.of(row) for row in found[each]] for each in accounts_]


async def upcoming_of(
    context: Context, wallets: Sequence[tuple[UUID, str]]
) -> list[list[UpcomingPoints]]:
    async with context.db.reading() as session:
        found = await queries.upcoming(session, wallets, MOST_UPCOMING)
    return [
        [UpcomingPoints(points=Long(points), usable_at=at) for at, points in found[each]]
        for each in wallets
    ]


async def accounts_by_id(context: Context, ids: Sequence[UUID]) -> list[PointsAccount | None]:
    found = await accounts.accounts_by_id(context.db, ids, context.caller)
    return [PointsAccount.of(found[each]) if each in found else None for each in ids]


async def accounts_of(context: Context, customers: Sequence[UUID]) -> list[PointsAccount | None]:
    found = await accounts.accounts_by_customer(context.db, customers, context.caller)
    return [PointsAccount.of(found[each]) if each in found else None for each in customers]


@strawberry.type
class PointsQuery:
    @strawberry.field(
        description="An account by its identifier; null when there is none that you may see.",
        extensions=[Roles(*READERS), People(saw, "points", person="customer_id")],
    )
    async def points_account(self, info: Info, id: UUID) -> PointsAccount | None:
        return await info.context.loader(accounts_by_id).load(id)

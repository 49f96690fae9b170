"""A customer's points, wherever the graph meets the customer."""

from collections.abc import Sequence
from typing import Self
from uuid import UUID

import strawberry

from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.scalars import Long
from loyalty.accounts import queries as accounts
from loyalty.points import queries
from loyalty.points.graph.history import PointsLot, PointsPosting
from loyalty.tiers.graph import MemberTier, tiers_of

READERS = ("marketer", "approver", "front_line", "analyst", "operator", "customer")


@strawberry.federation.type(keys=["id"], description="One customer's points.")
class PointsAccount:
    id: UUID = strawberry.field(description="Its identifier.")
    customer_id: strawberry.Private[UUID]
    balance: Long = strawberry.field(description="What may be spent; never negative.")
    debt: Long = strawberry.field(
        description="Points taken back after they were spent: the next earnings recover them."
    )

    @classmethod
    def of(cls, row: accounts.Shown) -> Self:
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


@strawberry.type
class PointsQuery:
    @strawberry.field(
        description="An account by its identifier; null when there is none that you may see.",
        extensions=[Roles(*READERS)],
    )
    async def points_account(self, info: Info, id: UUID) -> PointsAccount | None:
        return await info.context.loader(accounts_by_id).load(id)

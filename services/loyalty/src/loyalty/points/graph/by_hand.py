"""What colleagues moved by hand, for whoever looks after them."""

from typing import Annotated, Self
from uuid import UUID

import strawberry

from kit.errors import InvalidInput
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.personal import People, Personal
from loyalty.accesses.noting import saw
from loyalty.points import models, queries
from loyalty.points.graph.account import PointsAccount, accounts_by_id
from loyalty.points.graph.history import PointsPosting, shown


@strawberry.type(description="A movement of points that a colleague asked for.")
class MovementByHand:
    account_id: strawberry.Private[UUID]
    customer_id: strawberry.Private[UUID]
    moved: strawberry.Private[PointsPosting]

    @classmethod
    def of(cls, row: models.Posting, posting: PointsPosting, customer_id: UUID) -> Self:
        return cls(account_id=row.account_id, customer_id=customer_id, moved=posting)

    @strawberry.field(
        description="What was moved, by whom and why, and what took it back since.",
        extensions=[Personal(saw, "postings", person="customer_id")],
    )
    def posting(self) -> PointsPosting:
        return self.moved

    @strawberry.field(
        description="Whose points; null when you may not see them.",
        extensions=[People(saw, "points", person="customer_id")],
    )
    async def account(self, info: Info) -> PointsAccount | None:
        return await info.context.loader(accounts_by_id).load(self.account_id)


@strawberry.type
class ByHandQuery:
    @strawberry.field(
        description="What colleagues spent, locked, gave, adjusted, reversed or cancelled by hand "
        "for your unit's members, the newest first.",
        extensions=[Roles("approver", "operator", "analyst")],
    )
    async def points_moved_by_hand(
        self,
        info: Info,
        asked_by: Annotated[
            str | None, strawberry.argument(description="Only what this colleague asked for.")
        ] = None,
        kind: Annotated[
            str | None,
            strawberry.argument(description="Only postings of this kind, such as `reverse`."),
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[MovementByHand] | None:
        if kind is not None and kind not in models.KINDS:
            raise InvalidInput("kind", f"is one of {', '.join(models.KINDS)}")
        context = info.context
        async with context.db.reading() as session:
            found = await queries.postings_by_hand(
                session, context.caller.unit or "", asked_by, kind, first, after
            )
            owners = await queries.owners_of(session, [row.account_id for row in found.items])
        seen = await shown(context, found.items)
        return Connection.of(
            found, lambda row: MovementByHand.of(row, seen[row.id], owners[row.account_id])
        )

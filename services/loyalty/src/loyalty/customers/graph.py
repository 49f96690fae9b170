"""The customer in the graph, as far as loyalty goes."""

from uuid import UUID

import strawberry

from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from loyalty.earning.graph.explaining import EXPLAINED_TO, Earning, earnings_of
from loyalty.points.graph.account import READERS, PointsAccount, accounts_of


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

    @strawberry.field(
        description="What they did and which rule gave what for it, the newest first; null "
        "without an account that the caller may see.",
        extensions=[Roles(*EXPLAINED_TO)],
    )
    async def earnings(
        self, info: Info, first: First = 10, after: After = None
    ) -> Connection[Earning] | None:
        return await earnings_of(info, self.id, first, after)

"""The ledger in the graph."""

from typing import Self

import strawberry

from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.scalars import Long
from loyalty.ledger import queries


@strawberry.type(
    description="The ledger added up anew. sumOfEntries, postingsOutOfBalance, "
    "accountsOutOfBalance and negativeBalances are 0, always."
)
class Ledger:
    postings: Long = strawberry.field(description="How many movements there are.")
    entries: Long = strawberry.field(description="How many entries they have.")
    sum_of_entries: Long = strawberry.field(description="The sum over all accounts: 0.")
    postings_out_of_balance: Long = strawberry.field(
        description="Postings whose entries do not sum to 0, or not to their points: 0."
    )
    accounts_out_of_balance: Long = strawberry.field(
        description="Members whose balance or debt is not the sum of their entries and lots: 0."
    )
    negative_balances: Long = strawberry.field(description="Members below zero: 0.")
    liability: Long = strawberry.field(description="Points the programme owes its members.")
    debts: Long = strawberry.field(description="Points members owe the programme.")

    @classmethod
    def of(cls, state: queries.LedgerState) -> Self:
        return cls(**{name: Long(getattr(state, name)) for name in queries.LedgerState.__slots__})


@strawberry.type
class LedgerQuery:
    @strawberry.field(
        description="The ledger's invariants as figures, found by adding up every entry.",
        extensions=[Roles("operator", "analyst")],
    )
    async def ledger(self, info: Info) -> Ledger:
        async with info.context.db.reading() as session:
            return Ledger.of(await queries.ledger_state(session))

"""The ledger in the graph."""

from typing import Self

import strawberry

from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.scalars import Long
from loyalty.ledger import queries


@strawberry.type(
    description="What the programme owes its members in a currency, and against what: the "
    "members' side is positive, the programme's negative, and both sum to 0."
)
class LedgerOfCurrency:
    currency: str = strawberry.field(description="The currency's code.")
    sum_of_entries: Long = strawberry.field(description="The sum over all accounts: 0.")
    available: Long = strawberry.field(description="What members may spend.")
    pending: Long = strawberry.field(description="What members may spend later.")
    locked: Long = strawberry.field(description="What members have reserved.")
    debts: Long = strawberry.field(description="What members owe, as a positive figure.")
    liability: Long = strawberry.field(description="The programme's side of earning and spending.")
    expiry: Long = strawberry.field(description="What expired unspent.")
    partner_funding: Long = strawberry.field(description="What partners fund, below zero.")
    adjustment: Long = strawberry.field(description="What was put right by hand.")
    transfer: Long = strawberry.field(description="What is on its way between members: 0.")

    @classmethod
    def of(cls, state: queries.CurrencyState) -> Self:
        amounts = {name: Long(getattr(state, name)) for name in state.__slots__[1:]}
        return cls(currency=state.currency, **amounts)


@strawberry.type(
    description="The ledger added up anew. sumOfEntries, postingsOutOfBalance, "
    "accountsOutOfBalance, lotsOutOfBalance, transfersOutOfBalance, negativeBalances and "
    "reportsOutOfBalance are 0, "
    "always."
)
class Ledger:
    postings: Long = strawberry.field(description="How many movements there are.")
    entries: Long = strawberry.field(description="How many entries they have.")
    sum_of_entries: Long = strawberry.field(description="The sum over all accounts: 0.")
    postings_out_of_balance: Long = strawberry.field(
        description="Postings whose entries do not sum to 0 or to their points, or name another "
        "account; entries without a posting: 0."
    )
    accounts_out_of_balance: Long = strawberry.field(
        description="Wallets that are not the sum of their entries, lots and reservations: 0."
    )
    lots_out_of_balance: Long = strawberry.field(
        description="Lots that are not what is left of them, was taken of them and expired: 0."
    )
    transfers_out_of_balance: Long = strawberry.field(
        description="Postings that give points to another member, or take them, of which the other "
        "side is missing or of other points: 0."
    )
    negative_balances: Long = strawberry.field(description="Wallets below zero: 0.")
    reports_out_of_balance: Long = strawberry.field(
        description="Accounts and months in which the reports say something else: 0."
    )
    liability: Long = strawberry.field(
        description="Points the programme owes its members: available, pending and locked."
    )
    debts: Long = strawberry.field(description="Points members owe the programme.")

    @classmethod
    def of(cls, state: queries.LedgerState) -> Self:
        return cls(**{name: Long(getattr(state, name)) for name in queries.LedgerState.__slots__})

    @strawberry.field(description="The accounts of each currency, a handful, added up anew.")
    async def currencies(self, info: Info) -> list[LedgerOfCurrency]:
        async with info.context.db.reading() as session:
            return [LedgerOfCurrency.of(each) for each in await queries.currency_states(session)]


@strawberry.type
class LedgerQuery:
    @strawberry.field(
        description="The ledger's invariants as figures, found by adding up every entry.",
        extensions=[Roles("operator", "analyst", of_all_units=True)],
    )
    async def ledger(self, info: Info) -> Ledger | None:
        async with info.context.db.reading() as session:
            return Ledger.of(await queries.ledger_state(session))

"""What the customer service holds about a customer, table by table, and how it goes."""

from typing import Final

from customer.consents.models import ConsentRecord
from customer.entity import table_of
from customer.holdings.models import EarlyHolding
from customer.identifiers.models import CustomerAlias, Identifier
from customer.imports.models import TriedCustomer, TriedIdentifier
from customer.profiles.models import Customer
from customer.timeline.models import TimelineEntry
from kit.personal.held import Blanked, Deleted, Held

HELD: Final = (
    Held(table_of(TimelineEntry), "Everything that happened", Deleted()),
    Held(
        table_of(ConsentRecord),
        "What you said yes and no to",
        Blanked({"evidence": "erased", "recorded_by": "erased"}),
    ),
    Held(table_of(EarlyHolding), "Products ordered before we knew you", Deleted()),
    Held(table_of(TriedCustomer), "You in files that were tried", Deleted()),
    Held(table_of(TriedIdentifier), "Your identifiers in files that were tried", Deleted()),
    Held(table_of(Identifier), "By what you are recognised", Deleted()),
    Held(table_of(CustomerAlias), "Other ids you went by", Deleted()),
    Held(table_of(Customer), "Who you are to us", Deleted(), person="id"),
)

"""What the channel service holds about a customer, table by table, and how it goes."""

from typing import Final

from channel.consents.models import channel_refusal
from channel.entity import table_of
from channel.identifiers.models import customer_identifier, known_customer, named_customer
from channel.imports.models import import_customer
from channel.orders.models import Order
from channel.touchpoints.models import TouchpointEvent
from channel.work.models import Work
from kit.personal.held import Deleted, Held, Kept
from kit.tables import moved_row

HELD: Final = (
    Held(known_customer, "Where you belong", Deleted()),
    Held(customer_identifier, "By what you are recognised", Deleted()),
    Held(named_customer, "By what you were first recognised", Deleted()),
    Held(channel_refusal, "Channels you said no to", Deleted()),
    Held(table_of(TouchpointEvent), "Where and when you met us", Deleted()),
    Held(table_of(Work), "What we had to do for you", Deleted(), hidden=("claimed_by",)),
    Held(table_of(Order), "What you ordered", Kept("the books need every sale and its commission")),
    Held(moved_row, "What was yours before a merge", Deleted(), person="owner_id"),
    Held(import_customer, "Files you were in", Kept("counts the customers of a file")),
)

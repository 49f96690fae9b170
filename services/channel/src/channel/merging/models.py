"""What belongs to a customer here: it goes over when they are merged, and back."""

from typing import Final

from channel.entity import table_of
from channel.imports.models import import_customer
from channel.orders.models import Order
from channel.touchpoints.models import TouchpointEvent
from channel.work.models import Work
from kit.merging.rows import Moves

MOVES: Final = (
    Moves(table_of(TouchpointEvent), "customer_id"),
    Moves(table_of(Order), "customer_id"),
    Moves(table_of(Work), "customer_id"),
    Moves(import_customer, "customer_id"),
)
"""What the customer service reports of each id stays under it: whoever looks up follows the id."""

"""What belongs to a customer here: it goes over when they are merged, and back."""

from typing import Final

from channel.consents.models import channel_refusal
from channel.entity import table_of
from channel.fulfilments.models import FulfilmentWork
from channel.identifiers.models import customer_identifier, known_customer, named_customer
from channel.imports.models import import_customer
from channel.orders.models import Order
from channel.touchpoints.models import TouchpointEvent
from channel.work.models import Work
from kit.merging.rows import Moves, Stays

MOVES: Final = (
    Moves(table_of(TouchpointEvent), "customer_id"),
    Moves(table_of(Order), "customer_id"),
    Moves(table_of(Work), "customer_id"),
    Moves(table_of(FulfilmentWork), "customer_id"),
    Moves(import_customer, "customer_id"),
)
REPORTED: Final = "the customer service reports it of each id; whoever looks up follows the id"
STAYS: Final = (
    Stays(known_customer, "customer_id", REPORTED),
    Stays(channel_refusal, "customer_id", REPORTED),
    Stays(customer_identifier, "customer_id", REPORTED),
    Stays(named_customer, "customer_id", "it is the id that was given out; readers follow it"),
)
THINGS: Final = frozenset(
    {
        "batch_id",
        "campaign_id",
        "fulfilment_id",
        "import_id",
        "key",
        "offer_id",
        "order_id",
        "plan_id",
        "settlement_id",
        "source_id",
        "task_id",
        "touchpoint_id",
    }
)
"""Ids of no customer."""

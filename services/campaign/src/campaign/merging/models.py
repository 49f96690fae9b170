"""What belongs to a customer here: it goes over when they are merged, and back."""

from typing import Final

from campaign.campaigns.models import Campaign
from campaign.decisions.models import Decision
from campaign.entity import table_of
from campaign.evaluation.models import Conversion, PlacedOrder
from campaign.facts.models import (
    CustomerComplaint,
    CustomerFacts,
    CustomerSegment,
    CustomerTier,
    UndecidedTouchpoint,
)
from campaign.tasks.models import Enrolment, Task
from kit.merging.rows import Moves, Stays

MOVES: Final = (
    Moves(table_of(Task), "customer_id"),
    Moves(table_of(Enrolment), "customer_id"),
    Moves(table_of(Decision), "customer_id"),
    Moves(table_of(PlacedOrder), "customer_id"),
    Moves(table_of(UndecidedTouchpoint), "customer_id"),
)
REPORTED: Final = "others report it of each id; decisions read what they say of the survivor"
STAYS: Final = (
    Stays(table_of(CustomerFacts), "id", REPORTED),
    Stays(table_of(CustomerTier), "id", REPORTED),
    Stays(table_of(CustomerSegment), "customer_id", REPORTED),
    Stays(table_of(CustomerComplaint), "id", "decisions read the latest complaint under any id"),
    Stays(table_of(Conversion), "customer_id", "conversions are made anew from the orders"),
    Stays(table_of(Campaign), "batch_reached", "how far a batch has come among all ids"),
)
THINGS: Final = frozenset(
    {
        "campaign_id",
        "decision_id",
        "offer_id",
        "order_id",
        "segment_id",
        "task_id",
        "touchpoint_id",
    }
)
"""Ids of no customer."""

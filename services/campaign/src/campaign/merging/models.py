"""What belongs to a customer here: it goes over when they are merged, and back."""

from typing import Final

from campaign.decisions.models import Decision
from campaign.entity import table_of
from campaign.evaluation.models import PlacedOrder
from campaign.facts.models import UndecidedTouchpoint
from campaign.tasks.models import Enrolment, Task
from kit.merging.rows import Moves

MOVES: Final = (
    Moves(table_of(Task), "customer_id"),
    Moves(table_of(Enrolment), "customer_id"),
    Moves(table_of(Decision), "customer_id"),
    Moves(table_of(PlacedOrder), "customer_id"),
    Moves(table_of(UndecidedTouchpoint), "customer_id"),
)
"""What others report of each id (facts, tier, segments) stays under it, and so do complaints: decisions read
the facts of the survivor, and the latest complaint under any id. Conversions follow their orders."""

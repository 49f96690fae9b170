"""Everything that changes benefits: given, refused, waited for, taken back."""

from loyalty.benefits.commands.fulfilling import Grant, fulfil
from loyalty.benefits.commands.orders import (
    TaskOrdered,
    follow_orders,
    lose_orders,
    reverse_recalled,
)
from loyalty.benefits.commands.referring import (
    Brought,
    end_waiting_benefits,
    reward_referrals,
    settle_reviewed,
    undo_referrals,
)
from loyalty.benefits.commands.reversing import reverse

__all__ = [
    "Brought",
    "Grant",
    "TaskOrdered",
    "end_waiting_benefits",
    "follow_orders",
    "fulfil",
    "lose_orders",
    "reverse",
    "reverse_recalled",
    "reward_referrals",
    "settle_reviewed",
    "undo_referrals",
]

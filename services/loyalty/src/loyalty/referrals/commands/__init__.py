"""Everything that changes referrals: told once, qualified by an order, undone with it."""

from loyalty.referrals.commands.codes import name_code, open_code
from loyalty.referrals.commands.programme import set_programme
from loyalty.referrals.commands.qualifying import (
    Bought,
    end_between,
    unvalue_orders,
    value_orders,
)
from loyalty.referrals.commands.telling import record_referral

__all__ = [
    "Bought",
    "end_between",
    "name_code",
    "open_code",
    "record_referral",
    "set_programme",
    "unvalue_orders",
    "value_orders",
]

"""Everything that changes what is earned, and by which rules."""

from loyalty.earning.commands.giving import earn_for
from loyalty.earning.commands.taking_back import Cancellation, cancel_earnings

__all__ = ["Cancellation", "cancel_earnings", "earn_for"]

"""Watching the ledger: at once what moves, and in rounds all of it."""

from loyalty.ledger.commands.rounds import look_through_ledger
from loyalty.ledger.commands.watching import measure_ledger, watch_ledger

__all__ = ["look_through_ledger", "measure_ledger", "watch_ledger"]

"""Everything that moves points between members."""

from loyalty.transfers.commands.giving import Transfer, transfer_points

__all__ = ["Transfer", "transfer_points"]

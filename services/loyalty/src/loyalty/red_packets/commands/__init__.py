"""Everything that changes red packets: drafted, opened by somebody else, taken, ended."""

from loyalty.red_packets.commands.taking import take_parts

__all__ = ["take_parts"]

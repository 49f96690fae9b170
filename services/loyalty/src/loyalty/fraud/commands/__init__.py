"""Everything that changes fraud rules, marks and what is known of acts."""

from loyalty.fraud.commands.screening import screen

__all__ = ["screen"]

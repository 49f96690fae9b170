"""Cancellations: what an order gave is taken back from whoever has it by now."""

"""Deciding, once per document, which subgraph is asked for what and in which order."""

from gateway.planning.conditions import UnknownOperation, conditions_of, operation_of

__all__ = ["UnknownOperation", "conditions_of", "operation_of"]

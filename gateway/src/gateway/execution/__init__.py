"""Carrying a plan out: requests to subgraphs, merging what comes back, the client's answer."""

from gateway.execution.requests import Fetch, Result, SubgraphFailure, SubgraphRequest
from gateway.execution.running import execute, execute_event

__all__ = [
    "Fetch",
    "Result",
    "SubgraphFailure",
    "SubgraphRequest",
    "execute",
    "execute_event",
]

"""What the supergraph file says: types, fields, and which subgraph can answer what."""

from gateway.supergraph.model import ListSize, Protection, Subgraph, SupergraphInvalid
from gateway.supergraph.supergraph import Supergraph

__all__ = ["ListSize", "Protection", "Subgraph", "Supergraph", "SupergraphInvalid"]

"""What the supergraph file says: types, fields, and which subgraph can answer what."""

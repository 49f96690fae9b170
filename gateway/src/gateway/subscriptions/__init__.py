"""Answers that keep coming: from one subgraph's events, completed by the others, to the client."""

"""One graph in front of many: a federation gateway that knows no domain."""

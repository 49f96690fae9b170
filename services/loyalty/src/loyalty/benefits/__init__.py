"""Benefits: what campaigns promised, given exactly once."""

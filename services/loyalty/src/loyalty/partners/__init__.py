"""Partners: which of them may act, as the channel service tells."""

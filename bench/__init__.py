"""Every figure we claim, one command each, with the peer or the physical limit in the same run."""

"""The platform's desk on a laptop: it issues development tokens, and shows traces."""

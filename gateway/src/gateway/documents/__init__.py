"""Documents: read, validated, judged and planned once, then kept."""

"""What the gateway lets be seen of its work: metrics, traces, slow operations, uses of fields."""

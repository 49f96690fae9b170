"""What is counted of benefits."""

from prometheus_client import Counter

answered = Counter(
    "benefits_answered_total", "Benefits given, refused and reversed.", ["kind", "outcome"]
)

"""What is counted of movements in the ledger."""

from prometheus_client import Counter

postings = Counter(
    "loyalty_postings_total", "Postings in the ledger, but for those of ageing.", ["kind"]
)
lots_aged = Counter(
    "loyalty_lots_aged_total", "Lots that became usable, were announced, or ended.", ["event"]
)

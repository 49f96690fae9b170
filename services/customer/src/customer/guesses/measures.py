"""What operators watch about looking for customers."""

from prometheus_client import Counter

look_ups_in_vain = Counter(
    "customer_look_ups_in_vain_total",
    "Look-ups by an identifier, of callers who see masks, that found nobody or were refused.",
    ["outcome"],
)

"""What operators watch about the ledger."""

from prometheus_client import Gauge

out_of_balance = Gauge(
    "ledger_out_of_balance",
    "Postings, transfers, wallets, lots and months of reports found that do not add up, by kind.",
    ["kind"],
)
unwatched = Gauge(
    "ledger_round_age_seconds",
    "Since when nobody has looked through the whole ledger: since the last whole round began.",
)

"""What operators watch about the ledger."""

from prometheus_client import Gauge

out_of_balance = Gauge(
    "ledger_out_of_balance", "Postings and wallets found that do not add up, by kind.", ["kind"]
)

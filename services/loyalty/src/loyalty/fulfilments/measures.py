"""What operators watch about fulfilments."""

from prometheus_client import Gauge

overdue = Gauge("fulfilments_overdue", "Fulfilments that take longer than they may.", ["kind"])

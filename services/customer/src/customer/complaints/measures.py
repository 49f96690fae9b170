"""What operators watch about complaints."""

from prometheus_client import Gauge

overdue_complaints = Gauge("complaints_overdue", "Open complaints past their deadline.")

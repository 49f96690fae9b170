"""What operators watch about subject requests."""

from prometheus_client import Counter, Gauge

open_requests = Gauge("subject_requests_open", "Requests that are not over.", ["kind"])
overdue_requests = Gauge("subject_requests_overdue", "Requests past their deadline.", ["kind"])
nearly_due = Counter(
    "subject_requests_nearly_due_total", "Requests whose deadline was warned of.", ["kind"]
)

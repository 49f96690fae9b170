"""What operators watch about exports."""

from prometheus_client import Counter, Gauge, Histogram

from kit.metrics import SECONDS

exported = Counter("export_customers_total", "Customers written into files.", ["form", "told"])
pages = Histogram(
    "export_page_duration_seconds",
    "Time to read and write a page of a file.",
    buckets=(*SECONDS, 30),
)
under_way = Gauge("exports_under_way", "Files being downloaded now.")

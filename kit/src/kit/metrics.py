"""What a service counts and times, for Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

requests = Histogram(
    "http_request_duration_seconds",
    "Time from the first byte of a request to the last of its answer.",
    ["method", "route", "status"],
    buckets=SECONDS,
)
requests_under_way = Gauge("http_requests_under_way", "Requests being answered now.")
events_published = Counter("events_published_total", "Events the relay has published.", ["subject"])
outbox_waiting = Gauge("outbox_waiting", "Events committed and not yet published.")
outbox_lag = Gauge("outbox_lag_seconds", "Age of the oldest event not yet published.")
relay_failures = Counter("relay_failures_total", "Attempts to publish that failed.")
reactions = Histogram(
    "reaction_duration_seconds",
    "Time a reaction took, its share of the transaction left out.",
    ["reaction"],
    buckets=SECONDS,
)
reaction_failures = Counter("reaction_failures_total", "Reactions that raised.", ["reaction"])
events_heard = Counter("events_heard_total", "Events whose effect is committed.", ["subject"])
events_repeated = Counter("events_repeated_total", "Events heard before, ignored.", ["subject"])
event_age = Histogram(
    "event_age_seconds",
    "Time from an event's recording to the commit of what it caused here.",
    ["stream"],
    buckets=(*SECONDS, 30, 60, 300),
)
schedules = Histogram(
    "schedule_duration_seconds",
    "Time a turn of a schedule took, from looking whether it is due to the commit.",
    ["schedule"],
    buckets=(*SECONDS, 30, 60),
)
schedule_turns = Counter(
    "schedule_turns_total", "Turns of a schedule, done or failed.", ["schedule", "outcome"]
)
import_lines = Counter(
    "import_lines_total",
    "Lines of files by what became of them: `run` is real, or dry where they were only tried.",
    ["outcome", "run"],
)
import_chunks = Histogram(
    "import_chunk_duration_seconds",
    "Time to take a chunk of a file in, from its arrival to its commit.",
    buckets=(*SECONDS, 30),
)
imports_open = Gauge("imports_open", "Imports of files under way: open, with lines within a day.")
imports_standing = Gauge(
    "imports_standing_still", "Of imports under way those that took no line for 15 minutes."
)
parked = Gauge("parked_events", "Events put aside because a reaction keeps failing.")
consumer_waiting = Gauge(
    "consumer_waiting", "Events in the stream this service has not heard.", ["stream"]
)
events_spared = Counter(
    "events_spared_total", "Events about people who were erased, without effect.", ["reaction"]
)
people_erased = Counter("people_erased_total", "Erasures that this service has finished.")
messages_shredded = Counter(
    "messages_shredded_total", "Messages deleted from the stream because of an erasure."
)

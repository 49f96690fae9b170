"""What the gateway counts and times, for Prometheus, with a bounded number of series."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
ANONYMOUS: Final = "anonymous"
OTHERS: Final = "others"


class Measures:
    """One set of series per process. Operation names come from clients: only so many are told apart."""

    def __init__(self, registry: CollectorRegistry, most_operation_names: int = 200) -> None:
        self._most_operation_names = most_operation_names
        self._requests = Counter(
            "gateway_requests",
            "GraphQL requests answered, by operation name and outcome.",
            ["operation", "outcome"],
            registry=registry,
        )
        self._request_seconds = Histogram(
            "gateway_request_seconds",
            "Time from a request's arrival to its answer.",
            ["operation"],
            buckets=SECONDS,
            registry=registry,
        )
        self._fetches = Counter(
            "gateway_fetches",
            "Requests to subgraphs, by outcome: answered, or the code of the failure.",
            ["subgraph", "outcome"],
            registry=registry,
        )
        self._fetch_seconds = Histogram(
            "gateway_fetch_seconds",
            "Time a subgraph took to answer, waiting and retries included.",
            ["subgraph"],
            buckets=SECONDS,
            registry=registry,
        )
        self._preparations = Histogram(
            "gateway_document_preparation_seconds",
            "Time to parse, validate, judge and plan a document seen for the first time.",
            buckets=SECONDS,
            registry=registry,
        )
        self._field_uses = Counter(
            "gateway_field_uses",
            "Operations run that select the field.",
            ["type", "field"],
            registry=registry,
        )
        self._reloads = Counter(
            "gateway_supergraph_loads",
            "Supergraph files read: taken in, or refused.",
            ["outcome"],
            registry=registry,
        )
        self.subscriptions = Gauge(
            "gateway_subscriptions",
            "Subscriptions open now.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._operation_names: set[str] = set()
        self._counters: dict[tuple[str, str], Counter] = {}
        self._timers: dict[str, Histogram] = {}
        self._fetch_counters: dict[tuple[str, str], Counter] = {}
        self._fetch_timers: dict[str, Histogram] = {}

    def label_of(self, operation_name: str | None) -> str:
        if operation_name is None:
            return ANONYMOUS
        if operation_name not in self._operation_names:
            if len(self._operation_names) >= self._most_operation_names:
                return OTHERS
            self._operation_names.add(operation_name)
        return operation_name

    def answered(self, operation: str, outcome: str, seconds: float) -> None:
        counter = self._counters.get((operation, outcome))
        if counter is None:
            counter = self._counters[operation, outcome] = self._requests.labels(operation, outcome)
            self._timers.setdefault(operation, self._request_seconds.labels(operation))
        counter.inc()
        self._timers[operation].observe(seconds)

    def fetched(self, subgraph: str, outcome: str, seconds: float) -> None:
        counter = self._fetch_counters.get((subgraph, outcome))
        if counter is None:
            counter = self._fetches.labels(subgraph, outcome)
            self._fetch_counters[subgraph, outcome] = counter
            self._fetch_timers.setdefault(subgraph, self._fetch_seconds.labels(subgraph))
        counter.inc()
        self._fetch_timers[subgraph].observe(seconds)

    def prepared(self, seconds: float) -> None:
        self._preparations.observe(seconds)

    def used(self, type_name: str, field_name: str, times: int) -> None:
        self._field_uses.labels(type_name, field_name).inc(times)

    def loaded(self, outcome: str) -> None:
        self._reloads.labels(outcome).inc()

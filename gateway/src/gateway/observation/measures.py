"""What the gateway counts and times, for Prometheus, with a bounded number of series."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from prometheus_client.core import Metric

from gateway.observation.figures import Counts, Levels, Series, Snapshot, Timings

ANONYMOUS: Final = "anonymous"
OTHERS: Final = "others"
OPEN: Final = ()


class Measures:
    """One set of series per process. Operation names come from clients: only so many are told apart."""

    def __init__(self, most_operation_names: int = 200) -> None:
        self._most_operation_names = most_operation_names
        self._operation_names: set[str] = set()
        self._requests = Counts(
            Series(
                "gateway_requests",
                "GraphQL requests answered, by operation name and outcome.",
                ("operation", "outcome"),
            )
        )
        self._request_seconds = Timings(
            Series(
                "gateway_request_seconds",
                "Time from a request's arrival to its answer.",
                ("operation",),
            )
        )
        self._fetches = Counts(
            Series(
                "gateway_fetches",
                "Requests to subgraphs, by outcome: answered, or the code of the failure.",
                ("subgraph", "outcome"),
            )
        )
        self._fetch_seconds = Timings(
            Series(
                "gateway_fetch_seconds",
                "Time a subgraph took to answer, waiting and retries included.",
                ("subgraph",),
            )
        )
        self._preparations = Timings(
            Series(
                "gateway_document_preparation_seconds",
                "Time to parse, validate and judge a document seen for the first time.",
            )
        )
        self._field_uses = Counts(
            Series("gateway_field_uses", "Operations run that select the field.", ("type", "field"))
        )
        self._loads = Counts(
            Series(
                "gateway_supergraph_loads",
                "Supergraph files read: taken in, or refused.",
                ("outcome",),
            )
        )
        self._subscriptions = Levels(Series("gateway_subscriptions", "Subscriptions open now."))

    def label_of(self, operation_name: str | None) -> str:
        if operation_name is None:
            return ANONYMOUS
        if operation_name not in self._operation_names:
            if len(self._operation_names) >= self._most_operation_names:
                return OTHERS
            self._operation_names.add(operation_name)
        return operation_name

    def answered(self, operation: str, outcome: str, seconds: float) -> None:
        self._requests.add((operation, outcome))
        self._request_seconds[(operation,)].note(seconds)

    def fetched(self, subgraph: str, outcome: str, seconds: float) -> None:
        self._fetches.add((subgraph, outcome))
        self._fetch_seconds[(subgraph,)].note(seconds)

    def prepared(self, seconds: float) -> None:
        self._preparations[OPEN].note(seconds)

    def used(self, type_name: str, field_name: str, times: int) -> None:
        self._field_uses.add((type_name, field_name), times)

    def loaded(self, outcome: str) -> None:
        self._loads.add((outcome,))

    def subscriptions_changed(self, by: int) -> None:
        self._subscriptions.add(OPEN, by)

    def collect(self) -> Iterator[Metric]:
        """The series as Prometheus's client library takes them."""
        return (each.metric() for each in self._all())

    def snapshot(self) -> Mapping[str, Any]:
        """All figures as plain JSON."""
        return {each.series.name: each.snapshot() for each in self._all()}

    def include(self, snapshot: Snapshot, *, alive: bool) -> None:
        """Add another process's figures; what one that died had open is open no more."""
        for each in self._all():
            if alive or not isinstance(each, Levels):
                each.include(snapshot.get(each.series.name, []))

    def _all(self) -> list[Counts | Timings]:
        return [
            self._requests,
            self._request_seconds,
            self._fetches,
            self._fetch_seconds,
            self._preparations,
            self._field_uses,
            self._loads,
            self._subscriptions,
        ]

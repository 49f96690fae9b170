"""The series that our processes expose, with their labels, and those a PromQL expression names."""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Final

from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric

from deploy.programs import SERVICES
from gateway.observation.measures import Measures

Labels = frozenset[str]

FROM_ELSEWHERE: Final[dict[str, Labels]] = {
    "up": frozenset(),
    "kube_deployment_spec_replicas": frozenset({"deployment"}),
    "kube_deployment_status_replicas_ready": frozenset({"deployment"}),
    "kube_pod_container_status_restarts_total": frozenset({"container"}),
}
"""Series of Prometheus itself and of kube-state-metrics."""

OF_TARGETS: Final = frozenset({"namespace", "pod", "service", "component"})
"""Labels that every series gets where it is scraped."""

SUFFIXES: Final = {
    "counter": ("_total",),
    "histogram": ("_bucket", "_count", "_sum"),
    "gauge": ("",),
}
GROUPING: Final = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
SELECTOR: Final = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^}]*)\}")
MATCHER: Final = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"')
ASIDE: Final = re.compile(rf'"[^"]*"|\{{[^}}]*\}}|\[[^]]*\]|{GROUPING.pattern}')
WORD: Final = re.compile(r"\b[a-zA-Z_:][a-zA-Z0-9_:]*\b(?!\s*\()")
OPERATORS: Final = {"and", "or", "unless", "bool", "offset"}


@cache
def exposed() -> dict[str, Labels]:
    """The labels of every series that our processes expose, by its name."""
    for name in SERVICES:
        import_module(f"{name}.app")
    found = _series(_busy_gateway().collect()) | _series(
        each for each in REGISTRY.collect() if each.name.startswith("process_")
    )
    for metric in _metrics_of(("kit", *SERVICES)):
        labels = frozenset(metric._labelnames)
        found |= {name: known | labels for name, known in _series(metric.collect()).items()}
    return found


def _metrics_of(packages: Iterable[str]) -> Iterator[MetricWrapperBase]:
    ours = [each for name, each in sys.modules.items() if name.partition(".")[0] in packages]
    for module in ours:
        yield from (each for each in vars(module).values() if isinstance(each, MetricWrapperBase))


def _busy_gateway() -> Measures:
    """Measures that have seen one of each, so that each shows its labels."""
    measures = Measures()
    measures.answered("", "", 0)
    measures.fetched("", "", 0)
    measures.prepared(0)
    measures.used("", "", 1)
    measures.loaded("")
    measures.subscriptions_changed(1)
    return measures


def _series(metrics: Iterable[Metric]) -> dict[str, Labels]:
    found = {}
    for metric in metrics:
        labels = frozenset(label for sample in metric.samples for label in sample.labels)
        for suffix in SUFFIXES[metric.type]:
            own = labels | {"le"} if suffix == "_bucket" else labels - {"le"}
            found[f"{metric.name}{suffix}"] = own
    return found


def named_in(expression: str) -> set[str]:
    """The series that a PromQL expression speaks of."""
    return set(WORD.findall(ASIDE.sub(" ", expression))) - OPERATORS


def unknown_in(expression: str, known: Mapping[str, Labels]) -> Iterator[str]:
    """What an expression speaks of and nothing exposes: series, or labels of series."""
    named = named_in(expression)
    yield from (f"{name}, which nothing exposes" for name in sorted(named - known.keys()))
    for name, matchers in SELECTOR.findall(expression):
        labels = set(MATCHER.findall(matchers)) - known.get(name, frozenset()) - OF_TARGETS
        yield from (f"the label {label}, which {name} has not" for label in sorted(labels))
    possible = OF_TARGETS.union(*(known.get(name, frozenset()) for name in named))
    for grouping in GROUPING.findall(expression):
        labels = {each.strip() for each in grouping.split(",")} - possible - {""}
        yield from (f"the label {label}, which nothing there has" for label in sorted(labels))

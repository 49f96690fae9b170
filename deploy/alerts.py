"""Alerts speak of metrics that the code exposes, and each has a page that says what to do."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric

import customer.complaints.measures
import customer.exports.measures
import customer.reckoning.due
import customer.subject_requests.measures
import kit.metrics
import loyalty.fraud.commands.screening
import loyalty.fulfilments.measures
import loyalty.ledger.measures
import loyalty.reviews.commands
import loyalty.vouchers.commands.guessing
from deploy.manifests import ROOT, Overlay
from gateway.observation.measures import Measures

MANUAL: Final = "docs/operations.md"
MEASURED: Final = (
    kit.metrics,
    loyalty.fulfilments.measures,
    loyalty.ledger.measures,
    loyalty.fraud.commands.screening,
    loyalty.reviews.commands,
    loyalty.vouchers.commands.guessing,
    customer.complaints.measures,
    customer.exports.measures,
    customer.reckoning.due,
    customer.subject_requests.measures,
)
"""Modules with metrics of services that alerts speak of."""

FROM_ELSEWHERE: Final = {
    "up",
    "kube_deployment_spec_replicas",
    "kube_deployment_status_replicas_ready",
}
"""Metrics of Prometheus itself and of kube-state-metrics."""

SUFFIXES: Final = {
    "counter": ("_total",),
    "histogram": ("_bucket", "_count", "_sum"),
    "gauge": ("",),
}
ASIDE: Final = re.compile(r'"[^"]*"|\{[^}]*\}|\[[^]]*\]|\b(?:by|without|on|ignoring)\s*\([^)]*\)')
WORD: Final = re.compile(r"\b[a-zA-Z_:][a-zA-Z0-9_:]*\b(?!\s*\()")
OPERATORS: Final = {"and", "or", "unless", "bool", "offset"}


def exposed() -> set[str]:
    """The series that our processes expose, by name."""
    named = [each for module in MEASURED for each in vars(module).values()]
    of_services = [each for each in named if isinstance(each, MetricWrapperBase)]
    told = (Measures(), *of_services)
    return set().union(*(_series(each.collect()) for each in told))


def _series(metrics: Iterable[Metric]) -> set[str]:
    return {f"{each.name}{suffix}" for each in metrics for suffix in SUFFIXES[each.type]}


def named_in(expression: str) -> set[str]:
    """The metrics that a PromQL expression speaks of."""
    plain = ASIDE.sub(" ", expression)
    return set(WORD.findall(plain)) - OPERATORS


def alerts_of(overlay: Overlay) -> Iterator[dict[str, object]]:
    for rule in overlay.of_kind("PrometheusRule"):
        for group in rule["spec"]["groups"]:
            yield from group["rules"]


def can_fire(overlay: Overlay) -> Iterator[str]:
    """Every metric an alert speaks of is exposed by somebody."""
    known = exposed() | FROM_ELSEWHERE
    for alert in alerts_of(overlay):
        for name in sorted(named_in(str(alert["expr"])) - known):
            yield f"alert {alert['alert']} speaks of {name}, which nothing exposes"


def has_a_runbook(overlay: Overlay) -> Iterator[str]:
    headings = re.findall(r"^#+ (\w+)$", (ROOT / MANUAL).read_text(), re.MULTILINE)
    for alert in alerts_of(overlay):
        annotations = alert.get("annotations", {})
        wanted = f"{MANUAL}#{str(alert['alert']).lower()}"
        if not isinstance(annotations, dict) or annotations.get("runbook_url") != wanted:
            yield f"alert {alert['alert']} does not lead to {wanted}"
        if alert["alert"] not in headings:
            yield f"alert {alert['alert']} has no heading in {MANUAL}"


RULES: Final = (can_fire, has_a_runbook)

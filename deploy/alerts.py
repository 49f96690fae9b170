"""Alerts speak of what the code exposes, and each has a page that says what to do."""

import re
from collections.abc import Iterator
from typing import Final

from deploy.manifests import ROOT, Overlay
from deploy.series import FROM_ELSEWHERE, exposed, unknown_in

MANUAL: Final = "docs/operations.md"


def alerts_of(overlay: Overlay) -> Iterator[dict[str, object]]:
    for rule in overlay.of_kind("PrometheusRule"):
        for group in rule["spec"]["groups"]:
            yield from group["rules"]


def can_fire(overlay: Overlay) -> Iterator[str]:
    """Every series and label an alert speaks of is exposed by somebody."""
    known = exposed() | FROM_ELSEWHERE
    for alert in alerts_of(overlay):
        for unknown in unknown_in(str(alert["expr"]), known):
            yield f"alert {alert['alert']} speaks of {unknown}"


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

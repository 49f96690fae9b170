"""Dashboards chart what is exposed and told, show what alerts watch, and are committed as drawn."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from deploy.alerts import alerts_of
from deploy.dashboards.arms import CAMPAIGN, CHANNEL
from deploy.dashboards.customer import CUSTOMER
from deploy.dashboards.gateway import GATEWAY
from deploy.dashboards.loop import LOOP
from deploy.dashboards.loyalty import LOYALTY
from deploy.dashboards.panels import Dashboard
from deploy.manifests import ROOT, Overlay
from deploy.series import FROM_ELSEWHERE, exposed, named_in, unknown_in

DASHBOARDS: Final = (LOOP, GATEWAY, CUSTOMER, CAMPAIGN, CHANNEL, LOYALTY)
FOLDER: Final = ROOT / "deploy" / "k8s" / "components" / "monitoring" / "dashboards"
LEGEND: Final = re.compile(r"\{\{(\w+)\}\}")
GROUPED: Final = re.compile(r"\bby\s*\(([^)]*)\)")
SUBJECT: Final = re.compile(r'subject=~?"([^"]*)"')


def file_of(dashboard: Dashboard) -> Path:
    return FOLDER / f"{dashboard.name}.json"


def text_of(dashboard: Dashboard) -> str:
    return json.dumps(dashboard.drawn(), indent=1) + "\n"


def write() -> None:
    for each in DASHBOARDS:
        file_of(each).write_text(text_of(each))


def problems() -> Iterator[str]:
    """What is wrong with any dashboard, and which file is not as it would be drawn."""
    for dashboard in DASHBOARDS:
        yield from problems_of(dashboard)
        file = file_of(dashboard)
        if not file.exists() or file.read_text() != text_of(dashboard):
            yield f"{file.name} is stale; run python -m deploy.check --write"


def problems_of(dashboard: Dashboard) -> Iterator[str]:
    known, subjects = exposed() | FROM_ELSEWHERE, _subjects()
    for panel in dashboard.panels():
        place = f"{dashboard.name}, {panel.title!r}"
        for line in panel.lines:
            for unknown in unknown_in(line.expression, known):
                yield f"{place} speaks of {unknown}"
            for asked in SUBJECT.findall(line.expression):
                if not any(re.fullmatch(asked, each) for each in subjects):
                    yield f"{place} asks for {asked}, which nobody tells"
            for label in sorted(_unnamed(line.expression, line.legend)):
                yield f"{place} names its lines by {label}, by which it does not group"


def _unnamed(expression: str, legend: str) -> set[str]:
    """Labels of a legend that the expression leaves out; what groups nothing keeps all."""
    groups = GROUPED.findall(expression)
    kept = {each.strip() for group in groups for each in group.split(",")}
    return set(LEGEND.findall(legend)) - kept if groups else set()


def _subjects() -> set[str]:
    contracts = ROOT.glob("services/*/contract/events.json")
    return {subject for each in contracts for subject in json.loads(each.read_text())}


def shows_what_alerts_watch(overlay: Overlay) -> Iterator[str]:
    """Whoever is called finds what called them on a dashboard that speaks of the alert."""
    panels = [panel for each in DASHBOARDS for panel in each.panels()]
    for alert in alerts_of(overlay):
        watched = named_in(str(alert["expr"]))
        shown = {
            name
            for panel in panels
            if re.search(rf"\b{alert['alert']}\b", panel.says)
            for line in panel.lines
            for name in named_in(line.expression)
        }
        for name in sorted(watched - shown):
            yield f"alert {alert['alert']} watches {name}, and no panel says so"


def gives_them_to_grafana(overlay: Overlay) -> Iterator[str]:
    """Where alerts are, so are the dashboards, as Grafana's side-car looks for them."""
    if overlay.of_kind("PrometheusRule"):
        found = overlay.named("ConfigMap", "dashboards")
        wanted = {file_of(each).name for each in DASHBOARDS}
        if found is None or found["data"].keys() != wanted:
            yield "the dashboards are not all in the ConfigMap dashboards"
        elif found["metadata"].get("labels", {}).get("grafana_dashboard") != "1":
            yield "the ConfigMap dashboards has no label grafana_dashboard"


RULES: Final = (shows_what_alerts_watch, gives_them_to_grafana)

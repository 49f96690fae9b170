"""What a dashboard is made of, and how Grafana reads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

SOURCE: Final = {"type": "prometheus", "uid": "${source}"}
WIDTH: Final = 24
HEIGHT: Final = 7


@dataclass(frozen=True)
class Line:
    """One expression; `legend` names its series by their labels: {{route}}."""

    expression: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """One chart. Above `limit` somebody is called, by the alerts that `says` names."""

    title: str
    unit: str
    lines: tuple[Line, ...]
    says: str
    limit: float | None = None
    stacked: bool = False

    def drawn(self, number: int, place: dict[str, int]) -> dict[str, Any]:
        return {
            "id": number,
            "type": "timeseries",
            "title": self.title,
            "description": self.says,
            "datasource": SOURCE,
            "gridPos": place,
            "fieldConfig": {"defaults": self._defaults(), "overrides": []},
            "options": {
                "legend": {"displayMode": "table", "placement": "bottom", "calcs": ["max", "last"]},
                "tooltip": {"mode": "multi", "sort": "desc"},
            },
            "targets": [
                {
                    "refId": chr(ord("A") + at),
                    "datasource": SOURCE,
                    "expr": line.expression,
                    "legendFormat": line.legend or "__auto",
                }
                for at, line in enumerate(self.lines)
            ],
        }

    def _defaults(self) -> dict[str, Any]:
        custom: dict[str, Any] = {
            "lineWidth": 1,
            "fillOpacity": 30 if self.stacked else 5,
            "showPoints": "never",
            "stacking": {"mode": "normal" if self.stacked else "none", "group": "A"},
        }
        steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
        if self.limit is not None:
            custom["thresholdsStyle"] = {"mode": "line"}
            steps.append({"color": "red", "value": self.limit})
        thresholds = {"mode": "absolute", "steps": steps}
        return {"unit": self.unit, "min": 0, "custom": custom, "thresholds": thresholds}


@dataclass(frozen=True)
class Row:
    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Dashboard:
    name: str
    title: str
    says: str
    rows: tuple[Row, ...]

    def panels(self) -> Iterator[Panel]:
        return (panel for row in self.rows for panel in row.panels)

    def drawn(self) -> dict[str, Any]:
        """As Grafana imports it; which Prometheus it asks is chosen there."""
        return {
            "uid": f"octoreach-{self.name}",
            "title": self.title,
            "description": self.says,
            "tags": ["octoreach"],
            "schemaVersion": 39,
            "editable": False,
            "refresh": "30s",
            "time": {"from": "now-3h", "to": "now"},
            "graphTooltip": 1,
            "templating": {
                "list": [
                    {
                        "name": "source",
                        "label": "Prometheus",
                        "type": "datasource",
                        "query": "prometheus",
                    }
                ]
            },
            "links": [
                {
                    "title": "Octoreach",
                    "type": "dashboards",
                    "tags": ["octoreach"],
                    "asDropdown": True,
                    "keepTime": True,
                }
            ],
            "panels": list(self._placed()),
        }

    def _placed(self) -> Iterator[dict[str, Any]]:
        number, top = 0, 0
        for row in self.rows:
            number += 1
            place = {"x": 0, "y": top, "w": WIDTH, "h": 1}
            yield {"id": number, "type": "row", "title": row.title, "gridPos": place, "panels": []}
            top += 1
            width = WIDTH // min(len(row.panels), 4)
            for at, panel in enumerate(row.panels):
                number += 1
                left, below = at * width % WIDTH, at * width // WIDTH * HEIGHT
                place = {"x": left, "y": top + below, "w": width, "h": HEIGHT}
                yield panel.drawn(number, place)
            top += -(-len(row.panels) * width // WIDTH) * HEIGHT

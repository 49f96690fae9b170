"""Dashboards chart what there is, show what alerts watch, and reach Grafana as they are drawn."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
from deploy.dashboards import checking
from deploy.dashboards.checking import DASHBOARDS, problems, problems_of, text_of
from deploy.dashboards.loop import LOOP
from deploy.dashboards.panels import WIDTH, Dashboard, Line, Panel, Row
from deploy.manifests import OVERLAYS, Overlay, build


@pytest.fixture(scope="module")
def built() -> Overlay:
    return build(OVERLAYS / "production")


@pytest.fixture
def production(built: Overlay) -> Overlay:
    return deepcopy(built)


def charting(expression: str, legend: str = "") -> Dashboard:
    panel = Panel("It", "s", (Line(expression, legend),), "Something.")
    return Dashboard("d", "D", "One.", (Row("R", (panel,)),))


def test_every_service_the_gateway_and_the_loop_have_a_dashboard():
    assert [each.name for each in DASHBOARDS] == [
        "loop",
        "gateway",
        "customer",
        "campaign",
        "channel",
        "loyalty",
    ]
    assert list(problems()) == []


@pytest.mark.parametrize(
    ("expression", "legend", "problem"),
    [
        ("max(outbox_lag_secs)", "", "speaks of outbox_lag_secs, which nothing exposes"),
        (
            'rate(events_heard_total{stream="x"}[5m])',
            "",
            "speaks of the label stream, which events_heard_total has not",
        ),
        (
            'rate(events_heard_total{subject="octoreach.channel.order.paid.v1"}[5m])',
            "",
            "asks for octoreach.channel.order.paid.v1, which nobody tells",
        ),
        (
            "sum by (pod) (up)",
            "{{service}}",
            "names its lines by service, by which it does not group",
        ),
    ],
)
def test_a_panel_of_what_there_is_not_is_told(expression: str, legend: str, problem: str):
    assert list(problems_of(charting(expression, legend))) == [f"d, 'It' {problem}"]


def test_a_dashboard_that_was_changed_and_not_drawn_anew_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(checking, "FOLDER", tmp_path)
    for each in DASHBOARDS:
        (tmp_path / f"{each.name}.json").write_text(text_of(each))
    (tmp_path / "loop.json").write_text(text_of(replace(LOOP, title="Another")))

    assert list(problems()) == ["loop.json is stale; run python -m deploy.check --write"]


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda each: each.name)
def test_panels_lie_beside_and_below_each_other_and_never_on_another(dashboard: Dashboard):
    taken: set[tuple[int, int]] = set()
    drawn = dashboard.drawn()["panels"]
    for panel in drawn:
        place = panel["gridPos"]
        cells = {
            (place["x"] + right, place["y"] + down)
            for right in range(place["w"])
            for down in range(place["h"])
        }
        assert not cells & taken
        taken |= cells

    assert all(right < WIDTH for right, _ in taken)
    assert len({panel["id"] for panel in drawn}) == len(drawn)


def test_an_alert_that_no_panel_speaks_of_is_told(production: Overlay):
    assert list(checking.shows_what_alerts_watch(production)) == []

    (rules,) = production.of_kind("PrometheusRule")
    rules["spec"]["groups"][0]["rules"][0]["alert"] = "OutboxStuck"

    assert list(checking.shows_what_alerts_watch(production)) == [
        "alert OutboxStuck watches outbox_lag_seconds, and no panel says so"
    ]


def test_dashboards_that_grafana_would_not_find_are_told(production: Overlay):
    assert list(checking.gives_them_to_grafana(production)) == []
    given = production.named("ConfigMap", "dashboards")
    assert given is not None

    given["metadata"]["labels"] = {}
    unlabelled = list(checking.gives_them_to_grafana(production))
    del given["data"]["loop.json"]
    missing = list(checking.gives_them_to_grafana(production))

    assert unlabelled == ["the ConfigMap dashboards has no label grafana_dashboard"]
    assert missing == ["the dashboards are not all in the ConfigMap dashboards"]

"""Alerts speak of what the code exposes, and lead to a page that helps."""

from copy import deepcopy

import pytest
from deploy import alerts
from deploy.manifests import OVERLAYS, Overlay, build

from kit import metrics


@pytest.fixture
def production() -> Overlay:
    return deepcopy(build(OVERLAYS / "production"))


def alert_called(overlay: Overlay, name: str) -> dict[str, object]:
    (alert,) = [each for each in alerts.alerts_of(overlay) if each["alert"] == name]
    return alert


def test_every_worry_has_an_alert(production: Overlay):
    assert [alert["alert"] for alert in alerts.alerts_of(production)] == [
        "OutboxLags",
        "RelayFails",
        "EventsParked",
        "ReactionsFail",
        "SchedulesFail",
        "ConsumerLags",
        "EventsComeLate",
        "FulfilmentsOverdue",
        "ReviewsOverdue",
        "ActsStopped",
        "VoucherCodesGuessed",
        "LedgerOutOfBalance",
        "LedgerRoundLate",
        "ImportStandsStill",
        "ExportStandsStill",
        "SubjectRequestsOverdue",
        "ComplaintsOverdue",
        "RulesComeLate",
        "ServiceFails",
        "ServiceSlow",
        "GatewayFails",
        "SubgraphFails",
        "GatewaySlow",
        "NotReady",
        "NothingRuns",
    ]


def test_the_exposed_series_are_named_as_prometheus_sees_them():
    metrics.outbox_lag.set(0)

    exposed = alerts.exposed()

    assert {
        "outbox_lag_seconds",
        "relay_failures_total",
        "reaction_duration_seconds_count",
        "gateway_requests_total",
        "gateway_request_seconds_bucket",
    } <= exposed
    assert not {"relay_failures", "reaction_duration_seconds", "gateway_requests"} & exposed


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("up", {"up"}),
        ("sum by (service) (rate(a_total{b=~\"c|d\", e='f'}[5m])) > 0.2", {"a_total"}),
        ("a / on (x) group_left () b and sum(c) or absent(d == 1)", {"a", "b", "c", "d"}),
        (
            "histogram_quantile(0.99, sum by (le, y) (rate(z_bucket[1h:5m] offset 1d)))",
            {"z_bucket"},
        ),
    ],
)
def test_the_metrics_of_an_expression_are_found(expression: str, names: set[str]):
    assert alerts.named_in(expression) == names


def test_an_alert_on_a_metric_that_nothing_exposes_is_told(production: Overlay):
    assert list(alerts.can_fire(production)) == []

    alert_called(production, "OutboxLags")["expr"] = "max(outbox_lag_secs) > 30"

    assert list(alerts.can_fire(production)) == [
        "alert OutboxLags speaks of outbox_lag_secs, which nothing exposes"
    ]


def test_an_alert_without_a_page_in_the_manual_is_told(production: Overlay):
    assert list(alerts.has_a_runbook(production)) == []

    alert_called(production, "OutboxLags")["alert"] = "OutboxStuck"

    assert list(alerts.has_a_runbook(production)) == [
        "alert OutboxStuck does not lead to docs/operations.md#outboxstuck",
        "alert OutboxStuck has no heading in docs/operations.md",
    ]

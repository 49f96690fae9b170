"""Alerts speak of what the code exposes, and lead to a page that helps."""

from copy import deepcopy

import pytest
from deploy import alerts
from deploy.manifests import OVERLAYS, Overlay, build


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

"""Expressions are held against the series that our processes expose, and their labels."""

import pytest
from deploy.series import exposed, named_in, unknown_in

KNOWN = {"a_total": frozenset({"kind"}), "b_bucket": frozenset({"stream", "le"})}


def test_the_exposed_series_are_named_as_prometheus_sees_them():
    found = exposed()

    assert found["outbox_lag_seconds"] == frozenset()
    assert found["event_age_seconds_bucket"] == {"stream", "le"}
    assert found["reaction_duration_seconds_count"] == {"reaction"}
    assert found["gateway_requests_total"] == {"operation", "outcome"}
    assert found["gateway_request_seconds_bucket"] == {"operation", "le"}
    assert found["process_resident_memory_bytes"] == frozenset()
    assert not {"relay_failures", "reaction_duration_seconds", "gateway_requests"} & found.keys()


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
def test_the_series_of_an_expression_are_found(expression: str, names: set[str]):
    assert named_in(expression) == names


@pytest.mark.parametrize(
    ("expression", "unknown"),
    [
        ('sum by (kind, pod) (rate(a_total{kind!="x", service="y"}[5m]))', []),
        ("sum by (stream, le) (rate(b_bucket[5m]))", []),
        ("sum(c_total)", ["c_total, which nothing exposes"]),
        ('a_total{stream="x"}', ["the label stream, which a_total has not"]),
        ("sum by (le) (a_total)", ["the label le, which nothing there has"]),
    ],
)
def test_series_and_labels_that_nothing_has_are_told(expression: str, unknown: list[str]):
    assert list(unknown_in(expression, KNOWN)) == unknown

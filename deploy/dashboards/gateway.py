"""The gateway's dashboard: what clients ask, and what the subgraphs make of it."""

from typing import Final

from deploy.dashboards.panels import Dashboard, Line, Panel, Row
from deploy.dashboards.queries import quantile, rate

_FAILED = 'sum(rate(gateway_requests_total{outcome="INTERNAL_SERVER_ERROR"}[5m]))'
_UNANSWERED = rate("gateway_fetches_total", "subgraph", 'outcome!="answered"')

GATEWAY: Final = Dashboard(
    "gateway",
    "Octoreach: gateway",
    "What clients ask, how long it takes, and which subgraph holds it up.",
    (
        Row(
            "Requests",
            (
                Panel(
                    "Requests a second",
                    "reqps",
                    (Line(rate("gateway_requests_total", "operation"), "{{operation}}"),),
                    "By the operation's name.",
                    stacked=True,
                ),
                Panel(
                    "Answers with errors, a second",
                    "reqps",
                    (
                        Line(
                            rate("gateway_requests_total", "outcome", 'outcome!~"ok|streamed"'),
                            "{{outcome}}",
                        ),
                    ),
                    "`errors`: answered in part. Others by code: tokens, limits, documents that are none.",
                    stacked=True,
                ),
                Panel(
                    "Share that fails",
                    "percentunit",
                    (Line(f"{_FAILED} / sum(rate(gateway_requests_total[5m]))", "of the gateway"),),
                    "By the gateway itself. Above the line: GatewayFails.",
                    limit=0.01,
                ),
                Panel(
                    "Time to answer",
                    "s",
                    (
                        Line(quantile(0.5, "gateway_request_seconds"), "p50"),
                        Line(quantile(0.95, "gateway_request_seconds"), "p95"),
                        Line(quantile(0.99, "gateway_request_seconds"), "p99"),
                    ),
                    "Above the line: GatewaySlow.",
                    limit=1,
                ),
            ),
        ),
        Row(
            "Subgraphs",
            (
                Panel(
                    "Fetches a second",
                    "reqps",
                    (Line(rate("gateway_fetches_total", "subgraph"), "{{subgraph}}"),),
                    "Several to one request, if it needs several subgraphs or rounds.",
                    stacked=True,
                ),
                Panel(
                    "Share of fetches that fail",
                    "percentunit",
                    (
                        Line(
                            f"{_UNANSWERED} / {rate('gateway_fetches_total', 'subgraph')}",
                            "{{subgraph}}",
                        ),
                    ),
                    "Above the line: SubgraphFails.",
                    limit=0.01,
                ),
                Panel(
                    "Why fetches fail, a second",
                    "reqps",
                    (
                        Line(
                            rate(
                                "gateway_fetches_total", "subgraph, outcome", 'outcome!="answered"'
                            ),
                            "{{subgraph}}: {{outcome}}",
                        ),
                    ),
                    "By subgraph and code.",
                    stacked=True,
                ),
                Panel(
                    "Time of a fetch, p99",
                    "s",
                    (Line(quantile(0.99, "gateway_fetch_seconds", by="subgraph"), "{{subgraph}}"),),
                    "Waiting for a connection and retries included.",
                ),
            ),
        ),
        Row(
            "Documents and pods",
            (
                Panel(
                    "New documents a second",
                    "cps",
                    (
                        Line(
                            "sum(rate(gateway_document_preparation_seconds_count[5m]))", "documents"
                        ),
                    ),
                    "As many as requests: a client writes values into its queries.",
                ),
                Panel(
                    "Time to prepare a document, p99",
                    "s",
                    (Line(quantile(0.99, "gateway_document_preparation_seconds"), "p99"),),
                    "Once for each document and process.",
                ),
                Panel(
                    "Supergraphs read, in an hour",
                    "short",
                    (
                        Line(
                            "sum by (outcome) (increase(gateway_supergraph_loads_total[1h]))",
                            "{{outcome}}",
                        ),
                    ),
                    "One that is refused leaves the last in place; the log says why.",
                ),
                Panel(
                    "Subscriptions open",
                    "short",
                    (Line("sum by (pod) (gateway_subscriptions)", "{{pod}}"),),
                    "At most MAX_SUBSCRIPTIONS in one process.",
                ),
                Panel(
                    "Uses of fields, the 20 most",
                    "cps",
                    (
                        Line(
                            "topk(20, sum by (type, field) (rate(gateway_field_uses_total[5m])))",
                            "{{type}}.{{field}}",
                        ),
                    ),
                    "What nobody uses may go.",
                ),
                Panel(
                    "Pods that answer",
                    "short",
                    (Line('sum(up{service="gateway"})', "pods"),),
                    "None: NothingRuns. Fewer than wanted: NotReady.",
                ),
                Panel(
                    "Pods that are missing",
                    "short",
                    (
                        Line(
                            'kube_deployment_spec_replicas{namespace="octoreach"}'
                            ' - kube_deployment_status_replicas_ready{namespace="octoreach"}',
                            "{{deployment}}",
                        ),
                    ),
                    "Of all programs. Above 0 for ten minutes: NotReady.",
                    limit=1,
                ),
            ),
        ),
    ),
)

"""The main loop on one page: from a touchpoint to points, how much and how fast."""

from typing import Final

from deploy.dashboards.panels import Dashboard, Line, Panel, Row
from deploy.dashboards.queries import quantile

STEPS: Final = (
    ("touchpoints", "octoreach.channel.touchpoint.reported.v1"),
    ("decisions", "octoreach.campaign.decision.made.v1"),
    ("tasks sent", "octoreach.campaign.task.dispatched.v1"),
    ("steps of tasks", "octoreach.channel.task.progressed.v1"),
    ("orders", "octoreach.channel.order.placed.v1"),
    ("conversions", "octoreach.campaign.conversion.attributed.v1"),
    ("benefits granted", "octoreach.campaign.benefit.granted.v1"),
    ("benefits given", "octoreach.loyalty.benefit.fulfilled.v1"),
    ("points earned", "octoreach.loyalty.points.earned.v1"),
)
HEARD: Final = (
    ("campaign decides on touchpoints", "campaign", "channel"),
    ("channel puts tasks into inboxes", "channel", "campaign"),
    ("loyalty earns for orders", "loyalty", "channel"),
    ("loyalty gives benefits", "loyalty", "campaign"),
    ("customer keeps the timeline", "customer", "loyalty"),
)
_BEHIND = "max(consumer_waiting{{{}}})"


def _step(name: str, subject: str) -> Line:
    return Line(f'sum(rate(events_published_total{{subject="{subject}"}}[5m]))', name)


def _of(service: str, stream: str) -> str:
    return f'service="{service}", stream="{stream}"'


LOOP: Final = Dashboard(
    "loop",
    "Octoreach: the loop",
    "Touchpoint, decision, delivery, order, points: where it is slow, and where it stops.",
    (
        Row(
            "How much",
            (
                Panel(
                    "From touchpoints to decisions a second",
                    "cps",
                    tuple(_step(*each) for each in STEPS[:3]),
                    "Touchpoints without decisions: no running campaign listens to them.",
                ),
                Panel(
                    "From tasks to orders a second",
                    "cps",
                    tuple(_step(*each) for each in STEPS[2:6]),
                    "Tasks sent without steps: the arms don't claim them.",
                ),
                Panel(
                    "From orders to points a second",
                    "cps",
                    tuple(_step(*each) for each in STEPS[4:]),
                    "Orders without points: the earning rules, or loyalty's consumers.",
                ),
            ),
        ),
        Row(
            "How fast",
            (
                Panel(
                    "Time to take touchpoints in",
                    "s",
                    (
                        Line(
                            quantile(
                                0.99,
                                "http_request_duration_seconds",
                                'service="channel", route="/v1/touchpoint-events"',
                            ),
                            "p99 of a batch",
                        ),
                    ),
                    "What partners wait for.",
                ),
                Panel(
                    "From the change to its effect, p99",
                    "s",
                    tuple(
                        Line(quantile(0.99, "event_age_seconds", _of(service, stream)), name)
                        for name, service, stream in HEARD
                    ),
                    "Each step of the loop. Above the line: EventsComeLate.",
                    limit=5,
                ),
                Panel(
                    "From the change to its effect, p50",
                    "s",
                    tuple(
                        Line(quantile(0.5, "event_age_seconds", _of(service, stream)), name)
                        for name, service, stream in HEARD
                    ),
                    "Each step of the loop, for one event in two.",
                ),
            ),
        ),
        Row(
            "Where it stops",
            (
                Panel(
                    "Not yet told",
                    "s",
                    (Line("max by (service) (outbox_lag_seconds)", "{{service}}"),),
                    "The age of the oldest event in each outbox. Above the line: OutboxLags.",
                    limit=30,
                ),
                Panel(
                    "Not yet heard",
                    "short",
                    tuple(
                        Line(_BEHIND.format(_of(service, stream)), name)
                        for name, service, stream in HEARD
                    ),
                    "Events that wait for each step. Above the line: ConsumerLags.",
                    limit=10_000,
                ),
                Panel(
                    "Put aside",
                    "short",
                    (Line("max by (service) (parked_events)", "{{service}}"),),
                    "Above 0: EventsParked.",
                    limit=1,
                ),
                Panel(
                    "Owed for too long",
                    "short",
                    (
                        Line(
                            "sum by (kind) (max by (kind, service) (fulfilments_overdue))",
                            "{{kind}}",
                        ),
                    ),
                    "Above 0 for an hour: FulfilmentsOverdue.",
                    limit=1,
                ),
            ),
        ),
    ),
)

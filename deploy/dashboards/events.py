"""What every service shows of events: those it tells, and those it hears."""

from deploy.dashboards.panels import Line, Panel, Row
from deploy.dashboards.queries import quantile, rate


def told(what: str, *subjects: str) -> Panel:
    """How often a service tells of these, by subject."""
    (service,) = {each.partition(".")[0] for each in subjects}
    names = "|".join(each.replace(".", "[.]") for each in subjects)
    of = f'service="{service}", subject=~"octoreach[.]({names})[.]v1"'
    lines = (Line(rate("events_published_total", "subject", of), "{{subject}}"),)
    return Panel(what, "cps", lines, "A second, as the service tells of it.", stacked=True)


def telling(service: str) -> Row:
    of = f'service="{service}"'
    return Row(
        "Events it tells",
        (
            Panel(
                "Told a second",
                "cps",
                (Line(rate("events_published_total", "subject", of), "{{subject}}"),),
                "By subject.",
                stacked=True,
            ),
            Panel(
                "Waiting in the outbox",
                "short",
                (Line(f"max(outbox_waiting{{{of}}})", "events"),),
                "Committed, and not yet told: as many as the relay has seen at once.",
            ),
            Panel(
                "Age of the oldest that waits",
                "s",
                (Line(f"max(outbox_lag_seconds{{{of}}})", "oldest"),),
                "Above the line: OutboxLags.",
                limit=30,
            ),
            Panel(
                "Attempts to tell that failed, in 5 minutes",
                "short",
                (Line(f"sum(increase(relay_failures_total{{{of}}}[5m]))", "failures"),),
                "Above the line: RelayFails.",
                limit=5,
            ),
        ),
    )


def hearing(service: str) -> Row:
    of = f'service="{service}"'
    return Row(
        "Events it hears",
        (
            Panel(
                "Heard a second",
                "cps",
                (
                    Line(rate("events_heard_total", "subject", of), "{{subject}}"),
                    Line(f"sum(rate(events_repeated_total{{{of}}}[5m]))", "heard before"),
                ),
                "Whose effect is committed, by subject, and those that came again.",
                stacked=True,
            ),
            Panel(
                "Not yet heard",
                "short",
                (Line(f"max by (stream) (consumer_waiting{{{of}}})", "{{stream}}"),),
                "By stream. Above the line: ConsumerLags.",
                limit=10_000,
            ),
            Panel(
                "From the change to its effect, p99",
                "s",
                (Line(quantile(0.99, "event_age_seconds", of, "stream"), "{{stream}}"),),
                "By the service that told of it. Above the line: EventsComeLate.",
                limit=5,
            ),
            Panel(
                "Put aside",
                "short",
                (Line(f"max(parked_events{{{of}}})", "events"),),
                "Events that it could not react to. Above 0: EventsParked.",
                limit=1,
            ),
            Panel(
                "Reactions that raised, a second",
                "cps",
                (Line(rate("reaction_failures_total", "reaction", of), "{{reaction}}"),),
                "Each is tried again. Above the line: ReactionsFail.",
                limit=0.2,
            ),
            Panel(
                "Time a reaction takes, p99",
                "s",
                (
                    Line(
                        quantile(0.99, "reaction_duration_seconds", of, "reaction"), "{{reaction}}"
                    ),
                ),
                "When much is not yet heard: the slowest here holds the rest up.",
            ),
        ),
    )

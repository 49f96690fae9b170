"""What several services show alike: their requests, files, schedules and pods."""

from deploy.dashboards.events import hearing, telling
from deploy.dashboards.panels import Line, Panel, Row
from deploy.dashboards.queries import quantile, rate


def files(service: str) -> tuple[Panel, ...]:
    of = f'service="{service}"'
    return (
        Panel(
            "Lines of files a second",
            "cps",
            (Line(rate("import_lines_total", "outcome, run", of), "{{outcome}} ({{run}})"),),
            "By what became of them. Many rejected: the mapping does not fit the file.",
            stacked=True,
        ),
        Panel(
            "Time to take a chunk in",
            "s",
            (
                Line(quantile(0.5, "import_chunk_duration_seconds", of), "p50"),
                Line(quantile(0.99, "import_chunk_duration_seconds", of), "p99"),
            ),
            "From its arrival to its commit.",
        ),
        Panel(
            "Imports under way",
            "short",
            (
                Line(f"max(imports_open{{{of}}})", "open"),
                Line(f"max(imports_standing_still{{{of}}})", "standing still"),
            ),
            "Any that stands still: ImportStandsStill.",
        ),
    )


def requests(service: str) -> Row:
    of = f'service="{service}"'
    timed = "http_request_duration_seconds"
    failed = f'sum(rate({timed}_count{{{of}, status=~"5.."}}[5m]))'
    return Row(
        "Requests",
        (
            Panel(
                "Requests a second",
                "reqps",
                (Line(rate(f"{timed}_count", "route", of), "{{route}}"),),
                "By route. GraphQL is one route: what it is asked shows on the gateway's dashboard.",
                stacked=True,
            ),
            Panel(
                "Share that fails",
                "percentunit",
                (Line(f"{failed} / sum(rate({timed}_count{{{of}}}[5m]))", "5xx"),),
                "Answers that are an error of ours. Above the line: ServiceFails.",
                limit=0.01,
            ),
            Panel(
                "Time to answer",
                "s",
                (
                    Line(quantile(0.5, timed, of), "p50"),
                    Line(quantile(0.95, timed, of), "p95"),
                    Line(quantile(0.99, timed, of), "p99"),
                ),
                "Above the line: ServiceSlow.",
                limit=1,
            ),
            Panel(
                "Time to answer by route, p99",
                "s",
                (Line(quantile(0.99, timed, of, "route"), "{{route}}"),),
                "One slow route: look at its trace. Many: the database, or the processor.",
            ),
        ),
    )


def running(service: str) -> Row:
    of = f'service="{service}"'
    pods = f'namespace="octoreach", pod=~"{service}-.*"'
    turns = "schedule_turns_total"
    return Row(
        "Schedules and pods",
        (
            Panel(
                "Turns of schedules that failed, in 15 minutes",
                "short",
                (
                    Line(
                        f'sum by (schedule) (increase({turns}{{{of}, outcome="failed"}}[15m]))',
                        "{{schedule}}",
                    ),
                ),
                "One that fails and is never done: SchedulesFail.",
            ),
            Panel(
                "Turns of schedules that are done, a minute",
                "short",
                (
                    Line(
                        f'60 * sum by (schedule) (rate({turns}{{{of}, outcome="done"}}[15m]))',
                        "{{schedule}}",
                    ),
                ),
                "A schedule that is at 0 has had no turn: no worker, or it waits for a lock.",
            ),
            Panel(
                "Time a turn takes, p99",
                "s",
                (
                    Line(
                        quantile(0.99, "schedule_duration_seconds", of, "schedule"), "{{schedule}}"
                    ),
                ),
                "A turn that takes longer than its pause comes late.",
            ),
            Panel(
                "Requests under way",
                "short",
                (Line(f"sum by (pod) (http_requests_under_way{{{of}}})", "{{pod}}"),),
                "What rises while the rate stays waits for something: a lock, the database.",
            ),
            Panel(
                "Processor",
                "short",
                (Line(rate("process_cpu_seconds_total", "pod", of), "{{pod}}"),),
                "In cores. A process uses one at most: at 1 it is full.",
                limit=1,
            ),
            Panel(
                "Memory",
                "bytes",
                (Line(f"sum by (pod) (process_resident_memory_bytes{{{of}}})", "{{pod}}"),),
                "Resident.",
            ),
            Panel(
                "Pods that answer",
                "short",
                (Line(f"sum by (component) (up{{{of}}})", "{{component}}"),),
                "None: NothingRuns. Fewer than wanted: NotReady.",
            ),
            Panel(
                "Restarts in an hour",
                "short",
                (
                    Line(
                        "sum by (pod) (increase("
                        f"kube_pod_container_status_restarts_total{{{pods}}}[1h]))",
                        "{{pod}}",
                    ),
                ),
                "Its last log line says why.",
            ),
        ),
    )


def rows(service: str) -> tuple[Row, ...]:
    return requests(service), telling(service), hearing(service), running(service)

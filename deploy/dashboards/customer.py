"""The customer service's dashboard: its rules, its promises and its files."""

from typing import Final

from deploy.dashboards import everywhere
from deploy.dashboards.events import told
from deploy.dashboards.everywhere import files
from deploy.dashboards.panels import Dashboard, Line, Panel, Row
from deploy.dashboards.queries import quantile, rate

CUSTOMER: Final = Dashboard(
    "customer",
    "Octoreach: customer",
    "Who is known, who said no, what rules are asked of them, and what the law asks of us.",
    (
        Row(
            "Tags and segments",
            (
                Panel(
                    "Customers asked again a second",
                    "cps",
                    (Line("sum(rate(customers_reckoned_total[5m]))", "customers"),),
                    "Of whom rules were asked again, because they or a rule changed.",
                ),
                Panel(
                    "Time to ask rules again",
                    "s",
                    (
                        Line(quantile(0.5, "reckoning_duration_seconds"), "p50"),
                        Line(quantile(0.99, "reckoning_duration_seconds"), "p99"),
                    ),
                    "Of all customers of one transaction.",
                ),
                Panel(
                    "What time changes is late by",
                    "s",
                    (Line("max(rules_due_late_seconds)", "oldest"),),
                    "Windows that pass and tags that fade. Above the line: RulesComeLate.",
                    limit=60,
                ),
                Panel(
                    "New rules still asked of everybody",
                    "short",
                    (Line("max(reckonings_waiting)", "rules"),),
                    "In the background; many delay what time changes.",
                ),
            ),
        ),
        Row(
            "Promises",
            (
                Panel(
                    "Requests about their data",
                    "short",
                    (
                        Line("max by (kind) (subject_requests_open)", "{{kind}}"),
                        Line("max by (kind) (subject_requests_overdue)", "{{kind}}, overdue"),
                    ),
                    "Any that is overdue: SubjectRequestsOverdue.",
                ),
                Panel(
                    "Complaints past their deadline",
                    "short",
                    (Line("max(complaints_overdue)", "complaints"),),
                    "Above 0 for an hour: ComplaintsOverdue.",
                    limit=1,
                ),
                told(
                    "Customers",
                    "customer.customer.registered",
                    "customer.customer.changed",
                    "customer.customer.merged",
                    "customer.customer.unmerged",
                ),
                Panel(
                    "Entries of timelines that are not kept",
                    "cps",
                    (
                        Line(rate("timeline_entries_too_old_total", "kind"), "{{kind}}, too old"),
                        Line("sum(rate(timeline_entries_out_of_time_total[5m]))", "out of time"),
                    ),
                    "A partner's clock, or a history that is told again.",
                ),
            ),
        ),
        Row(
            "Files",
            (
                *files("customer"),
                Panel(
                    "Customers written into files a second",
                    "cps",
                    (Line(rate("export_customers_total", "form, told"), "{{form}}, {{told}}"),),
                    "By form, and whether told whole or masked. None while files are open: ExportStandsStill.",
                    stacked=True,
                ),
                Panel(
                    "Time to write a page",
                    "s",
                    (Line(quantile(0.99, "export_page_duration_seconds"), "p99"),),
                    "Of a file that is downloaded.",
                ),
                Panel(
                    "Files being downloaded",
                    "short",
                    (Line("sum(exports_under_way)", "files"),),
                    "Some, while nothing is written: ExportStandsStill.",
                ),
            ),
        ),
        *everywhere.rows("customer"),
    ),
)

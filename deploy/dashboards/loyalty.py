"""The loyalty service's dashboard: its ledger, what members get, what it owes, whom it stops."""

from typing import Final

from deploy.dashboards import everywhere
from deploy.dashboards.panels import Dashboard, Line, Panel, Row
from deploy.dashboards.queries import rate

LOYALTY: Final = Dashboard(
    "loyalty",
    "Octoreach: loyalty",
    "Whether the ledger adds up, what moves in it, what is owed, and who is held.",
    (
        Row(
            "The ledger",
            (
                Panel(
                    "Postings a second",
                    "cps",
                    (Line(rate("loyalty_postings_total", "kind"), "{{kind}}"),),
                    "By kind; those of ageing are beside it.",
                    stacked=True,
                ),
                Panel(
                    "Lots that age a second",
                    "cps",
                    (Line(rate("loyalty_lots_aged_total", "event"), "{{event}}"),),
                    "That became usable, were announced, or ended.",
                    stacked=True,
                ),
                Panel(
                    "Out of balance",
                    "short",
                    (Line("max by (kind) (ledger_out_of_balance)", "{{kind}}"),),
                    "0, always. Anything else: LedgerOutOfBalance.",
                    limit=1,
                ),
                Panel(
                    "Since all of it was last looked through",
                    "s",
                    (Line("min(ledger_round_age_seconds)", "round"),),
                    "Above the line: LedgerRoundLate.",
                    limit=604_800,
                ),
            ),
        ),
        Row(
            "What members get",
            (
                Panel(
                    "Benefits a second",
                    "cps",
                    (
                        Line(
                            rate("benefits_answered_total", "kind, outcome"), "{{kind}} {{outcome}}"
                        ),
                    ),
                    "That campaigns asked for. Many refused: the budget, or what was retired.",
                    stacked=True,
                ),
                Panel(
                    "Redemptions a second",
                    "cps",
                    (Line(rate("loyalty_redemptions_total", "state"), "{{state}}"),),
                    "Many failed: the arms can't hand out what is sold. Many expired: apps "
                    "reserve and don't confirm.",
                    stacked=True,
                ),
                Panel(
                    "Vouchers a second",
                    "cps",
                    (
                        Line("sum(rate(vouchers_redeemed_total[5m]))", "redeemed"),
                        Line("sum(rate(vouchers_made_total[5m]))", "made"),
                        Line(rate("vouchers_refused_total", "reason"), "refused: {{reason}}"),
                    ),
                    "Used for orders, made in batches, and refused.",
                ),
                Panel(
                    "Draws and parts of red packets a second",
                    "cps",
                    (
                        Line(rate("loyalty_draws_total", "outcome"), "draws: {{outcome}}"),
                        Line("sum(rate(loyalty_red_packet_parts_total[5m]))", "parts"),
                    ),
                    "As they are drawn and taken.",
                ),
            ),
        ),
        Row(
            "Promises and limits",
            (
                Panel(
                    "Owed for too long",
                    "short",
                    (Line("max by (kind) (fulfilments_overdue)", "{{kind}}"),),
                    "Above 0 for an hour: FulfilmentsOverdue.",
                    limit=1,
                ),
                Panel(
                    "Acts that limits stopped, in an hour",
                    "short",
                    (
                        Line(
                            "sum by (kind, action) (increase(loyalty_acts_stopped_total[1h]))",
                            "{{kind}} {{action}}",
                        ),
                    ),
                    "Above the line, but for those only flagged: ActsStopped.",
                    limit=500,
                ),
                Panel(
                    "Reviews that waited for too long, in an hour",
                    "short",
                    (Line("sum(increase(loyalty_reviews_escalated_total[1h]))", "reviews"),),
                    "Any: ReviewsOverdue.",
                    limit=1,
                ),
                Panel(
                    "Wrong voucher codes, in 15 minutes",
                    "short",
                    (
                        Line("sum(increase(voucher_wrong_codes_total[15m]))", "wrong codes"),
                        Line("sum(increase(voucher_guessers_refused_total[15m]))", "refused"),
                    ),
                    "Refused ones above the line: VoucherCodesGuessed.",
                    limit=100,
                ),
            ),
        ),
        *everywhere.rows("loyalty"),
    ),
)

"""The dashboards of the brain and the arms: what is decided, and what comes of it."""

from typing import Final

from deploy.dashboards import everywhere
from deploy.dashboards.events import told
from deploy.dashboards.everywhere import files
from deploy.dashboards.panels import Dashboard, Row

CAMPAIGN: Final = Dashboard(
    "campaign",
    "Octoreach: campaign",
    "What is decided, sent to the arms, converted and granted.",
    (
        Row(
            "Decisions and tasks",
            (
                told("Decisions", "campaign.decision.made"),
                told("Tasks", "campaign.task.dispatched", "campaign.task.closed"),
                told(
                    "Orders and benefits",
                    "campaign.conversion.attributed",
                    "campaign.benefit.granted",
                ),
                told(
                    "Money",
                    "campaign.budget.warned",
                    "campaign.allotment.made",
                    "campaign.allotment.refused",
                ),
            ),
        ),
        *everywhere.rows("campaign"),
    ),
)

CHANNEL: Final = Dashboard(
    "channel",
    "Octoreach: channel",
    "What the arms report, work off, sell and hand out.",
    (
        Row(
            "The arms",
            (
                told("Touchpoints", "channel.touchpoint.reported"),
                told("Tasks", "channel.task.progressed"),
                told(
                    "Orders",
                    "channel.order.placed",
                    "channel.order.cancelled",
                    "channel.commission.accrued",
                ),
                told("Handed out", "channel.fulfilment.completed", "channel.fulfilment.failed"),
            ),
        ),
        Row("Files", files("channel")),
        *everywhere.rows("channel"),
    ),
)

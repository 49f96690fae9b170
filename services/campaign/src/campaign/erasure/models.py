"""What the campaign service holds about a customer, table by table, and how it goes."""

from typing import Final

from campaign.budget.models import Allotment, BudgetMovement, CampaignBudget
from campaign.campaigns.models import Campaign, CampaignApproval, CampaignOffer, CampaignStep
from campaign.catalogue.models import Offer, Product
from campaign.decisions.models import Decision, Propensity
from campaign.entity import table_of
from campaign.evaluation.models import Conversion, PlacedOrder
from campaign.facts.models import (
    CustomerComplaint,
    CustomerFacts,
    CustomerSegment,
    CustomerTier,
    KnownChannel,
    PlanVersion,
    UndecidedTouchpoint,
)
from campaign.figures.models import Figure, FigureMovement
from campaign.tasks.models import Enrolment, Task, TaskReport
from kit.personal.held import Blanked, Deleted, Held, Impersonal, Kept, Through
from kit.tables import moved_row

FIGURES: Final = Kept("figures, budgets and control groups are counted from it")

HELD: Final = (
    Held(table_of(CustomerFacts), "What decisions know of you", Deleted(), person="id"),
    Held(table_of(CustomerSegment), "Segments you are in", Deleted()),
    Held(table_of(CustomerTier), "Your tier", Deleted(), person="id"),
    Held(table_of(CustomerComplaint), "When you last complained", Deleted(), person="id"),
    Held(moved_row, "What was yours before a merge", Deleted(), person="owner_id"),
    Held(table_of(UndecidedTouchpoint), "What is yet to be decided", Deleted()),
    Held(
        table_of(Decision),
        "What we decided for you, and why",
        Blanked({"candidates": []}),
        hidden=("created_at",),
    ),
    Held(
        table_of(TaskReport),
        "How far offers to you came",
        Blanked({"reason": ""}),
        through=Through("task_id", table_of(Task)),
        hidden=("by",),
    ),
    Held(table_of(Task), "Offers to you", FIGURES, hidden=("cost_minor", "settled")),
    Held(table_of(Enrolment), "Campaigns you were in", FIGURES),
    Held(table_of(PlacedOrder), "Orders that count for campaigns", FIGURES),
    Held(table_of(Conversion), "Orders that campaigns led to", FIGURES),
)
IMPERSONAL: Final = (
    Impersonal(
        "what is planned, offered and to be spent; it names those who work on it alone",
        (
            table_of(Campaign),
            table_of(CampaignOffer),
            table_of(CampaignStep),
            table_of(CampaignApproval),
            table_of(CampaignBudget),
            table_of(BudgetMovement),
            table_of(Allotment),
            table_of(Offer),
            table_of(Product),
            table_of(KnownChannel),
            table_of(PlanVersion),
        ),
    ),
    Impersonal(
        "counts of many customers",
        (table_of(Figure), table_of(FigureMovement), table_of(Propensity)),
    ),
)

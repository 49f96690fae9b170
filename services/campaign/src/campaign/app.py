"""The campaign service put together."""

from functools import partial
from pathlib import Path

import strawberry

from campaign.accesses.events import AccessesNoted
from campaign.allotments import reactions as allotments
from campaign.allotments.events import AllotmentMade, AllotmentRefused
from campaign.budget.commands import fold_budgets
from campaign.budget.events import BudgetNearlyUsed
from campaign.campaigns.commands import keep_to_the_calendar
from campaign.campaigns.events import CampaignAdvanced
from campaign.campaigns.graph import steering
from campaign.campaigns.graph.campaigns import Campaign, CampaignQuery
from campaign.campaigns.graph.steering import CampaignMutation
from campaign.catalogue.graph import catalogue
from campaign.catalogue.graph.catalogue import CatalogueMutation, CatalogueQuery, Offer, Product
from campaign.decisions import reactions as decisions
from campaign.decisions.batches import run_batches
from campaign.decisions.events import DecisionMade
from campaign.decisions.graph import Customer, Decision, DecisionQuery
from campaign.decisions.learning import learn_propensities
from campaign.entity import Entity
from campaign.erasure import models as erasure
from campaign.erasure.commands import confirm_erasures
from campaign.erasure.events import ErasureConfirmed
from campaign.erasure.reactions import erase_customer
from campaign.evaluation import reactions as evaluation
from campaign.evaluation.events import ConversionAttributed
from campaign.facts import reactions as facts
from campaign.figures.commands import fold_figures
from campaign.merging.commands import gather_stray_rows
from campaign.merging.reactions import move_back_to_restored, move_to_survivor
from campaign.tasks import reactions as tasks
from campaign.tasks.events import BenefitGranted, TaskClosed, TaskDispatched
from campaign.tasks.graph import Task
from campaign.tasks.sending import dispatch_planned, expire_tasks
from kit.app import Service
from kit.graph.schema import make_schema
from kit.personal.collecting import collection
from kit.reactions import on
from kit.schedules import Every

remember = partial(on, person="customer_id")
"""For what is kept about customers: of those who were erased nothing is heard."""


@strawberry.type
class Query(CatalogueQuery, CampaignQuery, DecisionQuery):
    pass


@strawberry.type
class Mutation(CatalogueMutation, CampaignMutation):
    pass


campaign = Service(
    name="campaign",
    summary="The brain: plan, decide, evaluate.",
    schema=make_schema(
        query=Query,
        mutation=Mutation,
        types=[Product, Offer, Campaign, Task, Decision, Customer],
        answered=[*catalogue.answered, *steering.answered],
    ),
    metadata=Entity.metadata,
    migrations=Path(__file__).parents[2] / "migrations",
    followed_claims=["customer"],
    events=[
        CampaignAdvanced,
        BudgetNearlyUsed,
        AllotmentMade,
        AllotmentRefused,
        DecisionMade,
        TaskDispatched,
        TaskClosed,
        BenefitGranted,
        ConversionAttributed,
        ErasureConfirmed,
        AccessesNoted,
    ],
    reactions=[
        on("octoreach.customer.customer.merged.v1", move_to_survivor, alone=True),
        on("octoreach.customer.customer.unmerged.v1", move_back_to_restored, alone=True),
        remember("octoreach.customer.customer.registered.v1", facts.keep_customer_facts),
        remember("octoreach.customer.customer.changed.v1", facts.keep_customer_facts),
        on("octoreach.customer.customer.changed.v1", tasks.withdraw_unwanted_tasks),
        remember("octoreach.customer.customer.registered.v1", decisions.decide_waiting_touchpoints),
        remember("octoreach.customer.complaint.opened.v1", facts.keep_complained_customers),
        remember("octoreach.customer.complaint.reopened.v1", facts.keep_complained_customers),
        on("octoreach.customer.complaint.opened.v1", tasks.count_complaints),
        remember("octoreach.loyalty.tier.changed.v1", facts.keep_customer_tier),
        on("octoreach.customer.segment.changed.v1", facts.keep_segment_members),
        on("octoreach.loyalty.benefit.fulfilled.v1", tasks.spend_on_benefit),
        on("octoreach.loyalty.benefit.refused.v1", tasks.release_refused_benefit),
        on("octoreach.loyalty.benefit.reversed.v1", tasks.refund_reversed_benefit),
        on("octoreach.loyalty.allotment.requested.v1", allotments.allot_what_is_asked_for),
        on("octoreach.loyalty.allotment.settled.v1", allotments.settle_allotments),
        on("octoreach.channel.channel.opened.v1", facts.keep_known_channel),
        on("octoreach.channel.task.progressed.v1", tasks.follow_task),
        on("octoreach.channel.commission.accrued.v1", tasks.charge_commission),
        remember("octoreach.channel.touchpoint.reported.v1", decisions.decide_touchpoints),
        on(
            "octoreach.channel.task.progressed.v1",
            evaluation.credit_orders_after_presentation,
        ),
        on("octoreach.channel.order.placed.v1", evaluation.credit_orders),
        on("octoreach.channel.order.cancelled.v1", evaluation.take_back_cancelled_orders),
        on("octoreach.customer.erasure.requested.v1", erase_customer),
    ],
    routers=[collection(erasure.HELD)],
    schedules=[
        Every(5, confirm_erasures),
        Every(15, dispatch_planned),
        Every(15, expire_tasks),
        Every(15, keep_to_the_calendar),
        Every(15, run_batches),
        Every(15, fold_figures),
        Every(30, fold_budgets),
        Every(60, learn_propensities),
        Every(60, gather_stray_rows),
    ],
)

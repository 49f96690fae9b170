"""The channel service put together: what it shows, what it hears, what it keeps doing."""

from functools import partial
from pathlib import Path

import strawberry

from channel.accesses.events import AccessesNoted
from channel.channels import graph as channels
from channel.channels.events import ChannelOpened
from channel.commissions import graph as commissions
from channel.commissions.events import CommissionAccrued
from channel.consents.reactions import keep_refusals
from channel.earnings import graph as earnings
from channel.entity import Entity
from channel.erasure import models as erasure
from channel.erasure.commands import confirm_erasures
from channel.erasure.events import ErasureConfirmed
from channel.erasure.reactions import erase_customer
from channel.fulfilments import graph as fulfilments
from channel.fulfilments import refusals as fulfilment_refusals
from channel.fulfilments import rest as fulfilments_rest
from channel.fulfilments.events import FulfilmentCompleted, FulfilmentFailed
from channel.fulfilments.reactions import fail_recalled_fulfilments, keep_requested_fulfilments
from channel.funding.reactions import keep_funded_months
from channel.identifiers.events import CustomerNamed
from channel.identifiers.reactions import learn_changed_customers, learn_registered_customers
from channel.imports import rest as imports_rest
from channel.imports.commands import measure_imports
from channel.imports.forgetting import forget_imports
from channel.merging.commands import gather_stray_rows
from channel.merging.reactions import move_back_to_restored, move_to_survivor
from channel.orders import graph as orders
from channel.orders import rest as orders_rest
from channel.orders.events import CustomerRecognised, OrderCancelled, OrderPlaced
from channel.organisation import graph as organisation
from channel.organisation.events import UnitRegistered
from channel.partners import graph as partners
from channel.partners import refusals as partner_refusals
from channel.partners.events import PartnerAdvanced
from channel.payouts import rest as payouts_rest
from channel.statements import rest as statements_rest
from channel.touchpoints import rest as touchpoints_rest
from channel.touchpoints.events import TouchpointReported
from channel.work import graph as work
from channel.work import refusals as work_refusals
from channel.work import rest as work_rest
from channel.work.commands import give_back_and_expire
from channel.work.events import TaskProgressed
from channel.work.reactions import (
    close_tasks,
    take_dispatched_tasks,
    withdraw_unwanted_work,
)
from kit.app import Service
from kit.graph.schema import make_schema
from kit.personal.collecting import collection
from kit.reactions import on
from kit.schedules import Every

remember = partial(on, person="customer_id")
"""For what is kept about customers: of those who were erased nothing is heard."""


@strawberry.type(description="Organisation, channels, partners, work, orders and commission.")
class Query(
    organisation.OrganisationQuery,
    channels.ChannelsQuery,
    partners.PartnersQuery,
    work.WorkQuery,
    fulfilments.FulfilmentsQuery,
    orders.OrdersQuery,
    commissions.CommissionsQuery,
):
    pass


@strawberry.type(description="What may be changed in the arms of the platform.")
class Mutation(
    organisation.OrganisationMutation,
    channels.ChannelsMutation,
    partners.PartnersMutation,
    work.WorkMutation,
    fulfilments.FulfilmentsMutation,
    commissions.CommissionsMutation,
):
    pass


channel = Service(
    name="channel",
    summary="The arms: partners, touchpoints, work, orders, commission.",
    schema=make_schema(
        query=Query,
        mutation=Mutation,
        types=[orders.Customer, work.Task, earnings.Campaign, fulfilments.Fulfilment],
        answered=[
            *channels.answered,
            *partner_refusals.answered,
            *work_refusals.answered,
            *fulfilment_refusals.answered,
            *commissions.answered,
        ],
    ),
    metadata=Entity.metadata,
    migrations=Path(__file__).parents[2] / "migrations",
    followed_claims=["customer"],
    events=[
        ChannelOpened,
        UnitRegistered,
        PartnerAdvanced,
        CustomerNamed,
        TouchpointReported,
        TaskProgressed,
        CustomerRecognised,
        OrderPlaced,
        OrderCancelled,
        CommissionAccrued,
        FulfilmentCompleted,
        FulfilmentFailed,
        ErasureConfirmed,
        AccessesNoted,
    ],
    reactions=[
        on("octoreach.customer.customer.merged.v1", move_to_survivor, alone=True),
        on("octoreach.customer.customer.unmerged.v1", move_back_to_restored, alone=True),
        remember("octoreach.customer.customer.registered.v1", learn_registered_customers),
        remember("octoreach.customer.customer.changed.v1", learn_changed_customers),
        remember("octoreach.customer.customer.registered.v1", keep_refusals),
        remember("octoreach.customer.customer.changed.v1", keep_refusals),
        on("octoreach.customer.customer.changed.v1", withdraw_unwanted_work),
        remember("octoreach.campaign.task.dispatched.v1", take_dispatched_tasks),
        remember("octoreach.campaign.task.closed.v1", close_tasks),
        remember("octoreach.loyalty.fulfilment.requested.v1", keep_requested_fulfilments),
        remember("octoreach.loyalty.fulfilment.recalled.v1", fail_recalled_fulfilments),
        on("octoreach.loyalty.partner_points.settled.v1", keep_funded_months),
        on("octoreach.customer.erasure.requested.v1", erase_customer),
    ],
    measures=[measure_imports],
    schedules=[
        Every(5, confirm_erasures),
        Every(10, give_back_and_expire),
        Every(60, gather_stray_rows),
        Every(3600, forget_imports),
    ],
    routers=[
        collection(erasure.HELD),
        touchpoints_rest.router,
        work_rest.router,
        fulfilments_rest.router,
        payouts_rest.router,
        statements_rest.router,
        orders_rest.router,
        imports_rest.router,
    ],
)

"""The customer service put together."""

from functools import partial
from pathlib import Path

import strawberry

from customer.accesses import graph as accesses
from customer.accesses.events import AccessesSealed
from customer.accesses.keeping import forget_old_accesses, make_access_partitions
from customer.accesses.reactions import keep_noted_accesses
from customer.accesses.sealing import seal_accesses
from customer.activity.commands import forget_old_activity
from customer.activity.reactions import (
    count_cancellations,
    count_orders,
    count_progress,
    count_touchpoints,
)
from customer.amendments import graph as amendments
from customer.attributes import graph as attributes
from customer.cancellations.reactions import take_back_cancelled_products
from customer.complaints.commands import escalate_complaints, measure_overdue_complaints
from customer.complaints.events import (
    ComplaintClosed,
    ComplaintEscalated,
    ComplaintOpened,
    ComplaintReopened,
)
from customer.complaints.graph import changing as complaint_changes
from customer.complaints.graph import complaints
from customer.consents import graph as consents
from customer.entity import tables
from customer.erasure import models as erasure
from customer.erasure.commands import confirm_erasures
from customer.erasure.events import ErasureConfirmed
from customer.erasure.reactions import erase_customer
from customer.exports import rest as exports
from customer.exports.commands import forget_old_exports
from customer.feedback import graph as feedback
from customer.feedback.events import FeedbackGiven
from customer.groups import graph as groups
from customer.holdings.reactions import hold_ordered_products
from customer.imports import rest as imports
from customer.imports.commands import forget_imports, measure_imports
from customer.limits.buckets import forget_page_buckets
from customer.memberships.events import GroupMembershipChanged
from customer.merge_candidates import graph as merge_candidates
from customer.merging.commands import gather_stray_rows
from customer.merging.events import CustomerMerged, CustomerUnmerged
from customer.merging.graph import mutations as merging_mutations
from customer.merging.graph import queries as merging_queries
from customer.merging.graph import refusals as merging_refusals
from customer.naming.reactions import register_named_customers
from customer.organisation.reactions import keep_registered_units
from customer.preferences import graph as preferences
from customer.preferences import rest as preference_page
from customer.profiles.events import CustomerChanged, CustomerRegistered
from customer.profiles.graph import finding as profiles
from customer.profiles.graph import mutations as profile_mutations
from customer.reckoning.commands import reckon
from customer.reckoning.due import measure_due_rules, reckon_what_is_due
from customer.reckoning.pages import measure_reckonings, reckon_next_page
from customer.recognition import graph as recognition
from customer.search import graph as search
from customer.segments import rest as segment_lines
from customer.segments.events import SegmentChanged, SegmentSnapshotTaken
from customer.segments.graph import mutations as segment_mutations
from customer.segments.graph import queries as segment_queries
from customer.settings import settings
from customer.special_lists import graph as special_lists
from customer.special_lists.commands import end_special_lists
from customer.subject_requests import rest as archives
from customer.subject_requests.collecting import collect_archives
from customer.subject_requests.events import ErasureRequested, SubjectRequestWarned
from customer.subject_requests.graph import mutations as request_mutations
from customer.subject_requests.graph import queries as request_queries
from customer.subject_requests.progress import (
    forget_archives,
    measure_open_requests,
    watch_deadlines,
)
from customer.subject_requests.reactions import note_erasure
from customer.tags import graph as tags
from customer.tags.commands import expire_tags
from customer.tiers.reactions import keep_reported_tiers
from customer.timeline import graph as timeline
from customer.timeline.months import make_timeline_partitions
from customer.timeline.reactions import TIMELINE_REACTIONS
from customer.timeline.retention import forget_old_entries
from kit.app import Service
from kit.graph.schema import make_schema
from kit.personal.collecting import collection
from kit.reactions import on
from kit.schedules import Every

remember = partial(on, person="customer_id")
"""For what is kept about customers: of those who were erased nothing is heard."""


@strawberry.type
class Query(
    profiles.ProfileQuery,
    attributes.AttributeQuery,
    tags.TagQuery,
    segment_queries.SegmentQuery,
    consents.ConsentQuery,
    feedback.FeedbackQuery,
    complaints.ComplaintQuery,
    merging_queries.MergingQuery,
    search.SearchQuery,
    groups.GroupQuery,
    merge_candidates.MergeCandidateQuery,
    request_queries.SubjectRequestQuery,
    timeline.TimelineQuery,
    accesses.AccessQuery,
    special_lists.SpecialListQuery,
):
    pass


@strawberry.type
class Mutation(
    profile_mutations.ProfileMutation,
    attributes.AttributeMutation,
    consents.ConsentMutation,
    tags.TagMutation,
    segment_mutations.SegmentMutation,
    special_lists.SpecialListMutation,
    request_mutations.SubjectRequestMutation,
    preferences.PreferenceMutation,
    feedback.FeedbackMutation,
    complaint_changes.ComplaintMutation,
    recognition.RecognitionMutation,
    amendments.AmendmentMutation,
    merging_mutations.MergingMutation,
    groups.GroupMutation,
    merge_candidates.MergeCandidateMutation,
    timeline.TimelineMutation,
):
    pass


customer = Service(
    name="customer",
    summary="Who the customer is: profile, holdings, tags, consent, timeline.",
    schema=make_schema(
        query=Query,
        mutation=Mutation,
        answered=[
            *attributes.answered,
            *tags.answered,
            *segment_mutations.answered,
            *profile_mutations.answered,
            *amendments.answered,
            *feedback.answered,
            *complaint_changes.answered,
            *merging_refusals.answered,
            *groups.answered,
        ],
    ),
    metadata=tables.metadata,
    migrations=Path(__file__).parents[2] / "migrations",
    events=[
        CustomerRegistered,
        CustomerChanged,
        CustomerMerged,
        CustomerUnmerged,
        SegmentChanged,
        SegmentSnapshotTaken,
        ErasureRequested,
        ErasureConfirmed,
        FeedbackGiven,
        ComplaintOpened,
        ComplaintEscalated,
        ComplaintClosed,
        ComplaintReopened,
        SubjectRequestWarned,
        AccessesSealed,
        GroupMembershipChanged,
    ],
    reactions=[
        on("octoreach.channel.unit.registered.v1", keep_registered_units),
        remember("octoreach.channel.customer.named.v1", register_named_customers),
        remember("octoreach.channel.order.placed.v1", hold_ordered_products),
        remember("octoreach.channel.order.cancelled.v1", take_back_cancelled_products),
        on("octoreach.customer.erasure.requested.v1", erase_customer),
        on("octoreach.customer.erasure.confirmed.v1", note_erasure),
        on("octoreach.campaign.erasure.confirmed.v1", note_erasure),
        on("octoreach.channel.erasure.confirmed.v1", note_erasure),
        on("octoreach.loyalty.erasure.confirmed.v1", note_erasure),
        on("octoreach.campaign.accesses.noted.v1", keep_noted_accesses),
        on("octoreach.channel.accesses.noted.v1", keep_noted_accesses),
        on("octoreach.loyalty.accesses.noted.v1", keep_noted_accesses),
        *TIMELINE_REACTIONS,
        remember("octoreach.channel.touchpoint.reported.v1", count_touchpoints),
        remember("octoreach.channel.task.progressed.v1", count_progress),
        remember("octoreach.channel.order.placed.v1", count_orders),
        remember("octoreach.channel.order.cancelled.v1", count_cancellations),
        remember("octoreach.loyalty.tier.changed.v1", keep_reported_tiers),
    ],
    routers=[
        collection(erasure.HELD),
        imports.router,
        exports.router,
        archives.router,
        preference_page.router,
        segment_lines.router,
    ],
    settings=settings,
    before_commit=[reckon],
    measures=[
        measure_imports,
        measure_overdue_complaints,
        measure_open_requests,
        measure_reckonings,
        measure_due_rules,
    ],
    followed_claims=["customer"],
    schedules=[
        Every(seconds=5, act=confirm_erasures),
        Every(seconds=5, act=collect_archives),
        Every(seconds=60, act=seal_accesses),
        Every(seconds=6 * 3600, act=forget_old_accesses),
        Every(seconds=6 * 3600, act=make_access_partitions),
        Every(seconds=60, act=watch_deadlines),
        Every(seconds=600, act=forget_archives),
        Every(seconds=2, act=reckon_next_page),
        Every(seconds=10, act=reckon_what_is_due),
        Every(seconds=30, act=expire_tags),
        Every(seconds=30, act=end_special_lists),
        Every(seconds=60, act=escalate_complaints),
        Every(seconds=600, act=forget_page_buckets),
        Every(seconds=60, act=gather_stray_rows),
        Every(seconds=3600, act=forget_imports),
        Every(seconds=6 * 3600, act=forget_old_exports),
        Every(seconds=3600, act=forget_old_activity),
        Every(seconds=60, act=forget_old_entries),
        Every(seconds=6 * 3600, act=make_timeline_partitions),
    ],
)

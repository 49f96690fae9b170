"""What the customer service holds about a customer, table by table, and how it goes."""

from typing import Final

from sqlalchemy import case, select

from customer.accesses.models import Access, AccessSeal
from customer.activity.models import ActivityDay
from customer.attributes.models import AttributeDefinition
from customer.complaints.models import Complaint, ComplaintRule, ComplaintStep
from customer.consents.models import ConsentRecord
from customer.entity import table_of
from customer.exports.models import CustomerExport
from customer.feedback.models import Feedback
from customer.holdings.models import CancelledOrder, EarlyHolding
from customer.identifiers.models import Identifier
from customer.imports.models import (
    CustomerImport,
    ImportRejection,
    TriedCustomer,
    TriedIdentifier,
    TriedMembership,
)
from customer.limits.models import PageBucket
from customer.memberships.models import GroupMembership
from customer.merge_candidates.models import MergeCandidate
from customer.merging.models import CustomerMerge
from customer.organisation.models import KnownUnit
from customer.profiles.models import Customer
from customer.rules.models import Reckoning, RulebookVersion, RuleDue
from customer.segments.models import (
    Segment,
    SegmentDay,
    SegmentMember,
    SegmentSnapshot,
    SegmentSnapshotMember,
)
from customer.special_lists.models import ListSource, SpecialListRecord
from customer.subject_requests.models import ArchivePage, RequestPart, RequestStep, SubjectRequest
from customer.tags.models import TagDefinition
from customer.tiers.models import CustomerTier
from customer.timeline.models import TimelineEntry, TimelineRemoval, TimelineRetention
from kit.personal.held import Blanked, Deleted, Held, Impersonal, Kept, Through
from kit.tables import alias, moved_row

_resolution = table_of(Complaint).c.resolution
_erased_if_said = case((_resolution.is_not(None), "erased"), else_=None)
_place = table_of(ConsentRecord).c.place
_erased_where_said = case((_place.is_not(None), "erased"), else_=None)
REQUESTS: Final = table_of(SubjectRequest)
_opened_by_a_colleague = case((REQUESTS.c.by_customer, "erased"), else_=REQUESTS.c.opened_by)
_stay = table_of(SpecialListRecord).c
_put_by_hand = case((_stay.source == ListSource.SUBJECT_REQUEST, "erased"), else_=_stay.put_by)
_step = table_of(RequestStep).c
_the_customer = (
    select(REQUESTS.c.opened_by)
    .where(REQUESTS.c.id == _step.request_id, REQUESTS.c.by_customer)
    .scalar_subquery()
)
_done_by_a_colleague = case((_step.by == _the_customer, "erased"), else_=_step.by)
BY_REQUEST: Final = Through("request_id", REQUESTS)

HELD: Final = (
    Held(
        table_of(Access),
        "Who saw your data",
        Kept("the audit must stand: it holds ids, and no data"),
        hidden=("by",),
    ),
    Held(
        table_of(ArchivePage),
        "Archives made for you",
        Deleted(),
        through=BY_REQUEST,
        hidden=("content",),
    ),
    Held(
        table_of(RequestStep),
        "What was done about your requests",
        Blanked({"note": "", "by": _done_by_a_colleague}),
        through=BY_REQUEST,
    ),
    Held(
        REQUESTS,
        "What you asked about your data",
        Blanked(
            {
                "identity_check": "erased",
                "note": "",
                "outcome": "",
                "correction": None,
                "opened_by": _opened_by_a_colleague,
            }
        ),
    ),
    Held(table_of(TimelineEntry), "Everything that happened", Deleted()),
    Held(
        table_of(ConsentRecord),
        "What you said yes and no to",
        Blanked({"evidence": "erased", "place": _erased_where_said, "recorded_by": "erased"}),
    ),
    Held(
        table_of(SpecialListRecord),
        "Special lists you were on",
        Blanked({"reason": "erased", "ended_for": "", "put_by": _put_by_hand}),
        hidden=("put_by", "ended_by"),
    ),
    Held(table_of(ActivityDay), "How often and for how much you did what", Deleted()),
    Held(table_of(CustomerTier), "Your tier", Deleted()),
    Held(table_of(RuleDue), "When rules are asked of you again", Deleted()),
    Held(table_of(SegmentMember), "Segments you are in", Deleted()),
    Held(table_of(SegmentSnapshotMember), "Segments you were in when it was taken down", Deleted()),
    Held(
        table_of(Feedback),
        "What you answered",
        Blanked({"comment": None, "recorded_by": "erased"}),
    ),
    Held(
        table_of(ComplaintStep),
        "What was done about what you complained of",
        Blanked({"note": "erased", "by": "erased"}),
        through=Through("complaint_id", table_of(Complaint)),
        hidden=("by",),
    ),
    Held(
        table_of(Complaint),
        "What you complained of",
        Blanked({"words": "erased", "resolution": _erased_if_said, "opened_by": "erased"}),
        hidden=("owner",),
    ),
    Held(table_of(EarlyHolding), "Products ordered before we knew you", Deleted()),
    Held(table_of(TriedCustomer), "You in files that were tried", Deleted()),
    Held(table_of(TriedIdentifier), "Your identifiers in files that were tried", Deleted()),
    Held(
        table_of(TriedMembership),
        "Groups of yours in files that were tried",
        Deleted(),
        person="member_id",
    ),
    Held(
        table_of(TriedMembership),
        "Members of yours in files that were tried",
        Deleted(),
        person="group_id",
        hidden=("member_id",),
    ),
    Held(table_of(GroupMembership), "Groups you belong to", Deleted(), person="member_id"),
    Held(
        table_of(GroupMembership),
        "Members of yours",
        Deleted(),
        person="group_id",
        hidden=("member_id",),
    ),
    Held(table_of(Identifier), "By what you are recognised", Deleted()),
    Held(alias, "Other ids you went by", Deleted(), person="current_id"),
    Held(table_of(CustomerMerge), "Records merged into yours", Deleted(), person="survivor_id"),
    Held(table_of(CustomerMerge), "Records yours was part of", Deleted(), person="absorbed_id"),
    Held(table_of(MergeCandidate), "Who you may be", Deleted(), person="one_id"),
    Held(table_of(MergeCandidate), "Who may be you", Deleted(), person="other_id"),
    Held(moved_row, "What was yours before a merge", Deleted(), person="owner_id"),
    Held(
        table_of(Customer),
        "Who you are to us",
        Deleted(),
        person="id",
        hidden=("account_manager",),
    ),
)
IMPERSONAL: Final = (
    Impersonal("digests of who asked for a page lately", (table_of(PageBucket),)),
    Impersonal(
        "rules and definitions: what holds for everybody",
        (
            table_of(AttributeDefinition),
            table_of(KnownUnit),
            table_of(ComplaintRule),
            table_of(Segment),
            table_of(TagDefinition),
            table_of(RulebookVersion),
            table_of(Reckoning),
            table_of(TimelineRetention),
        ),
    ),
    Impersonal(
        "counts of many customers",
        (
            table_of(SegmentDay),
            table_of(SegmentSnapshot),
            table_of(TimelineRemoval),
            table_of(AccessSeal),
        ),
    ),
    Impersonal("an order and when it was cancelled, not whose", (table_of(CancelledOrder),)),
    Impersonal("how far a service has come with a request", (table_of(RequestPart),)),
    Impersonal(
        "what files say of somebody is taken out of it by itself, see `commands`",
        (table_of(CustomerImport), table_of(ImportRejection)),
    ),
    Impersonal("ids of whom a file was asked for", (table_of(CustomerExport),)),
)

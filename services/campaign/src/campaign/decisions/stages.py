"""The stages a candidate passes. Each says why a candidate leaves, or lets it pass."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from campaign.channels import INTERRUPTING, TOUCHPOINT
from campaign.decisions.customers import Contact, KnownCustomer
from campaign.decisions.planbook import Planbook, RunningCampaign, RunningOffer, valid_now
from campaign.decisions.sampling import arm_of, is_held_out_of_all
from campaign.decisions.touchpoint import Touchpoint
from campaign.facts.permission import NEVER_APPROACHED, barring, consents_to
from campaign.settings import settings
from campaign.tasks.progress import OPEN
from kit.units import lies_below


@dataclass(frozen=True, slots=True)
class Way:
    """A channel the offer could go by, and from when on."""

    code: str
    kind: str
    unit: str
    at: datetime


@dataclass(slots=True)
class Draft:
    """A candidate on its way through the stages."""

    customer: KnownCustomer
    touchpoint: Touchpoint
    campaign: RunningCampaign
    offer: RunningOffer
    book: Planbook
    now: datetime
    ways: list[Way] = field(default_factory=list)
    arm: str = ""


def trigger(draft: Draft) -> str | None:
    campaign = draft.campaign
    if not valid_now(campaign.row, draft.now):
        return "The campaign is out of its time."
    return campaign.trigger.against(draft.customer.subject) if campaign.trigger else None


def audience(draft: Draft) -> str | None:
    campaign, unit = draft.campaign, draft.customer.unit
    if not lies_below(unit, campaign.row.unit):
        return f"The campaign is for {campaign.row.unit}, the customer belongs to {unit}."
    if campaign.pilot_units and not any(lies_below(unit, each) for each in campaign.pilot_units):
        return f"The pilot runs in {', '.join(campaign.pilot_units)} only."
    return campaign.audience.against(draft.customer.subject) if campaign.audience else None


def eligibility(draft: Draft) -> str | None:
    offer = draft.offer.row
    if (offer.valid_from and draft.now < offer.valid_from) or (
        offer.valid_until and draft.now >= offer.valid_until
    ):
        return "The offer is not valid now."
    arm = arm_of(draft.campaign.row.code, draft.customer.sampling_key, draft.campaign.row.arms)
    draft.arm = arm["code"]
    if arm["offers"] and offer.code not in arm["offers"]:
        return f"The customer's arm {draft.arm} gets other offers."
    if held := draft.customer.subject.holdings.intersection(offer.excluded_products):
        return f"The customer holds {', '.join(sorted(held))}."
    if gone := [code for code in offer.products if draft.book.stocks.get(code, 1) < 1]:
        return f"{', '.join(gone)} is out of stock."
    return _had_excluded_offer(draft) or (
        draft.offer.eligibility.against(draft.customer.subject) if draft.offer.eligibility else None
    )


def _had_excluded_offer(draft: Draft) -> str | None:
    since = draft.now - timedelta(days=draft.offer.row.excluded_within_days)
    for contact in draft.customer.contacts:
        if contact.offer_id in draft.offer.excluded_offers and contact.at > since:
            return (
                "The customer got an offer that excludes this one for "
                f"{draft.offer.row.excluded_within_days} days."
            )
    return None


def channel(draft: Draft) -> str | None:
    """Which channels the campaign may use here, the preferred first."""
    allowed = draft.offer.row.channel_kinds
    ways = [way for code in draft.campaign.row.channels if (way := _way(draft, code))]
    draft.ways = [way for way in ways if not allowed or way.kind in allowed]
    if draft.ways:
        return None
    if not ways:
        return "None of the campaign's channels is open."
    return f"The offer may be made by {', '.join(allowed)} only."


def _way(draft: Draft, code: str) -> Way | None:
    here = draft.touchpoint
    if here.channel_code and code in (TOUCHPOINT, here.channel_code):
        unit = here.unit or draft.customer.unit
        return Way(here.channel_code, here.channel_kind, unit, draft.now)
    if code in draft.book.channels:
        kind, unit = draft.book.channels[code]
        return Way(code, kind, unit, draft.now)
    return None


def consent(draft: Draft) -> str | None:
    kinds = [way.kind for way in draft.ways]
    draft.ways = [way for way in draft.ways if consents_to(draft.customer.consents, way.kind)]
    if draft.ways:
        return None
    return f"No consent to marketing by {', '.join(dict.fromkeys(kinds))}."


def special_lists(draft: Draft) -> str | None:
    lists = draft.customer.subject.special_lists
    if barred := lists & NEVER_APPROACHED:
        return f"The customer is on the list {', '.join(sorted(barred))}."
    draft.ways = [way for way in draft.ways if not barring(lists, way.kind)]
    return None if draft.ways else "A protected VIP is approached by the account manager only."


def contact_policy(draft: Draft) -> str | None:
    reason = _campaign_had_its_turn(draft) or _cooling_down(draft) or _too_often(draft)
    if reason:
        return reason
    kinds = [way.kind for way in draft.ways]
    draft.ways = [way for way in draft.ways if not _full_today(draft, way.kind)]
    if not draft.ways:
        return f"The day's contacts by {', '.join(dict.fromkeys(kinds))} are used up."
    later = [_after_quiet_hours(draft, way) for way in draft.ways]
    draft.ways = sorted(later, key=lambda way: way.at > draft.now)
    return None


def _campaign_had_its_turn(draft: Draft) -> str | None:
    own = [each for each in draft.customer.contacts if each.campaign_id == draft.campaign.row.id]
    if any(contact.state in OPEN for contact in own):
        return "A task of this campaign is open."
    most = draft.campaign.policy.tasks_per_customer
    if len(own) >= most:
        return f"The customer had {len(own)} of at most {most} tasks of this campaign."
    return None


def _cooling_down(draft: Draft) -> str | None:
    policy, customer = draft.campaign.policy, draft.customer
    refused_since = draft.now - timedelta(days=policy.cool_down_days)
    if any(each.declined_at and each.declined_at > refused_since for each in customer.contacts):
        return f"The customer refused an offer within {policy.cool_down_days} days."
    complained_since = draft.now - timedelta(days=policy.complaint_cool_down_days)
    if customer.complained_at and customer.complained_at > complained_since:
        return f"The customer complained within {policy.complaint_cool_down_days} days."
    return None


def _too_often(draft: Draft) -> str | None:
    policy, contacts, now = draft.campaign.policy, draft.customer.contacts, draft.now
    today = now.astimezone(draft.customer.zone).date()
    ages = [now - contact.at for contact in contacts]
    counts = (
        ("day", policy.per_day, sum(_day(draft, contact) >= today for contact in contacts)),
        ("week", policy.per_week, sum(age < timedelta(days=7) for age in ages)),
        ("month", policy.per_month, sum(age < timedelta(days=30) for age in ages)),
    )
    for period, cap, number in counts:
        if number >= cap:
            return f"The customer has had {cap} contacts this {period}, the most allowed."
    return None


def _full_today(draft: Draft, kind: str) -> bool:
    cap = draft.campaign.policy.per_day_by_channel_kind.get(kind)  # type: ignore[call-overload]
    if cap is None:
        return False
    today = draft.now.astimezone(draft.customer.zone).date()
    same = [each for each in draft.customer.contacts if each.channel_kind == kind]
    return sum(_day(draft, each) >= today for each in same) >= int(cap)


def _day(draft: Draft, contact: Contact) -> date:
    """The customer's day of a contact; one that is planned for tomorrow counts from today on."""
    return contact.at.astimezone(draft.customer.zone).date()


def _after_quiet_hours(draft: Draft, way: Way) -> Way:
    """The way from when on it may be gone: quiet hours put off what reaches out."""
    policy = draft.campaign.policy
    present = way.code == draft.touchpoint.channel_code
    if present or not policy.quiet_hours or way.kind not in INTERRUPTING:
        return way
    local = draft.now.astimezone(draft.customer.zone)
    start, end = time.fromisoformat(policy.quiet_from), time.fromisoformat(policy.quiet_until)
    over_midnight = start > end
    clock = local.time()
    quiet = clock >= start or clock < end if over_midnight else start <= clock < end
    if not quiet:
        return way
    morning = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    if morning <= local:
        morning += timedelta(days=1)
    return Way(way.code, way.kind, way.unit, morning.astimezone(draft.now.tzinfo))


def global_holdout(draft: Draft) -> str | None:
    if is_held_out_of_all(draft.customer.sampling_key, settings().global_holdout_share):
        return "The customer is in the group that no campaign contacts."
    return None


STAGES: Final[tuple[tuple[str, Callable[[Draft], str | None]], ...]] = (
    ("trigger", trigger),
    ("audience", audience),
    ("eligibility", eligibility),
    ("channel", channel),
    ("consent", consent),
    ("special_lists", special_lists),
    ("contact_policy", contact_policy),
    ("global_holdout", global_holdout),
)

"""The planbook: running campaigns with their offers, ready to be asked, read anew when they change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from campaign.campaigns.lifecycle import DECIDING, State
from campaign.campaigns.models import Campaign, CampaignOffer
from campaign.campaigns.policy import ContactPolicy, policy_of
from campaign.catalogue.models import Offer, Product
from campaign.decisions.models import Propensity
from campaign.facts.commands import plan_version
from campaign.facts.models import KnownChannel
from campaign.facts.vocabulary import ACCESSORS, Subject, checked
from kit.predicates import Checked, compile_predicate, explain

PRIOR_ACCEPTED: Final = 1
PRIOR_ANSWERED: Final = 5


@dataclass(frozen=True)
class Rule:
    """A rule that is compiled once."""

    checked: Checked
    fits: Callable[[Subject], bool]

    def against(self, subject: Subject) -> str | None:
        """Why the subject does not fit; None if it does."""
        if self.fits(subject):
            return None
        return "; ".join(explain(self.checked, ACCESSORS, subject)[:5])


@dataclass(frozen=True)
class RunningOffer:
    """An offer of a running campaign."""

    row: Offer
    weight: float
    eligibility: Rule | None
    excluded_offers: frozenset[UUID]


@dataclass(frozen=True)
class RunningCampaign:
    """A campaign that decides now."""

    row: Campaign
    trigger: Rule | None
    audience: Rule | None
    policy: ContactPolicy
    offers: tuple[RunningOffer, ...]

    @cached_property
    def pilot_units(self) -> tuple[str, ...]:
        return tuple(self.row.pilot_units) if self.row.state == State.PILOTING else ()


@dataclass(frozen=True)
class Planbook:
    """All that decisions read but the customer."""

    version: int
    by_touchpoint_kind: Mapping[str, tuple[RunningCampaign, ...]]
    channels: Mapping[str, tuple[str, str]]
    stocks: Mapping[str, int]
    learnt: Mapping[tuple[UUID, str], tuple[int, int]]

    @cached_property
    def campaigns(self) -> tuple[RunningCampaign, ...]:
        """Each once, in the order of their codes."""
        found = {each.row.code: each for kind in self.by_touchpoint_kind.values() for each in kind}
        return tuple(found[code] for code in sorted(found))

    def propensity(self, offer_id: UUID, channel_kind: str) -> float:
        """The share of yes among answers, smoothed so that a new offer gets its chance."""
        accepted, answered = self.learnt.get((offer_id, channel_kind), (0, 0))
        return (accepted + PRIOR_ACCEPTED) / (answered + PRIOR_ANSWERED)


def batch_kind(campaign: Campaign) -> str:
    """What a batch campaign listens to, and nobody can report: its own turn for a customer."""
    return f"batch {campaign.code}"


_books: WeakKeyDictionary[Any, Planbook] = WeakKeyDictionary()


async def planbook(session: AsyncSession) -> Planbook:
    """The planbook as of this transaction; read from the database only if it changed."""
    version = await plan_version(session)
    book = _books.get(session.bind)
    if book is None or book.version != version:
        book = await _read(session, version)
        _books[session.bind] = book
    return book


async def _read(session: AsyncSession, version: int) -> Planbook:
    channels = (await session.scalars(select(KnownChannel))).all()
    stocks = (await session.scalars(select(Product).where(col(Product.stock).is_not(None)))).all()
    learnt = (await session.scalars(select(Propensity))).all()
    by_kind: dict[str, list[RunningCampaign]] = {}
    for campaign in await _running(session):
        for kind in campaign.row.trigger_kinds or [batch_kind(campaign.row)]:
            by_kind.setdefault(kind, []).append(campaign)
    return Planbook(
        version=version,
        by_touchpoint_kind={kind: tuple(found) for kind, found in by_kind.items()},
        channels={row.code: (row.kind, row.unit) for row in channels},
        stocks={row.code: row.stock or 0 for row in stocks},
        learnt={(row.offer_id, row.channel_kind): (row.accepted, row.answered) for row in learnt},
    )


async def _running(session: AsyncSession) -> list[RunningCampaign]:
    rows = await session.execute(
        select(Campaign, CampaignOffer.weight, Offer)
        .join(CampaignOffer, col(CampaignOffer.campaign_id) == col(Campaign.id))
        .join(Offer, col(Offer.id) == col(CampaignOffer.offer_id))
        .where(col(Campaign.state).in_(DECIDING))
        .order_by(col(Campaign.code), col(CampaignOffer.position))
        .execution_options(populate_existing=True)
    )
    found = [(campaign, weight, offer) for campaign, weight, offer in rows]
    for row in {id(row): row for campaign, _, offer in found for row in (campaign, offer)}.values():
        session.expunge(row)
    excluded = await _ids_of_excluded(session, [offer for _, _, offer in found])
    offers: dict[UUID, list[RunningOffer]] = {}
    for campaign, weight, offer in found:
        offers.setdefault(campaign.id, []).append(_offer(offer, weight, excluded))
    return [
        _campaign(campaign, tuple(offers[campaign.id]))
        for campaign in {campaign.id: campaign for campaign, _, _ in found}.values()
    ]


async def _ids_of_excluded(session: AsyncSession, offers: list[Offer]) -> dict[str, UUID]:
    codes = {code for offer in offers for code in offer.excluded_offers}
    if not codes:
        return {}
    rows = await session.execute(select(Offer.code, Offer.id).where(col(Offer.code).in_(codes)))
    return {row.code: row.id for row in rows}


def _offer(row: Offer, weight: float, ids: Mapping[str, UUID]) -> RunningOffer:
    return RunningOffer(
        row=row,
        weight=weight,
        eligibility=_rule(row.eligibility, at_touchpoint=False),
        excluded_offers=frozenset(ids[code] for code in row.excluded_offers if code in ids),
    )


def _campaign(row: Campaign, offers: tuple[RunningOffer, ...]) -> RunningCampaign:
    return RunningCampaign(
        row=row,
        trigger=_rule(row.trigger, at_touchpoint=True),
        audience=_rule(row.audience, at_touchpoint=False),
        policy=policy_of(row.contact_policy),
        offers=offers,
    )


def _rule(document: Any, *, at_touchpoint: bool) -> Rule | None:
    if document is None:
        return None
    sound = checked(document, "rule", at_touchpoint=at_touchpoint)
    return Rule(sound, compile_predicate(sound, ACCESSORS))


def valid_now(campaign: Campaign, now: datetime) -> bool:
    """Whether the calendar lets it decide: the schedule that completes it may be a little late."""
    return (campaign.starts_at is None or campaign.starts_at <= now) and (
        campaign.ends_at is None or now < campaign.ends_at
    )

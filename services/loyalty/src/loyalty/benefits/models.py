"""Benefits: the nine kinds, what each costs or why it is refused, and what was given."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from kit.models import moment
from loyalty.columns import long, one_of, words
from loyalty.entity import Entity
from loyalty.points.models import MOST_POINTS


class Benefit(Entity, table=True):
    """What one task granted: fulfilled or refused, once and for all."""

    __tablename__ = "benefit"
    __table_args__ = (
        CheckConstraint(one_of("outcome", "fulfilled", "refused"), name="benefit_outcome"),
        CheckConstraint("cost_minor >= 0 AND points >= 0", name="benefit_costs_nothing_negative"),
        CheckConstraint(
            "outcome = 'fulfilled' OR (cost_minor = 0 AND points = 0 AND reason <> '')",
            name="refused_benefit_costs_nothing_and_says_why",
        ),
        Index("benefit_by_customer", "customer_id", "id"),
    )

    task_id: UUID = Field(unique=True)
    campaign_id: UUID
    customer_id: UUID
    kind: str = words()
    outcome: str = words()
    reason: str = words()
    points: int = long()
    cost_minor: int = long()
    currency: str = words()
    granted_at: datetime = moment()


@dataclass(frozen=True, slots=True)
class PointValue:
    """What one point costs whoever grants it."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a campaign wants given: so many points, or something worth so much money."""

    kind: str
    points: int
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is given at which cost, or a reason for giving nothing."""

    points: int = 0
    payout_minor: int = 0
    cost_minor: int = 0
    currency: str = ""
    refused: str = ""


def judge(asked: Asked, value: PointValue) -> Verdict:
    """Decide on what is asked for."""
    verdict = KINDS.get(asked.kind, _unknown)(asked, value)
    if verdict.refused:
        return Verdict(refused=verdict.refused, currency=asked.currency or value.currency)
    return verdict


def _points(asked: Asked, value: PointValue) -> Verdict:
    if not 0 < asked.points <= MOST_POINTS:
        return Verdict(refused=f"points are between 1 and {MOST_POINTS}, not {asked.points}")
    return Verdict(
        points=asked.points,
        cost_minor=asked.points * value.minor,
        currency=asked.currency or value.currency,
    )


def _money(asked: Asked, value: PointValue) -> Verdict:
    if asked.amount_minor <= 0 or not asked.currency:
        return Verdict(refused="there is no amount of money to pay out")
    amount = asked.amount_minor
    return Verdict(payout_minor=amount, cost_minor=amount, currency=asked.currency)


def _thing(asked: Asked, value: PointValue) -> Verdict:
    if asked.amount_minor < 0:
        return Verdict(refused="what it costs is negative")
    return Verdict(cost_minor=asked.amount_minor, currency=asked.currency or value.currency)


def _no_draw(asked: Asked, value: PointValue) -> Verdict:
    return Verdict(refused="there is no prize pool to draw from")


def _no_packet(asked: Asked, value: PointValue) -> Verdict:
    return Verdict(refused="there is no red packet to take a part of")


def _no_referral(asked: Asked, value: PointValue) -> Verdict:
    return Verdict(refused="there is no referred customer with a qualifying order")


def _unknown(asked: Asked, value: PointValue) -> Verdict:
    return Verdict(refused=f"{asked.kind!r:.60} is no kind of benefit")


KINDS: dict[str, Callable[[Asked, PointValue], Verdict]] = {
    "points": _points,
    "cash_back": _money,
    "gift": _thing,
    "bundle": _thing,
    "privilege": _thing,
    "endorsement": _thing,
    "red_packet": _no_packet,
    "lottery": _no_draw,
    "referral": _no_referral,
}

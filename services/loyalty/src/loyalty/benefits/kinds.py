"""The nine kinds of benefit: what each costs, and why it may be refused."""

from collections.abc import Callable
from dataclasses import dataclass

from loyalty.benefits.queries import PointValue
from loyalty.points.models import MOST_POINTS


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
        points=asked.points, cost_minor=asked.points * value.minor, currency=value.currency
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

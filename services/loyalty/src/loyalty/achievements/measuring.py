"""What a deed counts for a version of an achievement, if it is about such deeds and such members."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

import orjson

from kit.predicates import Checked, compile_predicate
from kit.units import lies_below
from loyalty.achievements.models import Achievement, Measure
from loyalty.achievements.spans import Span, period_of
from loyalty.earning.happenings import Deed, Moment
from loyalty.earning.models import EarningEvent
from loyalty.earning.vocabulary import ACCESSORS, checked

RULES_KEPT: Final = 1_024
MEASURED: Final[Mapping[str, str]] = {
    Measure.ORDERS: EarningEvent.ORDER,
    Measure.SPENT: EarningEvent.ORDER,
    Measure.TOUCHPOINTS: EarningEvent.TOUCHPOINT,
    Measure.FEEDBACK: EarningEvent.FEEDBACK,
    Measure.REFERRALS: EarningEvent.REFERRAL,
}
"""What a deed has to be to be measured; for points, whatever earned them."""


class Counted(NamedTuple):
    """A deed, as it counts for one version."""

    source_kind: str
    source_id: UUID
    achievement_id: UUID
    customer_id: UUID
    order_id: UUID | None
    period: int
    amount: int


def measures(version: Achievement, deed: Deed, currency: str) -> bool:
    """Whether a deed is of the kind that a version is about; money counts in `currency` alone."""
    happening = deed.happening
    if not version.in_force(happening.occurred_at):
        return False
    if version.measure == Measure.POINTS:
        return deed.points > 0
    return (
        MEASURED[version.measure] == happening.event
        and (not version.touchpoint_kinds or happening.touchpoint_kind in version.touchpoint_kinds)
        and (version.measure != Measure.SPENT or happening.currency == currency)
        and _amount(version, deed) > 0
    )


def fits(version: Achievement, moment: Moment) -> bool:
    """Whether a version is for this member, and for this deed of theirs."""
    unit = moment.member.unit
    if unit is None or not lies_below(unit, version.unit):
        return False
    if version.condition is None:
        return True
    return bool(compile_predicate(_rule(orjson.dumps(version.condition)), ACCESSORS)(moment))


def counted_for(version: Achievement, deed: Deed, moment: Moment) -> Counted:
    """What a deed that fits counts, and when, by the member's clock."""
    happening = deed.happening
    is_order = happening.event == EarningEvent.ORDER
    return Counted(
        source_kind=happening.event,
        source_id=happening.source_id,
        achievement_id=version.id,
        customer_id=happening.customer_id,
        order_id=happening.source_id if is_order else happening.order_id,
        period=period_of(Span(version.span), moment.day),
        amount=_amount(version, deed),
    )


def _amount(version: Achievement, deed: Deed) -> int:
    if version.measure == Measure.POINTS:
        return deed.points
    return deed.happening.amount_minor if version.measure == Measure.SPENT else 1


@lru_cache(maxsize=RULES_KEPT)
def _rule(document: bytes) -> Checked:
    return checked(orjson.loads(document))

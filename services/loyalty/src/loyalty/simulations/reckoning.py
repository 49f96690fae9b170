"""What rules would give for past orders: those of today, and those with a version among them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from loyalty.earning.happenings import Happening, Line, Member
from loyalty.earning.models import EarningEvent, EarningRule
from loyalty.earning.reckoning import Counts, Terms, reckon

ALWAYS = datetime(1900, 1, 1, tzinfo=UTC)
EXAMPLES = 10


def always(rule: EarningRule) -> EarningRule:
    """The same rule, as if it had been in force all the time."""
    kept = rule.model_dump(exclude={"valid_from", "valid_until"})
    return EarningRule(**kept, valid_from=ALWAYS, valid_until=None)


def with_version(terms: Terms, version: EarningRule) -> Terms:
    """The same rules with this version in place of the one with its code."""
    others = [each for each in terms.rules if each.code != version.code]
    in_order = sorted([*others, version], key=lambda rule: (-rule.priority, rule.code))
    return Terms(in_order, terms.caps)


def happening_of(order: Row[Any]) -> Happening:
    """An order as it was remembered."""
    event = order.event
    return Happening(
        event=EarningEvent.ORDER,
        source_id=order.source_id,
        customer_id=order.customer_id,
        occurred_at=order.occurred_at,
        amount_minor=event["amount_minor"],
        currency=event["currency"],
        lines=[Line(*each) for each in event["lines"]],
        channel_code=event["channel_code"],
        partner_code=event["partner_code"],
        unit=event["unit"],
    )


@dataclass
class Outcome:
    """What came out for some orders."""

    orders: int = 0
    touched: int = 0
    members: set[UUID] = field(default_factory=set)
    points: int = 0
    partner_points: int = 0
    points_waiting: int = 0
    points_now: int = 0
    points_then: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)


def simulate(
    now: Terms,
    version: EarningRule,
    orders: Iterable[Row[Any]],
    members: Mapping[UUID, Member],
    until: datetime,
) -> Outcome:
    """Ask both sets of rules about each order; caps count from the first of these orders."""
    then = with_version(now, version)
    counts_now: Counts = {}
    counts_then: Counts = {}
    outcome = Outcome()
    for order in orders:
        happening, member = happening_of(order), members[order.customer_id]
        outcome.orders += 1
        given_now = reckon(now, happening, member, counts_now)
        given_then = reckon(then, happening, member, counts_then)
        outcome.points_now += sum(each.points for each in given_now)
        outcome.points_then += sum(each.points for each in given_then)
        for given in given_then:
            if given.rule is version and given.points:
                outcome.touched += 1
                outcome.members.add(member.customer_id)
                outcome.points += given.points
                outcome.partner_points += given.partner_points
                waits = happening.occurred_at + timedelta(days=version.usable_after_days) > until
                outcome.points_waiting += given.points if waits else 0
                example = {"order_id": happening.source_id, "customer_id": member.customer_id}
                outcome.examples.append({**example, **given.remembered()})
    outcome.examples = best_examples(outcome.examples)
    return outcome


def best_examples(examples: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that give most."""
    return sorted(examples, key=lambda each: (-each["points"], str(each["order_id"])))[:EXAMPLES]

"""The arithmetic of earning: which rules fit a happening, what each gives, and where a cap cuts.

Rules are asked in order of priority, the highest first, then by code. Of the exclusive rules that
fit only the first gives; additive rules give beside it. A rule that fits and gives nothing, because
a cap is used up or the amount is too small, still fits.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

import orjson

from kit.predicates import Checked, compile_predicate
from loyalty.earning.happenings import Happening, Member, Moment
from loyalty.earning.models import (
    FOR_EVER,
    EarningKind,
    EarningRule,
    EarningStacking,
    EarningStep,
)
from loyalty.earning.vocabulary import ACCESSORS, checked, is_moved_by_earning
from loyalty.points.models import MOST_POINTS

PERCENT = 100
RULES_KEPT = 4_096


@dataclass(slots=True)
class Count:
    points: int = 0
    times: int = 0


Scope = tuple[str, date]
Counts = dict[tuple[UUID, str, date], Count]
"""What members were given so far: by customer, scope (a rule or a kind of event) and day."""


@dataclass(frozen=True, slots=True)
class Given:
    """What one rule gives for one happening; `wanted` is before caps, `partner_points` their share."""

    rule: EarningRule
    points: int
    wanted: int
    counted_minor: int
    percent: int
    partner_code: str | None
    partner_points: int
    counted_in: Sequence[Scope]

    def remembered(self) -> dict[str, Any]:
        """As it is kept with the happening: what the words for people are made of."""
        return {
            "rule_id": self.rule.id,
            "points": self.points,
            "wanted": self.wanted,
            "counted_minor": self.counted_minor,
            "percent": self.percent,
            "partner_code": self.partner_code if self.partner_points else None,
            "partner_points": self.partner_points,
            "counted_in": [[scope, day.isoformat()] for scope, day in self.counted_in],
            "usable_after_days": self.rule.usable_after_days,
        }


@dataclass(frozen=True)
class Terms:
    """The rules, the highest priority first, the caps over all rules of an event, and our currency."""

    rules: Sequence[EarningRule]
    caps: Mapping[str, int] = field(default_factory=dict)
    currency: str = ""

    def for_event(self, event: str) -> Sequence[EarningRule]:
        return self._by_event.get(event, ())

    @cached_property
    def any_capped(self) -> bool:
        return any(each.is_capped for each in self.rules)

    @cached_property
    def _by_event(self) -> dict[str, list[EarningRule]]:
        found: dict[str, list[EarningRule]] = {}
        for each in self.rules:
            found.setdefault(each.event, []).append(each)
        return found


def rule_scope(code: str) -> str:
    return f"rule:{code}"


def event_scope(event: str) -> str:
    return f"event:{event}"


def reckon(terms: Terms, happening: Happening, member: Member, counts: Counts) -> list[Given]:
    """What each rule gives for a happening; `counts` goes on by it."""
    moment = Moment(happening, member)
    given = []
    for rule in _that_give(terms, moment):
        wanted, counted, percent = _wanted(rule, moment)
        points = min(wanted, _room(terms, rule, moment, counts))
        scopes = _scopes(terms, rule, moment.day) if points else []
        for scope in scopes:
            so_far = counts.setdefault((member.customer_id, *scope), Count())
            so_far.points += points
            so_far.times += 1
        if wanted:
            partner = rule.partner_code or happening.partner_code
            share = points * rule.partner_percent // PERCENT if partner else 0
            given.append(Given(rule, points, wanted, counted, percent, partner, share, scopes))
    return given


def _that_give(terms: Terms, moment: Moment) -> Iterator[EarningRule]:
    taken = False
    for rule in terms.for_event(moment.happening.event):
        exclusive = rule.stacking == EarningStacking.EXCLUSIVE
        if not (exclusive and taken) and fits(rule, moment):
            taken = taken or exclusive
            yield rule


def fits(rule: EarningRule, moment: Moment) -> bool:
    """Whether a rule is for this happening."""
    happening = moment.happening
    return (
        rule.in_force(happening.occurred_at)
        and rule.currency in (None, happening.currency)
        and (not rule.touchpoint_kinds or happening.touchpoint_kind in rule.touchpoint_kinds)
        and rule.campaign_id in (None, happening.campaign_id)
        and (rule.condition is None or compile_predicate(_condition(rule), ACCESSORS)(moment))
    )


def _condition(rule: EarningRule) -> Checked:
    return _read(orjson.dumps(rule.condition))


@lru_cache(maxsize=RULES_KEPT)
def _read(document: bytes) -> Checked:
    return checked(orjson.loads(document))


def _wanted(rule: EarningRule, moment: Moment) -> tuple[int, int, int]:
    """Points before caps, the money they are reckoned from, and the percentage of the step.

    Whole points: what is left of a point is nobody's.
    """
    if rule.kind == EarningKind.FIXED or rule.per_minor is None:
        return rule.points, 0, PERCENT
    counted = max(moment.happening.counted_minor(rule.products), 0)
    percent = _percent(rule, moment.member)
    points = counted * rule.points * percent // (rule.per_minor * PERCENT)
    return min(points, MOST_POINTS), counted, percent


def _percent(rule: EarningRule, member: Member) -> int:
    """The percentage of the member's step; a tier or balance below all steps gets 100."""
    percent = PERCENT
    for step in rule.steps:
        if (rule.steps_by == EarningStep.TIER and step["tier"] == member.tier) or (
            rule.steps_by == EarningStep.BALANCE and step["from_balance"] <= member.balance
        ):
            percent = step["percent"]
    return percent


def _room(terms: Terms, rule: EarningRule, moment: Moment, counts: Counts) -> int:
    """How many points the caps leave."""
    customer, scope = moment.member.customer_id, rule_scope(rule.code)
    room = [MOST_POINTS]
    if terms.any_capped and rule.is_capped:
        today = counts.get((customer, scope, moment.day), Count())
        ever = counts.get((customer, scope, FOR_EVER), Count())
        room += _left(rule.points_per_day, rule.times_per_day, today)
        room += _left(rule.points_in_all, rule.times_in_all, ever)
    if rule.event in terms.caps:
        today = counts.get((customer, event_scope(rule.event), moment.day), Count())
        room += _left(terms.caps[rule.event], None, today)
    return max(min(room), 0)


def _left(points: int | None, times: int | None, so_far: Count) -> list[int]:
    left = [] if points is None else [points - so_far.points]
    return left if times is None or so_far.times < times else [0]


def _scopes(terms: Terms, rule: EarningRule, day: date) -> list[Scope]:
    """Where what this rule gives on this day is counted: nowhere, without a cap."""
    own = rule_scope(rule.code)
    capped = terms.any_capped and rule.is_capped
    scopes = [(own, day), (own, FOR_EVER)] if capped else []
    return [*scopes, (event_scope(rule.event), day)] if rule.event in terms.caps else scopes


def are_told_apart(terms: Terms) -> bool:
    """Whether what a happening gives may depend on what its member has just earned."""
    return bool(terms.caps or terms.any_capped) or any(
        each.steps_by is not None
        or (each.condition is not None and is_moved_by_earning(each.condition))
        for each in terms.rules
    )

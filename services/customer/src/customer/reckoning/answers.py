"""What rules say of one customer, and what changes by it."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Final
from uuid import UUID

from prometheus_client import Counter

from customer.profiles.fading import days_until_below, fading, midnight
from customer.reckoning.rulebook import TAG_INPUT, Rule, Rulebook
from customer.rules.models import RuleKind
from customer.rules.subject import Subject
from customer.rules.timing import next_change

BY_RULE: Final = "rule"
evaluations = Counter("rules_asked_total", "How often a rule was asked of a customer.")


@dataclass
class Known:
    """What was true of a customer when they were last asked: segments, and when rules are due."""

    segments: set[UUID]
    dues: dict[UUID, datetime]


@dataclass
class Turned:
    """What is different now."""

    tags: bool = False
    joined: list[UUID] = field(default_factory=list)
    left: list[UUID] = field(default_factory=list)
    dues: dict[UUID, datetime] = field(default_factory=dict)


def ask(book: Rulebook, inputs: set[str], subject: Subject, known: Known) -> Turned:
    """Ask the rules that read these inputs, then those that read the tags which turn."""
    turned = Turned()
    waiting = list(book.reading(inputs))
    heapify(waiting)
    asked: set[int] = set()
    while waiting:
        place = heappop(waiting)
        if place in asked:
            continue
        asked.add(place)
        rule = book.rules[place]
        if rule.kind is RuleKind.SEGMENT:
            _ask_segment(rule, subject, known, turned)
        elif _ask_tag(rule, subject):
            turned.tags = True
            subject.retag()
            for each in book.reading([f"{TAG_INPUT}{rule.code}", "tags"]):
                heappush(waiting, each)
        if rule.timed and rule.active:
            _look_ahead(rule, subject, known, turned)
    evaluations.inc(len(asked))
    return turned


def _ask_segment(rule: Rule, subject: Subject, known: Known, turned: Turned) -> None:
    fits = rule.fits(subject)
    if fits and rule.id not in known.segments:
        turned.joined.append(rule.id)
    elif not fits and rule.id in known.segments:
        turned.left.append(rule.id)


def _ask_tag(rule: Rule, subject: Subject) -> bool:
    """Put the tag on, take it off, or let it begin to fade; whether anything changed."""
    customer = subject.customer
    worn = subject.tags.get(rule.code)
    if rule.fits(subject):
        return customer.tag(rule.code, BY_RULE)
    if worn is None or worn["source"] != BY_RULE:
        return False
    if rule.half_life_days is None or rule.fades_below is None:
        return customer.untag(rule.code, source=BY_RULE)
    if "half_life_days" in worn:
        return False
    ends = faded_on(subject.today, rule.half_life_days, rule.fades_below)
    return customer.tag(rule.code, BY_RULE, ends, fading(subject.today, rule.half_life_days))


def faded_on(today: date, half_life_days: int, fades_below: float) -> datetime:
    """When a tag that begins to fade today weighs too little."""
    return midnight(today + timedelta(days=days_until_below(fades_below, half_life_days)))


def _look_ahead(rule: Rule, subject: Subject, known: Known, turned: Turned) -> None:
    """An earlier look stays: it finds out itself when the next one is due."""
    due = next_change(rule.checked, subject)
    before = known.dues.get(rule.id)
    if due is not None and (before is None or due < before):
        turned.dues[rule.id] = due

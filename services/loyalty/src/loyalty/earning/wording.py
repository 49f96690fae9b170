"""Earning rules and what they gave, in words that a customer understands."""

from collections.abc import Iterator
from typing import Any

from kit.currencies import amount
from kit.predicates import describe, parse
from loyalty.earning.models import EarningEvent, EarningKind, EarningRule, EarningStep

HAPPENINGS = {
    EarningEvent.ORDER: "an order",
    EarningEvent.CONVERSION: "an order that a campaign led to",
    EarningEvent.TOUCHPOINT: "a touchpoint",
    EarningEvent.BIRTHDAY: "a birthday",
    EarningEvent.FEEDBACK: "feedback",
    EarningEvent.REFERRAL: "bringing a customer",
    EarningEvent.REFERRED: "having been brought",
}


def rule_in_words(rule: EarningRule) -> str:
    """What a rule gives, for what, and within which bounds."""
    words = f"{rule.points:,} {'point' if rule.points == 1 else 'points'} for {_for_what(rule)}"
    if rule.steps:
        words += f", {', '.join(_step(rule, each) for each in rule.steps)}"
    if rule.condition is not None:
        words += f", when {describe(parse(rule.condition))}"
    words += "".join(_bounds(rule))
    if rule.partner_percent:
        words += f"; {rule.partner_percent}% paid by {rule.partner_code or 'the partner there'}"
    return words + _later(rule.usable_after_days)


def _for_what(rule: EarningRule) -> str:
    happening, products = HAPPENINGS[EarningEvent(rule.event)], ", ".join(rule.products)
    if rule.per_minor is not None:
        return f"each {amount(rule.per_minor, rule.currency)} of {products or happening}"
    kinds = f" ({', '.join(rule.touchpoint_kinds)})" if rule.touchpoint_kinds else ""
    currency = f" in {rule.currency}" if rule.currency else ""
    return happening + kinds + (f" of {products}" if products else "") + currency


def _bounds(rule: EarningRule) -> Iterator[str]:
    bounds = (
        (rule.points_per_day, "points a day"),
        (rule.times_per_day, "times a day"),
        (rule.points_in_all, "points in all"),
        (rule.times_in_all, "times in all"),
    )
    yield from (f"; at most {most:,} {of_what}" for most, of_what in bounds if most is not None)


def _step(rule: EarningRule, step: dict[str, Any]) -> str:
    if rule.steps_by == EarningStep.TIER:
        return f"{step['percent']}% as {step['tier']}"
    return f"{step['percent']}% from a balance of {step['from_balance']:,}"


def given_in_words(rule: EarningRule, line: dict[str, Any]) -> str:
    """How a rule came to what it gave."""
    words = f"{rule.name}: {line['wanted']:,}"
    if rule.kind != EarningKind.FIXED and rule.per_minor is not None:
        words += f" for {amount(line['counted_minor'], rule.currency)}"
        words += f" at {rule.points:,} for each {amount(rule.per_minor, rule.currency)}"
        if line["percent"] != 100:
            words += f", {line['percent']}% of it"
    if line["points"] < line["wanted"]:
        words += f"; {line['points']:,} were left under a cap"
    words += _later(line.get("usable_after_days", 0))
    return f"{words}; cancelled" if line.get("cancelled") else words


def _later(days: int) -> str:
    return f"; usable after {days} {'day' if days == 1 else 'days'}" if days else ""

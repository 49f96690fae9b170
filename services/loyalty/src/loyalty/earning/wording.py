"""Earning rules and what they gave, in words that a customer understands."""

from typing import Any

from kit.predicates import describe, parse
from loyalty.earning.models import EarningKind, EarningRule, EarningStep


def rule_in_words(rule: EarningRule) -> str:
    """What a rule gives, and when."""
    words = f"{rule.points:,} points"
    if rule.kind != EarningKind.FIXED and rule.per_minor is not None:
        words += f" for each {decimal(rule.per_minor)}"
    if rule.products:
        words += f" of {', '.join(rule.products)}"
    if rule.steps:
        words += f", {', '.join(_step(rule, each) for each in rule.steps)}"
    if rule.condition is not None:
        words += f", when {describe(parse(rule.condition))}"
    return words + _later(rule.usable_after_days)


def _step(rule: EarningRule, step: dict[str, Any]) -> str:
    if rule.steps_by == EarningStep.TIER:
        return f"{step['percent']}% as {step['tier']}"
    return f"{step['percent']}% from a balance of {step['from_balance']:,}"


def given_in_words(rule: EarningRule, line: dict[str, Any]) -> str:
    """How a rule came to what it gave."""
    words = f"{rule.name}: {line['wanted']:,}"
    if rule.kind != EarningKind.FIXED and rule.per_minor is not None:
        words += f" for {decimal(line['counted_minor'])}"
        words += f" at {rule.points:,} for each {decimal(rule.per_minor)}"
        if line["percent"] != 100:
            words += f", {line['percent']}% of it"
    if line["points"] < line["wanted"]:
        words += f"; {line['points']:,} were left under a cap"
    words += _later(line.get("usable_after_days", 0))
    return f"{words}; cancelled" if line.get("cancelled") else words


def _later(days: int) -> str:
    return f"; usable after {days} {'day' if days == 1 else 'days'}" if days else ""


def decimal(minor: int) -> str:
    """Minor units as people write them."""
    return f"{minor // 100:,}.{minor % 100:02d}"

"""Achievements in words that a customer understands."""

from typing import Final

from kit.currencies import decimal
from kit.predicates import describe, parse
from loyalty.achievements.models import Achievement, Measure
from loyalty.achievements.spans import Span

THINGS: Final = {
    Measure.ORDERS: "orders",
    Measure.SPENT: "spent",
    Measure.TOUCHPOINTS: "times taken part",
    Measure.FEEDBACK: "answers given",
    Measure.REFERRALS: "customers brought",
    Measure.POINTS: "points earned",
}
SPANS: Final = {
    Span.EVER: "in all",
    Span.WEEK: "in a week, each week anew",
    Span.MONTH: "in a month, each month anew",
    Span.YEAR: "in a year, each year anew",
    Span.DAYS_IN_A_ROW: "days in a row",
    Span.WEEKS_IN_A_ROW: "weeks in a row",
    Span.MONTHS_IN_A_ROW: "months in a row",
}


def in_words(version: Achievement) -> str:
    """What is to be done for it, level by level."""
    measure, span = Measure(version.measure), Span(version.span)
    steps = " / ".join(_number(measure, each["threshold"], span) for each in version.levels)
    if span in (Span.DAYS_IN_A_ROW, Span.WEEKS_IN_A_ROW, Span.MONTHS_IN_A_ROW):
        words = f"{steps} {SPANS[span]} with {THINGS[measure]}"
    elif span == Span.ROLLING:
        days = "a day" if version.within_days == 1 else f"{version.within_days:,} days"
        words = f"{steps} {THINGS[measure]} within {days}"
    else:
        words = f"{steps} {THINGS[measure]} {SPANS[span]}"
    if version.touchpoint_kinds:
        words += f": {', '.join(version.touchpoint_kinds)}"
    if version.rounds > 1:
        words += f", up to {version.rounds:,} times"
    if version.condition is not None:
        words += f", when {describe(parse(version.condition))}"
    return words


def _number(measure: Measure, threshold: int, span: Span) -> str:
    is_money = measure == Measure.SPENT and not span.endswith("in_a_row")
    return decimal(threshold, None) if is_money else f"{threshold:,}"

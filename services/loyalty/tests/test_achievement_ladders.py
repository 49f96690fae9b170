"""What deeds deserve is the same whether all are looked at or those around each."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from services.loyalty.tests.achievements import days

from loyalty.achievements.spans import (
    Deserved,
    Ladder,
    Span,
    best_window,
    label,
    longest_run,
    period_of,
    run_until,
)


@given(days, st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_the_best_window_and_the_longest_run_are_those_of_looking_at_each(tallies, length) -> None:
    windows = [
        sum(tallies.get(day, 0) for day in range(first, first + length)) for first in range(-12, 41)
    ]
    runs = [
        size
        for first in range(41)
        for size in range(42)
        if all(tallies.get(day) for day in range(first, first + size))
    ]

    assert best_window(tallies, length) == max(windows)
    assert longest_run(tallies) == max(runs)
    assert run_until(tallies, 41) <= longest_run(tallies)


ladders = st.builds(
    Ladder,
    st.sampled_from(list(Span)),
    st.lists(st.integers(1, 9), min_size=1, max_size=3, unique=True).map(sorted),
    within_days=st.integers(1, 9),
)


@given(ladders, st.lists(st.tuples(st.integers(0, 40), st.integers(1, 3)), max_size=25))
@settings(max_examples=100, deadline=None)
def test_looking_around_each_deed_finds_all_that_all_deeds_deserve(ladder, deeds) -> None:
    tallies: dict[int, int] = {}
    found: set[Deserved] = set()

    for day, amount in deeds:
        period = 0 if ladder.span == Span.EVER else day
        tallies[period] = tallies.get(period, 0) + amount
        low, high = ladder.touched([period])
        found |= ladder.deserved({k: v for k, v in tallies.items() if low <= k <= high})

    assert found == ladder.deserved(tallies)


def test_periods_begin_and_end_as_calendars_say() -> None:
    sunday, monday = date(2026, 11, 22), date(2026, 11, 23)

    assert period_of(Span.WEEK, monday) == period_of(Span.WEEK, sunday) + 1
    assert [label(span, period_of(span, sunday)) for span in (Span.WEEK, Span.MONTH, Span.YEAR)] == [
        "2026-W47", "2026-11", "2026",
    ]  # fmt: skip
    assert label(Span.MONTH, period_of(Span.MONTH, date(2026, 12, 31))) == "2026-12"

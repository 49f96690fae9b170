"""The forecast of what expires, against lives that are known."""

from hypothesis import given
from hypothesis import strategies as st

from loyalty.reports.breakage import forecast
from loyalty.reports.survival import Aged

NOW = 24_312


def a_life(issued_month, *, used, lifetime=12, points=1_000, share=0, seasoned=False):
    """Points of a month: what came, and so much of it used at each age up to now."""
    yield Aged(lifetime, issued_month, 0, share, seasoned, points, 0, 0)
    for age, many in enumerate(used):
        if issued_month + age < NOW:
            yield Aged(lifetime, issued_month, age, share, seasoned, 0, many, 0)


def a_tenth_each_month(months, share=0):
    """A tenth of what is left is used at each age: so it is at all ages that are ahead."""
    for issued in range(NOW - months, NOW):
        left, used = 1_000.0, []
        for _ in range(months):
            used.append(round(left * 0.1))
            left -= used[-1]
        yield from a_life(issued, used=used[: NOW - issued], share=share)


def test_what_was_watched_goes_on():
    aged = list(a_tenth_each_month(10))

    found = forecast(aged, NOW)

    expected = sum(round(1_000 * 0.9**age) * 0.9 ** (12 - age + 0.5) for age in range(1, 11))
    assert found.outstanding > expected
    assert abs(found.expected - expected) / expected < 0.02
    assert sum(found.by_month.values()) == found.expected
    assert max(found.by_month) == NOW + 11


def test_before_three_ages_were_watched_nothing_is_said():
    assert forecast(list(a_tenth_each_month(3)), NOW) is None
    assert forecast([], NOW) is None


def test_what_is_never_used_expires_and_what_is_all_used_does_not():
    never = [each for age in range(8) for each in a_life(NOW - 8 + age, used=[])]
    always = [
        each for age in range(8) for each in a_life(NOW - 20 + age, used=[400, 300, 200, 100])
    ]

    assert (forecast(never, NOW).expected, forecast(never, NOW).low) == (8_000, 8_000)
    assert (forecast(always, NOW).outstanding, forecast(always, NOW).expected) == (0, 0)

    assert (forecast(never, NOW).expected, forecast(never, NOW).low) == (8_000, 8_000)
    assert (forecast(always, NOW).outstanding, forecast(always, NOW).expected) == (0, 0)


def test_those_who_know_how_to_use_points_are_told_apart():
    alike = [each for n in range(8) for each in a_life(NOW - 8 + n, used=[0, 0, 0, 0])]
    quick = [each for n in range(8) for each in a_life(NOW - 8 + n, used=[900, 90], seasoned=True)]

    found = forecast([*alike, *quick], NOW)

    assert 8_000 <= found.expected < 8_200


def test_the_interval_is_wider_when_members_differ():
    same = [each for share in range(20) for each in a_tenth_each_month(8, share)]
    some = [
        each
        for share in range(20)
        for n in range(8)
        for each in a_life(NOW - 8 + n, used=[600 if share % 5 == 0 else 0] * 2, share=share)
    ]

    narrow, wide = forecast(same, NOW), forecast(some, NOW)

    assert narrow.high - narrow.low < 0.01 * narrow.expected
    assert wide.high - wide.low > 0.01 * wide.expected


def months_of_habit(share_used, months=range(NOW - 24, NOW)):
    """Of points that live for six months: the share of each month's that is used at each age."""
    for issued in months:
        left, used = 100_000.0, []
        for age in range(6):
            used.append(round(left * share_used(issued + age)))
            left -= used[-1]
        for share in range(20):
            yield from a_life(issued, used=used, lifetime=6, points=100_000, share=share)


def test_the_interval_is_as_wide_as_forecasts_of_the_past_were_wrong():
    steady = forecast(list(months_of_habit(lambda month: 0.2)), NOW)
    moody = forecast(list(months_of_habit(lambda month: 0.35 if month % 8 < 4 else 0.05)), NOW)

    assert steady.backtests == moody.backtests > 10
    assert steady.high - steady.low < 0.001 * steady.expected
    assert moody.low < 0.8 * moody.expected < 1.2 * moody.expected < moody.high


def test_before_a_forecast_can_be_looked_at_everything_is_possible():
    found = forecast(list(a_tenth_each_month(4)), NOW)

    assert (found.backtests, found.low, found.high) == (0, 0, found.outstanding)


@given(
    lives=st.lists(
        st.tuples(st.integers(1, 30), st.lists(st.integers(-20, 120), max_size=14)), max_size=12
    )
)
def test_a_forecast_lies_between_nothing_and_all(lives):
    aged = [each for ago, used in lives for each in a_life(NOW - ago, used=used)]

    found = forecast(aged, NOW)

    if found is not None:
        assert 0 <= found.low <= found.expected + 1e-6
        assert found.expected <= found.high + 1e-6
        assert found.high <= found.outstanding + 1e-6

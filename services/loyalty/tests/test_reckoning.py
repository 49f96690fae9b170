"""Whatever rules there are: caps hold to the point, one exclusive rule gives, shares add up."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from kit.models import uuid7
from loyalty.earning.funding import shares_of
from loyalty.earning.happenings import Happening, Member
from loyalty.earning.models import EarningRule
from loyalty.earning.reckoning import Terms, reckon

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
maybe = st.none() | st.integers(1, 40)
rules = st.builds(
    dict,
    points=st.integers(1, 30),
    per_minor=st.none() | st.sampled_from([100, 250]),
    stacking=st.sampled_from(["additive", "exclusive"]),
    priority=st.integers(-1, 1),
    points_per_day=maybe,
    times_per_day=st.none() | st.integers(1, 3),
    points_in_all=maybe,
    times_in_all=st.none() | st.integers(1, 5),
    partner_percent=st.integers(0, 100),
)
orders = st.lists(st.tuples(st.integers(0, 48), st.integers(0, 30_00), st.booleans()), max_size=12)


def terms_of(drawn, cap) -> Terms:
    made = [
        EarningRule(
            **each, code=f"rule-{number}", version=1, state="active", event="order", name="",
            kind="proportional" if each["per_minor"] else "fixed", valid_from=BEGIN, products=[],
            touchpoint_kinds=[], steps=[],
        )
        for number, each in enumerate(drawn)
    ]  # fmt: skip
    in_order = sorted(made, key=lambda rule: (-rule.priority, rule.code))
    return Terms(in_order, {"order": cap} if cap else {})


@settings(max_examples=200, deadline=None)
@given(drawn=st.lists(rules, max_size=4), placed=orders, cap=maybe)
def test_caps_exclusion_and_shares_hold(drawn, placed, cap):
    terms, counts = terms_of(drawn, cap), {}
    member = Member(account_id=uuid7(), customer_id=uuid7(), balance=0, tier="none")
    by_day: dict = {}

    for hour, amount_minor, at_partner in placed:
        at = BEGIN + timedelta(hours=hour)
        order = Happening(
            event="order", source_id=uuid7(), customer_id=member.customer_id, occurred_at=at,
            amount_minor=amount_minor, currency="CNY", partner_code="p" if at_partner else None,
        )  # fmt: skip
        gave = reckon(terms, order, member, counts)

        assert len([each for each in gave if each.rule.stacking == "exclusive"]) <= 1
        assert all(0 <= each.partner_points <= each.points <= each.wanted for each in gave)
        assert at_partner or not any(each.partner_points for each in gave)
        assert sum(each.points for each in shares_of(gave)) == sum(each.points for each in gave)
        assert all(each.points > 0 for each in shares_of(gave))
        for each in gave:
            by_day.setdefault((each.rule.code, at.date()), []).append(each.points)

    for rule in terms.rules:
        days = [given for (code, _), given in by_day.items() if code == rule.code]
        given_in_all = [points for day in days for points in day if points]
        assert rule.points_per_day is None or max(map(sum, days), default=0) <= rule.points_per_day
        assert rule.points_in_all is None or sum(given_in_all) <= rule.points_in_all
        assert rule.times_in_all is None or len(given_in_all) <= rule.times_in_all
        assert rule.times_per_day is None or all(
            len([points for points in day if points]) <= rule.times_per_day for day in days
        )
    for day in {day for _, day in by_day}:
        in_all = sum(sum(given) for (_, at), given in by_day.items() if at == day)
        assert cap is None or in_all <= cap


@settings(max_examples=100, deadline=None)
@given(amount=st.integers(0, 10**12), points=st.integers(1, 10**6), per=st.integers(1, 10**6))
def test_points_are_whole_and_never_more_than_the_proportion(amount, points, per):
    (rule,) = terms_of([{"points": points, "per_minor": per}], None).rules
    member = Member(account_id=uuid7(), customer_id=uuid7(), balance=0, tier="none")
    order = Happening(
        event="order", source_id=uuid7(), customer_id=member.customer_id, occurred_at=BEGIN,
        amount_minor=amount, currency="CNY",
    )  # fmt: skip

    gave = sum(each.points for each in reckon(Terms([rule]), order, member, {}))

    assert gave == min(amount * points // per, 10**12)

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from customer.profiles.models import Newcomer

START = datetime(2026, 1, 1, tzinfo=UTC)
codes = st.sampled_from(["phone", "plan-5g", "cloud"])
moments = st.integers(0, 400).map(lambda days: START + timedelta(days=days))
ends = st.none() | moments


def somebody() -> Newcomer:
    return Newcomer(unit="hq", time_zone="Asia/Shanghai", sampling_key="0" * 16)


@given(st.lists(st.tuples(codes, moments)), st.randoms())
def test_whatever_order_reports_come_in_the_same_is_held_since_the_same_day(
    reports: list[tuple[str, datetime]], chance
) -> None:
    one, other = somebody(), somebody()
    shuffled = list(reports)
    chance.shuffle(shuffled)

    for product, since in reports:
        one.hold(product, since, "order")
    for product, since in shuffled:
        other.hold(product, since, "order")

    held = {each["product_code"]: each["since"] for each in one.holdings}
    assert held == {each["product_code"]: each["since"] for each in other.holdings}
    assert held == {
        product: min(since for code, since in reports if code == product).isoformat()
        for product in {code for code, _ in reports}
    }


@given(st.lists(st.tuples(codes, ends, st.booleans())), moments)
def test_the_next_expiry_is_always_the_earliest_of_the_tags(
    steps: list[tuple[str, datetime | None, bool]], now: datetime
) -> None:
    customer = somebody()

    for tag, expires_at, on in steps:
        before = (customer.tags, customer.tags_expire_at)
        changed = customer.tag(tag, "hand", expires_at) if on else customer.untag(tag)
        assert changed or before == (customer.tags, customer.tags_expire_at)
    customer.drop_expired_tags(now)

    left = [each["expires_at"] for each in customer.tags if each["expires_at"]]
    earliest = min(map(datetime.fromisoformat, left), default=None)
    assert customer.tags_expire_at == earliest
    assert earliest is None or earliest > now
    assert len({each["tag"] for each in customer.tags}) == len(customer.tags)


def what_stands(
    decisions: list[tuple[str, str | None, bool]],
) -> dict[tuple[str, str | None], bool]:
    """The last on each purpose and kind; a no to all kinds ends the yeses to single ones."""
    standing: dict[tuple[str, str | None], bool] = {}
    for purpose, kind, granted in decisions:
        if kind is None and not granted:
            standing = {
                about: said for about, said in standing.items() if about[0] != purpose or not said
            }
        standing[purpose, kind] = granted
    return standing


@given(st.lists(st.tuples(codes, st.none() | codes, st.booleans())))
def test_the_last_decision_counts_and_a_no_to_all_kinds_of_channel_ends_every_yes(
    decisions: list[tuple[str, str | None, bool]],
) -> None:
    customer = somebody()
    last: dict[tuple[str, str | None], bool] = {}

    for purpose, channel_kind, granted in decisions:
        customer.consent(purpose, channel_kind, granted, START)
        if channel_kind is None and not granted:
            last = {key: said for key, said in last.items() if key[0] != purpose or not said}
        last[purpose, channel_kind] = granted

    kept = {(each["purpose"], each["channel_kind"]): each["granted"] for each in customer.consents}
    assert kept == last
    assert len(kept) == len(customer.consents)


@given(st.dictionaries(codes, st.none() | st.integers()), st.dictionaries(codes, st.integers()))
def test_attributes_are_what_was_said_last_without_what_was_forgotten(
    said: dict[str, int | None], known: dict[str, int]
) -> None:
    customer = somebody()
    customer.put_attributes(known)

    changed = customer.put_attributes(said)

    expected = {name: value for name, value in {**known, **said}.items() if value is not None}
    assert customer.attributes == expected
    assert changed == (expected != known)

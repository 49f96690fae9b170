"""Timelines are kept for as long as the policy says."""

from datetime import UTC, datetime

import pytest
from services.customer.tests.timelines import (
    STORAGE,
    TOUCHPOINT,
    keep_for,
    partitions,
    timeline,
    touchpoint,
)

from customer.timeline import retention
from customer.timeline.months import MONTHS
from kit.models import utcnow
from kit.months import Month
from kit.testing.harness import GraphFailed, Harness


async def test_how_long_all_timelines_are_kept_is_for_the_whole_organisation_to_say(
    harness: Harness, operator: str
) -> None:
    with pytest.raises(GraphFailed) as failed:
        await keep_for(harness, harness.token("operator", unit="hq.zj"), 1)

    assert failed.value.codes == ["FORBIDDEN"]
    stored = (await harness.graph(STORAGE, as_=operator))["timelineStorage"]
    assert stored["retention"] == []


async def forget(harness: Harness) -> None:
    async with harness.db.transaction() as session:
        await retention.forget_old_entries(session)


def months_ago(number: int) -> datetime:
    return Month.of(utcnow()).plus(-number).start


async def fill(harness: Harness, customer_id: str, *ages: int) -> None:
    """A touchpoint and a change of tier in each of the months."""
    for age in ages:
        at = months_ago(age)
        await harness.hear(TOUCHPOINT, touchpoint(customer_id, at))
        tier = {"customer_id": customer_id, "version": 1, "from_tier": None, "to_tier": "gold"}
        await harness.hear("octoreach.loyalty.tier.changed.v1", tier, at=at)


async def test_what_lies_before_all_months_goes_with_the_retention_that_comes_later(
    harness: Harness, a_customer, operator: str
) -> None:
    known = await a_customer()
    for year in (1, 1969, 2100):
        await harness.hear(TOUCHPOINT, touchpoint(known, datetime(year, 1, 1, tzinfo=UTC)))

    await keep_for(harness, operator, 12, kind="tier_changed")
    await forget(harness)
    still = await partitions(harness)
    await keep_for(harness, operator, 12)
    await forget(harness)

    assert still == {"timeline.before_1970": 2, "timeline.after_2099": 1}
    assert await partitions(harness) == {"timeline.after_2099": 1}


async def test_whole_months_go_when_nothing_in_them_is_kept_any_more(
    harness: Harness, a_customer, front_line: str, operator: str
) -> None:
    known = await a_customer()
    await fill(harness, known, 0, 12, 13, 14)

    await keep_for(harness, operator, 12)
    for _ in range(2):
        await forget(harness)

    assert len(await timeline(harness, front_line, known)) == 4
    stored = (await harness.graph(STORAGE, as_=operator))["timelineStorage"]
    assert stored["removals"] == [
        {"month": f"{months_ago(age):%Y-%m-%d}", "whole": True, "complete": True, "entries": 2}
        for age in (13, 14)
    ]
    assert f"{months_ago(12):%Y-%m-%d}" in [each["month"] for each in stored["months"]]
    assert f"{months_ago(13):%Y-%m-%d}" not in [each["month"] for each in stored["months"]]


async def test_kinds_go_by_themselves_when_others_are_kept_for_longer(
    harness: Harness, a_customer, front_line: str, operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "REMOVED_AT_ONCE", 1)
    known = await a_customer()
    await fill(harness, known, 0, 4, 5)
    await keep_for(harness, operator, 3, "touchpoint")

    for _ in range(6):
        await forget(harness)

    told = await timeline(harness, front_line, known)
    assert sorted(entry["kind"] for entry in told) == ["tier_changed"] * 3 + ["touchpoint"]
    stored = (await harness.graph(STORAGE, as_=operator))["timelineStorage"]
    assert stored["removals"] == [
        {"month": f"{months_ago(age):%Y-%m-%d}", "whole": False, "complete": True, "entries": 1}
        for age in (4, 5)
    ]


async def test_a_kind_may_be_kept_for_longer_than_all_others(
    harness: Harness, a_customer, front_line: str, operator: str
) -> None:
    known = await a_customer()
    await fill(harness, known, 5)
    await keep_for(harness, operator, 3)
    await keep_for(harness, operator, 24, "tier_changed")

    await forget(harness)

    told = await timeline(harness, front_line, known)
    assert [entry["kind"] for entry in told] == ["tier_changed"]


async def test_what_is_told_too_late_is_not_kept_and_makes_no_month(
    harness: Harness, a_customer, front_line: str, operator: str
) -> None:
    known = await a_customer()
    await keep_for(harness, operator, 12)

    await fill(harness, known, 12, 13)

    assert len(await timeline(harness, front_line, known)) == 2
    assert set(await partitions(harness)) == {MONTHS.table(Month.of(months_ago(12)))}


async def test_without_a_policy_everything_stays(
    harness: Harness, a_customer, front_line: str, operator: str
) -> None:
    known = await a_customer()
    await fill(harness, known, 0, 200)
    await keep_for(harness, operator, 12)
    answer = await keep_for(harness, operator, None)

    await forget(harness)

    assert answer["retention"] == []
    assert len(await timeline(harness, front_line, known)) == 4


@pytest.mark.parametrize(
    ("months_kept", "kind", "field"),
    [(0, None, "months"), (1_201, None, "months"), (1, "*", "kind")],
)
async def test_a_policy_that_makes_no_sense_is_refused(
    harness: Harness, operator: str, months_kept: int, kind: str | None, field: str
) -> None:
    answer = await keep_for(harness, operator, months_kept, kind)

    assert answer == {"__typename": "InvalidInput", "field": field}
    assert (await harness.graph(STORAGE, as_=operator))["timelineStorage"]["retention"] == []


async def test_only_operators_say_for_how_long(harness: Harness, marketer: str) -> None:
    with pytest.raises(GraphFailed) as failed:
        await keep_for(harness, marketer, 12)

    assert failed.value.codes == ["FORBIDDEN"]

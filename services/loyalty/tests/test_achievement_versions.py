"""A new version counts from when it is active, or with the history that is remembered."""

import pytest
from services.loyalty.tests.achievements import DAY, NOON, steps

from kit.models import utcnow
from kit.testing.harness import GraphFailed

RETIRE = """mutation ($code: String!) { retireAchievement(code: $code) { __typename } }"""
DEFINED = """query ($code: String) { achievements(code: $code) { edges { node {
  version state history historySeen historyInAll } } } }"""


async def test_a_new_version_counts_from_now_and_gives_no_level_twice(achievements, members):
    await achievements.define(levels=steps(1, 3))
    customer = await members.register()
    await members.order(customer, 100)

    await achievements.draft(levels=steps(1, 2, points=50))
    activated = await achievements.activate()
    fresh = await achievements.level(customer)
    for _ in range(2):
        await members.order(customer, 100)

    assert activated["achievement"] == {"version": 2, "state": "ACTIVE", "history": "LEFT_OUT"}
    assert fresh == (0, 1)
    assert await achievements.level(customer) == (2, 2)
    assert await achievements.reward(customer) == 10 + 100


async def test_with_its_history_what_was_done_before_counts_once_beside_what_is_done_meanwhile(
    achievements, members
):
    one, two = await members.register(), await members.register()
    for customer, many in ((one, 3), (two, 1)):
        for _ in range(many):
            await members.order(customer, 100_00, at=NOON - 100 * DAY)
    gone = await members.order(two, 100_00)
    await members.cancel(two, gone)
    for code, measure in (("buyer", "ORDERS"), ("earner", "POINTS")):
        await achievements.draft(code, measure=measure, levels=steps(2, 250))
        await achievements.activate(code, history=True)

    await members.order(two, 100_00)
    await achievements.count_history()
    await achievements.count_history()

    counted = [await achievements.level(each) for each in (one, two)]
    points = [await achievements.level(each, "earner") for each in (one, two)]
    assert (counted, points) == ([(3, 1), (2, 1)], [(300, 2), (200, 1)])
    data = await members.harness.graph(DEFINED, as_=achievements.ann, code="buyer")
    assert data["achievements"]["edges"][0]["node"] == {
        "version": 1, "state": "ACTIVE", "history": "COUNTED", "historySeen": 5, "historyInAll": 5,
    }  # fmt: skip


async def test_of_what_is_not_remembered_no_history_can_be_counted(achievements):
    await achievements.draft("visitor", measure="TOUCHPOINTS")

    answer = await achievements.activate("visitor", history=True)

    assert answer == {
        "__typename": "Conflict",
        "message": "Of touchpoints nothing is remembered: count from now on.",
    }


async def test_what_happened_before_it_counted_or_after_it_was_retired_does_not_count(
    achievements, members
):
    await achievements.draft(levels=steps(1))
    await achievements.activate()
    customer = await members.register()

    await members.order(customer, 100, at=utcnow() - DAY)
    before = await achievements.level(customer)
    await members.harness.graph(RETIRE, as_=achievements.ann, code="buyer")
    await members.order(customer, 100)

    assert before == (0, 0)
    assert await achievements.told() == []


async def test_nobody_activates_what_they_drafted_or_what_lies_elsewhere(achievements, members):
    both = members.harness.token("marketer", "approver", subject="ann", unit="hq")
    south = members.harness.token("approver", subject="eve", unit="hq.gd")
    await achievements.draft()

    answers = [await achievements.activate(as_=each) for each in (both, south)]
    with pytest.raises(GraphFailed) as refused:
        await achievements.draft("other", as_=members.harness.token("marketer", unit="hq.gd"))

    assert [each["__typename"] for each in answers] == ["OwnAchievement", "NotFound"]
    assert refused.value.codes == ["FORBIDDEN"]
    data = await members.harness.graph(DEFINED, as_=achievements.ann)
    assert [each["node"]["state"] for each in data["achievements"]["edges"]] == ["DRAFT"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "No!"}, "code"),
        ({"name": ""}, "name"),
        ({"unit": "HQ"}, "unit"),
        ({"levels": []}, "levels"),
        ({"levels": steps(2, 2)}, "levels"),
        ({"levels": [{"name": "x", "threshold": 0}]}, "levels[0].threshold"),
        ({"levels": [{"name": "x", "threshold": 1, "points": -1}]}, "levels[0].points"),
        ({"span": "DAYS_IN_A_ROW", "levels": steps(367)}, "levels[0].threshold"),
        ({"span": "MONTH", "rounds": 2}, "rounds"),
        ({"withinDays": 2}, "withinDays"),
        ({"touchpointKinds": ["visited"]}, "touchpointKinds"),
    ],
)
async def test_a_draft_is_written_only_when_its_terms_make_sense(achievements, wrong, field):
    answer = await achievements.draft(**wrong)

    assert (answer["__typename"], answer["field"]) == ("InvalidInput", field)

"""A club by rule takes in whom it fits, and lets them go with grace."""

from services.loyalty.tests.clubs import GOLD, RUNS

from kit.models import uuid7

TIER_CHANGED = "octoreach.loyalty.tier.changed.v1"


async def test_a_club_by_rule_takes_in_those_who_were_there_before_and_those_who_come(
    clubs, members
):
    before = await members.register(tags=["runs"])
    never = await members.register(tags=["swims"])

    kept = await clubs.keep(joining="RULE", condition=RUNS)
    await clubs.enrol()
    after = await members.register(tags=["runs"])
    later = await members.register(tags=[])
    await members.harness.hear(
        "octoreach.customer.customer.changed.v1",
        {
            "customer_id": later, "version": 2, "unit": "hq.zj", "kind": "individual",
            "status": "active", "time_zone": "UTC", "attributes": {}, "tags": ["runs"],
        },
    )  # fmt: skip

    assert kept["club"]["enrolling"] is True
    assert [await clubs.codes(each) for each in (before, never, after, later)] == [
        ["runners"], [], ["runners"], ["runners"],
    ]  # fmt: skip
    assert await clubs.look() == {"members": 3, "state": "OPEN", "enrolling": False}
    assert await clubs.told() == [("joined", "runners", "rule")] * 3


async def test_who_fits_no_longer_leaves_after_the_days_of_grace_unless_they_fit_again(
    clubs, members
):
    await clubs.keep(joining="RULE", condition=RUNS, graceDays=10)
    gone, back = [await members.register(tags=["runs"]) for _ in range(2)]
    for each in (gone, back):
        await members.register(each, version=2, tags=[])
    in_grace = await clubs.of(gone)
    await clubs.end(days=9)
    still = await clubs.codes(gone)

    await members.register(back, version=3, tags=["runs"])
    await clubs.end(days=11)
    await clubs.end(days=11)

    assert in_grace[0]["graceUntil"] is not None
    assert still == ["runners"]
    assert await clubs.codes(gone) == []
    assert (await clubs.of(back))[0]["graceUntil"] is None
    assert await clubs.told() == [
        ("joined", "runners", "rule"), ("joined", "runners", "rule"), ("left", "runners", "rule"),
    ]  # fmt: skip


async def test_without_grace_they_leave_at_once_and_late_facts_change_nothing(clubs, members):
    await clubs.keep(joining="RULE", condition=RUNS)
    customer = await members.register(tags=["runs"], version=2)

    await members.register(customer, version=1, tags=[])
    kept = await clubs.codes(customer)
    await members.register(customer, version=3, tags=[])

    assert (kept, await clubs.codes(customer)) == (["runners"], [])


async def test_a_tier_opens_a_club(clubs, members):
    await clubs.keep("golden", joining="RULE", condition=GOLD)
    customer = await members.register()

    await members.order(customer, 1_000_00)
    (told,) = await members.announced("tier.changed")
    for _ in range(2):
        await members.harness.hear(TIER_CHANGED, {k: v for k, v in told.items() if k != "subject"})

    assert await clubs.codes(customer) == ["golden"]


async def test_a_segment_opens_a_club_and_closes_it(clubs, members):
    inside = {"fact": "member.segments", "operator": "CONTAINS", "value": {"text": "young"}}
    await clubs.keep("young", joining="RULE", condition={"compare": inside})
    customer, segment = await members.register(), uuid7()

    seen = []
    for position, name in ((5, "joined"), (4, "left"), (6, "left")):
        content = {"segment_id": segment, "code": "young", "position": position,
                   "joined": [], "left": [], name: [customer]}  # fmt: skip
        await members.harness.hear("octoreach.customer.segment.changed.v1", content)
        seen.append(await clubs.codes(customer))

    assert seen == [["young"], ["young"], []]


async def test_a_place_that_gets_free_is_offered_to_whoever_fits(clubs, members):
    await clubs.keep(joining="RULE", condition=RUNS, capacity=1)
    first = await members.register(tags=["runs"])
    second = await members.register(tags=["runs"])
    full = await clubs.codes(second)

    await clubs.leave(first)
    await clubs.enrol()

    assert (full, await clubs.codes(second), await clubs.codes(first)) == ([], ["runners"], [])
    assert (await clubs.look())["members"] == 1


async def test_a_changed_rule_is_asked_of_everybody(clubs, members):
    await clubs.keep(joining="RULE", condition=RUNS)
    runner, swimmer = await members.register(tags=["runs"]), await members.register(tags=["swims"])
    swims = {"compare": {**RUNS["compare"], "value": {"text": "swims"}}}

    await clubs.keep(joining="RULE", condition=swims)
    await clubs.enrol()

    assert [await clubs.codes(each) for each in (runner, swimmer)] == [[], ["runners"]]

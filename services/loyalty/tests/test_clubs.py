import asyncio

import pytest
from services.loyalty.tests.clubs import GOLD, RUNS

from kit.models import utcnow, uuid7
from loyalty.clubs.queries import club_to_change, clubs_of

MERGED = "octoreach.customer.customer.merged.v1"
UNMERGED = "octoreach.customer.customer.unmerged.v1"


async def test_who_comes_into_no_club_waits_for_none(clubs, members):
    await clubs.keep(joining="RULE", condition=RUNS)
    async with clubs.harness.db.transaction() as session:
        await club_to_change(session, "runners")
        customer = await asyncio.wait_for(members.register(tags=["swims"]), 60)

    assert await clubs.codes(customer) == []
    assert (await clubs.look())["members"] == 0


async def test_a_customer_joins_a_club_leaves_it_and_sees_that_they_were_in_it(clubs, members):
    await clubs.keep()
    customer = await members.register(unit="hq.zj")
    themselves = members.harness.token("customer", customer=str(customer))

    joined = await clubs.join(customer, as_=themselves)
    again = await clubs.join(customer)
    during = await clubs.codes(customer)
    left = await clubs.leave(customer)

    assert joined["membership"]["joinedBy"] == "ASKING"
    assert again == joined
    assert during == ["runners"]
    assert left == {"__typename": "ClubWasLeft", "membership": {"leftBy": "FRONT_LINE"}}
    assert await clubs.of(customer) == []
    assert await clubs.of(customer, current=False, as_=themselves) == [
        {
            "joinedBy": "ASKING",
            "leftBy": "FRONT_LINE",
            "graceUntil": None,
            "club": {"code": "runners", "name": "Runners", "takesWhom": "they belong to hq"},
        }
    ]
    assert await clubs.told() == [
        ("joined", "runners", "asking"),
        ("left", "runners", "front_line"),
    ]
    assert (await clubs.look())["members"] == 0


async def test_leaving_a_club_one_is_not_in_is_refused(clubs, members):
    await clubs.keep()
    customer = await members.register()

    assert await clubs.leave(customer) == {"__typename": "NotFound"}
    assert await clubs.told() == []


async def test_places_are_exact_however_many_ask_at_once(clubs, members):
    await clubs.keep(capacity=3)
    customers = [await members.register() for _ in range(8)]

    answers = await asyncio.gather(*(clubs.join(each) for each in customers))

    outcomes = sorted(each["__typename"] for each in answers)
    assert outcomes == ["ClubIsFull"] * 5 + ["ClubWasJoined"] * 3
    assert [each["capacity"] for each in answers if "capacity" in each] == [3] * 5
    assert (await clubs.look())["members"] == 3
    assert len(await clubs.told()) == 3


async def test_one_customer_asking_many_times_at_once_has_one_place(clubs, members):
    await clubs.keep(capacity=2)
    customer = await members.register()

    answers = await asyncio.gather(*(clubs.join(customer) for _ in range(6)))

    assert len({each["membership"]["id"] for each in answers}) == 1
    assert (await clubs.look())["members"] == 1


async def test_who_does_not_fit_the_rule_or_the_unit_or_may_not_be_seen_is_refused(clubs, members):
    await clubs.keep(condition=RUNS, unit="hq.zj")
    stranger = await members.register(unit="hq.zj")
    elsewhere = await members.register(unit="hq.gd", tags=["runs"])
    other = members.harness.token("customer", customer=str(uuid7()))

    refused = [
        await clubs.join(stranger),
        await clubs.join(elsewhere),
        await clubs.join(stranger, as_=other),
        await clubs.join(stranger, code="nothing"),
    ]

    assert refused == [
        {
            "__typename": "ClubIsNotForThem",
            "condition": 'they belong to hq.zj and member.tags contains "runs"',
        },
        {"__typename": "NotFound", "kind": "club"},
        {"__typename": "NotFound", "kind": "customer"},
        {"__typename": "NotFound", "kind": "club"},
    ]
    assert (await clubs.look())["members"] == 0
    assert await clubs.told() == []


async def test_who_left_of_their_own_accord_is_not_taken_in_again_until_they_ask(clubs, members):
    await clubs.keep(joining="RULE", condition=RUNS)
    customer = await members.register(tags=["runs"])
    themselves = members.harness.token("customer", customer=str(customer))
    await clubs.leave(customer, as_=themselves)

    await members.register(customer, version=2, tags=["runs", "tall"])
    await clubs.keep(joining="RULE", condition=RUNS, name="Runners again")
    await clubs.enrol()
    stayed_out = await clubs.codes(customer)
    await clubs.join(customer, as_=themselves)

    assert (stayed_out, await clubs.codes(customer)) == ([], ["runners"])


async def test_a_closed_club_takes_nobody_in_and_its_members_leave(clubs, members):
    await clubs.keep()
    customer, late = await members.register(), await members.register()
    await clubs.join(customer)

    closed = await clubs.close()
    async with members.harness.db.reading() as session:
        at_once = await clubs_of(session, [customer])
    await clubs.end()

    assert closed == {"__typename": "ClubWasClosed", "club": {"state": "CLOSED"}}
    assert at_once == {customer: frozenset()}
    assert (await clubs.join(late))["__typename"] == "Conflict"
    assert (await clubs.keep())["__typename"] == "Conflict"
    assert (await clubs.of(customer, current=False))[0]["leftBy"] == "CLOSED"
    assert await clubs.look() == {"members": 0, "state": "CLOSED", "enrolling": False}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "No!"}, "code"),
        ({"name": " "}, "name"),
        ({"interest": ""}, "interest"),
        ({"benefits": "x" * 2_001}, "benefits"),
        ({"unit": "HQ"}, "unit"),
        ({"capacity": 0}, "capacity"),
        ({"graceDays": 366}, "graceDays"),
        ({"joining": "RULE"}, "condition"),
        ({"condition": {"compare": {**GOLD["compare"], "fact": "member.shoes"}}},
         "condition.compare.fact"),
    ],
)  # fmt: skip
async def test_a_club_is_kept_only_when_its_terms_make_sense(clubs, wrong, field):
    answer = await clubs.keep(**wrong)

    assert (answer["__typename"], answer["field"]) == ("InvalidInput", field)
    assert await clubs.look() is None


async def test_clubs_are_seen_from_the_units_above_and_below_and_by_those_who_might_join(
    clubs, members
):
    for code, unit in (("all", "hq"), ("east", "hq.zj"), ("south", "hq.gd")):
        await clubs.keep(code, unit=unit)
    customer = await members.register(unit="hq.zj.hz")
    themselves = members.harness.token("customer", customer=str(customer))
    query = "{ clubs { edges { node { code } } } }"

    seen = [
        [
            edge["node"]["code"]
            for edge in (await members.harness.graph(query, as_=as_))["clubs"]["edges"]
        ]
        for as_ in (clubs.marketer, members.harness.token("front_line", unit="hq.gd"), themselves)
    ]

    assert seen == [["all", "east", "south"], ["all", "south"], ["all", "east"]]
    assert await clubs.of(customer, as_=themselves) == []


async def test_an_earning_rule_may_ask_for_a_club(clubs, members):
    await clubs.keep()
    await members.sql("""INSERT INTO earning_rule (id, created_at, code, version, state, name, event,
      touchpoint_kinds, kind, points, products, steps, condition, stacking, priority,
      partner_percent, qualifies, valid_from, drafted_by) VALUES (gen_random_uuid(), now(), 'club',
      1, 'active', 'Club bonus', 'order', '{}', 'fixed', 7, '{}', '[]', '{"compare": {"fact":
      "member.clubs", "operator": "contains", "value": "runners"}}', 'additive', 0, 0, false,
      now() - interval '1 day', 'ann')""")  # fmt: skip
    inside, outside = await members.register(), await members.register()
    await clubs.join(inside)

    for each in (inside, outside):
        await members.order(each, 100_00)

    assert [await members.balance(each) for each in (inside, outside)] == [107, 100]


async def test_a_merge_keeps_each_club_once_and_taking_it_apart_gives_both_theirs_back(
    clubs, members
):
    for code in ("runners", "swimmers"):
        await clubs.keep(code)
    survivor, absorbed, merge = await members.register(), await members.register(), uuid7()
    await clubs.join(absorbed)
    await clubs.leave(absorbed)
    for customer, code in (
        (survivor, "runners"), (absorbed, "runners"), (absorbed, "swimmers"),
    ):  # fmt: skip
        await clubs.join(customer, code)
    content = {"merge_id": merge, "customer_id": survivor}

    await members.harness.hear(MERGED, content | {"absorbed_id": absorbed, "at": utcnow()})
    together = await clubs.codes(survivor)
    history = len(await clubs.of(survivor, current=False))
    counted = [(await clubs.look(code))["members"] for code in ("runners", "swimmers")]
    await members.harness.hear(UNMERGED, content | {"restored_id": absorbed, "at": utcnow()})

    assert (together, history, counted) == (["runners", "swimmers"], 3, [1, 1])
    assert await clubs.codes(survivor) == ["runners"]
    assert await clubs.codes(absorbed) == ["runners", "swimmers"]
    assert (await clubs.look())["members"] == 2

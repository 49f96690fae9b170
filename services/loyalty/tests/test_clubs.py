import asyncio
from datetime import timedelta
from typing import Any

import pytest

from kit.models import utcnow, uuid7
from loyalty.clubs.commands.enrolling import end_memberships, enrol_next_page
from loyalty.clubs.queries import club_to_change, clubs_of

TIER_CHANGED = "octoreach.loyalty.tier.changed.v1"
MERGED = "octoreach.customer.customer.merged.v1"
UNMERGED = "octoreach.customer.customer.unmerged.v1"
KEEP = """mutation ($input: KeepClubInput!) { keepClub(input: $input) {
  __typename
  ... on ClubWasKept { club { code members enrolling } }
  ... on InvalidInput { field }
  ... on Refusal { message }
} }"""
CLOSE = """mutation ($code: String!) { closeClub(code: $code) {
  __typename ... on ClubWasClosed { club { state } } } }"""
JOIN = """mutation ($code: String!, $customer: UUID!) {
  joinClub(code: $code, customerId: $customer) {
    __typename
    ... on ClubWasJoined { membership { id joinedBy club { code } } }
    ... on ClubIsFull { capacity }
    ... on ClubIsNotForThem { condition }
    ... on NotFound { kind }
} }"""
LEAVE = """mutation ($code: String!, $customer: UUID!) {
  leaveClub(code: $code, customerId: $customer) {
    __typename ... on ClubWasLeft { membership { leftBy } } } }"""
MINE = """clubs(current: $current) { edges { node {
  joinedBy leftBy graceUntil club { code name takesWhom } } } }"""
CLUB = "query ($code: String!) { club(code: $code) { members state enrolling } }"
GOLD: dict[str, Any] = {
    "compare": {"fact": "member.tier", "operator": "EQUALS", "value": {"text": "gold"}}
}
RUNS: dict[str, Any] = {
    "compare": {"fact": "member.tags", "operator": "CONTAINS", "value": {"text": "runs"}}
}


class Clubs:
    """What a marketer, the front line and members do about clubs."""

    def __init__(self, members) -> None:
        self.members = members
        self.harness = members.harness
        self.marketer = self.harness.token("marketer", unit="hq")
        self.clerk = self.harness.token("front_line", unit="hq")

    async def keep(self, code="runners", as_=None, **terms: Any) -> dict[str, Any]:
        wanted = {"code": code, "name": code.title(), "interest": "running", "unit": "hq", **terms}
        data = await self.harness.graph(KEEP, as_=as_ or self.marketer, input=wanted)
        return data["keepClub"]

    async def close(self, code="runners") -> dict[str, Any]:
        return (await self.harness.graph(CLOSE, as_=self.marketer, code=code))["closeClub"]

    async def join(self, customer, code="runners", as_=None) -> dict[str, Any]:
        data = await self.harness.graph(JOIN, as_=as_ or self.clerk, code=code, customer=customer)
        return data["joinClub"]

    async def leave(self, customer, code="runners", as_=None) -> dict[str, Any]:
        data = await self.harness.graph(LEAVE, as_=as_ or self.clerk, code=code, customer=customer)
        return data["leaveClub"]

    async def enrol(self) -> None:
        """Let the background ask everybody."""
        for _ in range(20):
            await self.harness.turn(enrol_next_page)

    async def end(self, days=0) -> None:
        async with self.harness.db.transaction() as session:
            await end_memberships(session, utcnow() + timedelta(days=days))

    async def of(self, customer, current=True, as_=None) -> list[dict[str, Any]]:
        found = await self.harness.entity(
            {"__typename": "Customer", "id": str(customer)},
            MINE.replace("$current", str(current).lower()),
            as_=as_ or self.clerk,
        )
        return [each["node"] for each in found["clubs"]["edges"]]

    async def codes(self, customer) -> list[str]:
        return sorted(each["club"]["code"] for each in await self.of(customer))

    async def look(self, code="runners") -> dict[str, Any]:
        return (await self.harness.graph(CLUB, as_=self.marketer, code=code))["club"]

    async def told(self) -> list[tuple[str, str, str]]:
        return [
            (each["subject"].split(".")[3], each["club_code"], each["how"])
            for each in await self.members.announced("club.joined", "club.left")
        ]


@pytest.fixture
def clubs(members) -> Clubs:
    return Clubs(members)


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

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed
from loyalty.privileges.commands import end_privileges, give_privileges, withdraw_privileges
from loyalty.privileges.models import NewPrivilege

DEFINE = """mutation ($input: DefinePrivilegeInput!) { definePrivilege(input: $input) {
  __typename ... on PrivilegeWasDefined { privilege { code name days retired } }
  ... on Refusal { message } ... on InvalidInput { field } } }"""
RETIRE = """mutation ($code: String!) { retirePrivilege(code: $code) {
  __typename ... on PrivilegeWasRetired { privilege { retired } } ... on NotFound { key } } }"""
OF_TIER = """mutation ($tier: String!, $codes: [String!]!) {
  setTierPrivileges(tier: $tier, codes: $codes) {
    __typename ... on TierPrivilegesWereSet { privilegeCodes } ... on NotFound { kind key } } }"""
HOLDS = """query ($customer: UUID!, $code: String!) {
  holdsPrivilege(customerId: $customer, code: $code) }"""
DAY = timedelta(days=1)


class Privileges:
    def __init__(self, members: Any) -> None:
        self.members = members
        self.marketer = members.harness.token("marketer", unit="hq")

    async def define(self, code: str = "lounge", as_: str | None = None, **changes: Any) -> Any:
        wanted = {
            "code": code, "name": code.title(), "gives": "A quiet chair.", "unit": "hq", "days": 30,
            "costMinor": 500, "currency": "CNY",
        }  # fmt: skip
        data = await self.members.harness.graph(
            DEFINE, as_=as_ or self.marketer, input=wanted | changes
        )
        return data["definePrivilege"]

    async def give(
        self, customer: Any, source: Any = None, code: str = "lounge", **more: Any
    ) -> Any:
        source = source or uuid7()
        async with self.members.harness.db.transaction() as session:
            await give_privileges(session, [NewPrivilege(code, customer, "test", source)], **more)
        return source

    async def withdraw(self, source: Any, **more: Any) -> None:
        async with self.members.harness.db.transaction() as session:
            await withdraw_privileges(session, "test", [source], **more)

    async def end(self, now: Any) -> None:
        async with self.members.harness.db.transaction() as session:
            await end_privileges(session, now)

    async def held(self, customer: Any, as_: str | None = None) -> Any:
        found = await self.members.harness.entity(
            {"__typename": "Customer", "id": str(customer)},
            "privileges { code byTier until }",
            as_=as_ or self.members.operator,
        )
        return found["privileges"]

    async def holds(self, customer: Any, as_: str | None = None, code: str = "lounge") -> Any:
        data = await self.members.harness.graph(
            HOLDS, as_=as_ or self.members.operator, customer=customer, code=code
        )
        return data["holdsPrivilege"]

    async def periods(self, customer: Any, since: Any) -> list[tuple[int, int]]:
        """From which day to which day after `since`, those that have not ended."""
        async with self.members.harness.db.reading() as session:
            rows = await session.execute(
                text(
                    "SELECT since, until FROM privilege_period WHERE customer_id = :customer "
                    "AND ended_at IS NULL ORDER BY since"
                ),
                {"customer": customer},
            )
            return [
                (round((row.since - since) / DAY), round((row.until - since) / DAY)) for row in rows
            ]


@pytest.fixture
def privileges(members: Any) -> Privileges:
    return Privileges(members)


async def test_a_privilege_is_had_for_its_days_and_seen_by_whoever_serves(privileges, members):
    await privileges.define()
    customer = await members.register()

    await privileges.give(customer)

    (held,) = await privileges.held(customer)
    assert (held["code"], held["byTier"]) == ("lounge", None)
    for role in ("front_line", "partner"):
        token = members.harness.token(role, unit="hq.zj", partner="acme")
        assert await privileges.holds(customer, token) is True
    assert await privileges.holds(customer, code="parking") is False
    assert [
        (each["customer_id"], each["privilege_code"], each["source_kind"])
        for each in await members.announced("privilege.given")
    ] == [(str(customer), "lounge", "test")]


async def test_whoever_does_not_see_the_customer_learns_nothing_of_their_privileges(
    privileges, members
):
    await privileges.define()
    customer = await members.register()
    await privileges.give(customer)

    elsewhere = members.harness.token("front_line", unit="hq.js")
    themselves = members.harness.token("customer", customer=str(customer))
    another = members.harness.token("customer", customer=str(uuid7()))

    assert await privileges.holds(customer, elsewhere) is None
    assert await privileges.held(customer, elsewhere) is None
    assert await privileges.holds(customer, another) is None
    assert await privileges.holds(customer, themselves) is True


async def test_a_renewal_begins_when_what_was_there_ends(privileges, members):
    await privileges.define()
    customer, now = await members.register(), utcnow()

    await privileges.give(customer, now=now)
    await privileges.give(customer, now=now + 10 * DAY)

    assert await privileges.periods(customer, now) == [(0, 30), (30, 60)]


async def test_renewals_at_once_last_one_after_the_other_and_each_source_counts_once(
    privileges, members
):
    await privileges.define()
    customer, source, now = await members.register(), uuid7(), utcnow()

    await asyncio.gather(
        *(privileges.give(customer, source) for _ in range(5)),
        *(privileges.give(customer) for _ in range(4)),
    )

    assert await privileges.periods(customer, now) == [
        (0, 30),
        (30, 60),
        (60, 90),
        (90, 120),
        (120, 150),
    ]
    assert len(await members.announced("privilege.given")) == 5


async def test_what_is_withdrawn_ends_now_and_what_was_stacked_behind_moves_up(privileges, members):
    await privileges.define()
    customer, now = await members.register(), utcnow()
    first = await privileges.give(customer, now=now)
    await privileges.give(customer, now=now)

    for _ in range(2):
        await privileges.withdraw(first, now=now + 10 * DAY)

    assert await privileges.periods(customer, now) == [(10, 40)]
    assert await members.announced("privilege.ended") == []


async def test_who_has_it_no_longer_is_told_of_once(privileges, members):
    await privileges.define()
    ann, bob, now = await members.register(), await members.register(), utcnow()
    await privileges.give(ann, now=now - 31 * DAY)
    source = await privileges.give(bob, now=now)
    cid = await members.register()
    await privileges.give(cid, now=now - 31 * DAY)
    await privileges.give(cid, now=now - 30 * DAY)

    for _ in range(2):
        await privileges.end(now)
        await privileges.withdraw(source)

    assert await privileges.held(ann) == [] == await privileges.held(bob)
    assert [each["code"] for each in await privileges.held(cid)] == ["lounge"]
    assert [
        (each["customer_id"], each["reason"]) for each in await members.announced("privilege.ended")
    ] == [(str(ann), "expired"), (str(bob), "withdrawn")]


async def test_a_tier_brings_its_privileges_for_as_long_as_it_lasts(privileges, members):
    await privileges.define()
    await privileges.define("parking")
    asked = {"as_": privileges.marketer, "tier": "star"}
    set_ = await members.harness.graph(OF_TIER, codes=["parking", "lounge"], **asked)
    unknown = await members.harness.graph(OF_TIER, codes=["throne"], **asked)
    customer = await members.register()
    await privileges.give(customer)

    before = await privileges.held(customer)
    await members.sql(
        "INSERT INTO member_tier (customer_id, tier_code, since, period_ends_at, version) "
        "VALUES (:customer, 'star', now(), now(), 1)",
        customer=customer,
    )
    during = await privileges.held(customer)
    await members.harness.graph(OF_TIER, codes=[], **asked)

    assert set_["setTierPrivileges"]["privilegeCodes"] == ["lounge", "parking"]
    assert unknown["setTierPrivileges"] == {
        "__typename": "NotFound",
        "kind": "privilege",
        "key": "throne",
    }
    assert [(each["code"], each["byTier"]) for each in before] == [("lounge", None)]
    assert during == [
        {"code": "lounge", "byTier": "star", "until": None},
        {"code": "parking", "byTier": "star", "until": None},
    ]
    assert await privileges.held(customer) == before


async def test_privileges_that_make_no_sense_are_refused(privileges):
    wrong = (
        ({"code": "a lounge"}, "code"),
        ({"name": " "}, "name"),
        ({"gives": ""}, "gives"),
        ({"days": 0}, "days"),
        ({"days": 3_661}, "days"),
        ({"costMinor": -1}, "costMinor"),
        ({"currency": "yuan"}, "currency"),
    )

    answers = [await privileges.define(**changes) for changes, _ in wrong]

    assert [each["field"] for each in answers] == [field for _, field in wrong]


async def test_a_privilege_is_changed_by_its_unit_alone_and_retired_once(privileges, members):
    await privileges.define()
    zj = members.harness.token("marketer", unit="hq.zj")

    taken = await privileges.define(unit="hq.zj", as_=zj)
    changed = await privileges.define(days=60)
    with pytest.raises(GraphFailed) as beyond:
        await privileges.define("other", as_=zj)
    hidden = await members.harness.graph(RETIRE, as_=zj, code="lounge")
    retired = await members.harness.graph(RETIRE, as_=privileges.marketer, code="lounge")
    unknown = await members.harness.graph(RETIRE, as_=privileges.marketer, code="throne")

    assert taken["__typename"] == "Conflict"
    assert changed["privilege"] == {
        "code": "lounge",
        "name": "Lounge",
        "days": 60,
        "retired": False,
    }
    assert beyond.value.codes == ["FORBIDDEN"]
    assert hidden["retirePrivilege"] == {"__typename": "NotFound", "key": "lounge"}
    assert retired["retirePrivilege"]["privilege"] == {"retired": True}
    assert unknown["retirePrivilege"] == {"__typename": "NotFound", "key": "throne"}

"""Who put whom on which special list, why, from when until when, and who took them off."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from customer.special_lists.commands import end_special_lists
from kit.models import utcnow
from kit.testing.harness import GraphFailed, Harness

CHANGED = "octoreach.customer.customer.changed.v1"
PUT = """mutation ($id: UUID!, $list: SpecialList!, $reason: String!, $until: DateTime) {
  putOnSpecialList(customerId: $id, list: $list, reason: $reason, until: $until) { __typename
    ... on InvalidInput { field message }
    ... on CustomerWasChanged { customer { specialLists { list reason until } } } } }"""
TAKE = """mutation ($id: UUID!, $list: SpecialList!, $reason: String) {
  removeFromSpecialList(customerId: $id, list: $list, reason: $reason) { __typename } }"""
HISTORY = """query ($id: UUID!) { specialListHistory(customerId: $id) { edges { node {
  list source putBy reason until endedAt endedBy endedFor } } } }"""
MERGE = """mutation ($input: MergeCustomersInput!) { mergeCustomers(input: $input) {
  ... on CustomersWereMerged { merge { id } } } }"""
UNMERGE = """mutation ($id: UUID!, $reason: String!) {
  unmergeCustomers(mergeId: $id, reason: $reason) { __typename } }"""


class Lists:
    """One colleague, and what becomes of lists."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.ada = harness.token("front_line", unit="hq.zj", subject="ada")
        self.max = harness.token("marketer", unit="hq", subject="max")

    async def put(self, id: str, list: str = "SENSITIVE", why: str = "Asked", **told: Any) -> Any:
        data = await self.harness.graph(PUT, as_=self.ada, id=id, list=list, reason=why, **told)
        return data["putOnSpecialList"]

    async def take(self, id: str, list: str = "SENSITIVE", why: str | None = None) -> Any:
        return await self.harness.graph(TAKE, as_=self.ada, id=id, list=list, reason=why)

    async def history(self, id: str, as_: str | None = None) -> list[dict[str, Any]]:
        found = await self.harness.graph(HISTORY, as_=as_ or self.ada, id=id)
        return [edge["node"] for edge in found["specialListHistory"]["edges"]]

    async def told(self, id: str) -> list[tuple[Any, ...]]:
        """Each stay in short, newest first."""
        return [
            (e["list"], e["putBy"], e["reason"], e["endedBy"], e["endedFor"])
            for e in await self.history(id)
        ]

    async def let_days_pass(self, days: int) -> None:
        async with self.harness.db.transaction() as session:
            await session.execute(
                text(
                    "UPDATE special_list_record SET since = since - :d * interval '1 day', "
                    "until = until - :d * interval '1 day'"
                ),
                {"d": days},
            )


@pytest.fixture
def lists(harness: Harness) -> Lists:
    return Lists(harness)


async def test_each_stay_is_kept_with_who_why_and_when(lists: Lists, a_customer: Any) -> None:
    known = await a_customer()

    await lists.put(known, why="Complained to the regulator")
    await lists.put(known, why="Again")
    await lists.take(known, why="Settled")
    await lists.take(known)
    await lists.put(known, "TEST", "Ours")

    assert await lists.told(known) == [
        ("TEST", "ada", "Ours", None, ""),
        ("SENSITIVE", "ada", "Complained to the regulator", "ada", "Settled"),
    ]
    masked = await lists.history(known, lists.max)
    assert [(each["reason"], each["endedFor"]) for each in masked] == [("***", ""), ("***", "***")]


async def test_a_stay_ends_by_itself_when_its_time_is_over_and_is_announced_once(
    harness: Harness, lists: Lists, a_customer: Any, customer_of: Any
) -> None:
    known = await a_customer()
    until = (utcnow() + timedelta(days=3)).isoformat()
    await lists.put(known, until=until)
    await lists.put(known, "TEST")

    kept = []
    for days in (0, 4, 0):
        await lists.let_days_pass(days)
        await harness.turn(end_special_lists)
        found = await customer_of(known, "specialLists { list }")
        kept.append([each["list"] for each in found["specialLists"]])

    assert kept == [["SENSITIVE", "TEST"], ["TEST"], ["TEST"]]
    assert await lists.told(known) == [
        ("TEST", "ada", "Asked", None, ""),
        ("SENSITIVE", "ada", "Asked", "platform", "The time was over"),
    ]
    changes = [each["special_lists"] for each in await harness.events_recorded(CHANGED)]
    assert changes == [["sensitive"], ["sensitive", "test"], ["test"]]


async def test_of_two_stays_on_one_list_the_longer_counts(
    lists: Lists, a_customer: Any, customer_of: Any
) -> None:
    known = await a_customer()
    tomorrow, later = ((utcnow() + timedelta(days=each)).isoformat() for each in (1, 9))

    ends = []
    for until, why in ((tomorrow, "A"), (later, "B"), (tomorrow, "C"), (None, "D"), (later, "E")):
        await lists.put(known, until=until, why=why)
        [on] = (await customer_of(known, "specialLists { reason until }"))["specialLists"]
        ends.append((on["reason"], on["until"]))

    assert ends == [("A", tomorrow), ("B", later), ("B", later), ("D", None), ("D", None)]
    assert await lists.told(known) == [
        ("SENSITIVE", "ada", "D", None, ""),
        ("SENSITIVE", "ada", "B", "ada", ""),
        ("SENSITIVE", "ada", "A", "ada", ""),
    ]


async def test_who_was_put_on_a_list_for_longer_stays_on_it_for_longer(
    harness: Harness, lists: Lists, a_customer: Any, customer_of: Any
) -> None:
    known = await a_customer()
    for days in (1, 9):
        await lists.put(known, until=(utcnow() + timedelta(days=days)).isoformat())

    kept = []
    for days in (2, 8):
        await lists.let_days_pass(days)
        await harness.turn(end_special_lists)
        kept.append(len((await customer_of(known, "specialLists { list }"))["specialLists"]))

    assert kept == [1, 0]


async def test_what_is_over_is_shown_no_more_before_it_was_tidied_away(
    harness: Harness, lists: Lists, a_customer: Any, customer_of: Any
) -> None:
    known = await a_customer()
    await lists.put(known, until="2099-01-01T00:00:00Z")
    await lists.put(known, "TEST")
    tag = """mutation ($id: UUID!) { tagCustomer(customerId: $id, tag: "trial",
      expiresAt: "2099-01-01T00:00:00Z") { __typename } }"""
    await harness.graph(tag, as_=lists.ada, id=known)
    fields = "specialLists { list } tags { tag }"
    before = await customer_of(known, fields)

    async with harness.db.transaction() as session:
        await session.execute(
            text(
                "UPDATE customer SET tags = replace(tags::text, '2099', '2001')::jsonb, "
                "special_lists = replace(special_lists::text, '2099', '2001')::jsonb"
            )
        )

    assert before == {
        "specialLists": [{"list": "SENSITIVE"}, {"list": "TEST"}],
        "tags": [{"tag": "trial"}],
    }
    assert await customer_of(known, fields) == {"specialLists": [{"list": "TEST"}], "tags": []}


async def test_what_is_over_before_it_begins_is_refused(
    harness: Harness, lists: Lists, a_customer: Any
) -> None:
    known = await a_customer()

    refused = await lists.put(known, until=(utcnow() - timedelta(seconds=1)).isoformat())

    assert (refused["__typename"], refused["field"]) == ("InvalidInput", "until")
    assert await lists.history(known) == []
    assert await harness.events_recorded(CHANGED) == []


async def test_a_merge_keeps_both_stays_and_goes_apart_with_each(
    harness: Harness, lists: Lists, a_customer: Any, customer_of: Any
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")
    await lists.put(ada, why="Of ada")
    await lists.put(bob, why="Of bob")
    await lists.put(bob, "TEST", "Of bob")
    input = {"survivorId": ada, "absorbedId": bob, "reason": "One"}
    merge = (await harness.graph(MERGE, as_=lists.ada, input=input))["mergeCustomers"]["merge"]

    merged = {each[2] + each[0] for each in await lists.told(bob)}
    await lists.take(ada, why="Done")
    await harness.graph(UNMERGE, as_=lists.ada, id=merge["id"], reason="Two")

    assert merged == {"Of adaSENSITIVE", "Of bobSENSITIVE", "Of bobTEST"}
    for id in (ada, bob):
        on = await customer_of(id, "specialLists { list }")
        standing = [each[0] for each in await lists.told(id) if each[3] is None]
        assert sorted(standing) == sorted(each["list"] for each in on["specialLists"])


async def test_changes_at_once_leave_one_stay(lists: Lists, a_customer: Any) -> None:
    known = await a_customer()

    await asyncio.gather(*(lists.put(known, why=f"By {n}") for n in range(6)))
    await asyncio.gather(*(lists.take(known) for _ in range(6)))

    assert [(each[0], each[3]) for each in await lists.told(known)] == [("SENSITIVE", "ada")]


async def test_nobody_reads_the_history_of_customers_of_other_units(
    harness: Harness, lists: Lists, a_customer: Any
) -> None:
    known = await a_customer()
    await lists.put(known)

    for role, unit in (("front_line", "hq.gd"), ("customer", None)):
        with pytest.raises(GraphFailed):
            await lists.history(known, harness.token(role, unit=unit, customer=known))

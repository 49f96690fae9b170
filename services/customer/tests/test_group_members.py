"""Who belongs to which group, in which role, since when."""

import asyncio
from collections import Counter
from typing import Any

from services.customer.tests.groups import IN_GROUPS, MEMBERS

from kit.testing.harness import Harness


async def test_an_individual_belongs_to_groups_in_roles_and_what_was_is_kept(
    a_customer, a_group, add_member, remove_member, customer_of
) -> None:
    ada, bank, club = await a_customer("crm:A"), await a_group("B"), await a_group("C")

    first = await add_member(bank, ada, since="2026-01-02T00:00:00Z")
    again = await add_member(bank, ada)
    await add_member(bank, ada, role="KEY_PERSON")
    await add_member(club, ada, role="CONTACT")
    left = await remove_member(club, ada)

    assert first == again
    assert first["membership"] == {
        "role": "MEMBER",
        "since": "2026-01-02T00:00:00+00:00",
        "until": None,
        "group": {"id": bank},
        "member": {"id": ada},
    }
    assert left["membership"]["until"] >= left["membership"]["since"]
    now = await customer_of(ada, IN_GROUPS)
    assert now["groups"]["edges"] == [{"node": {"role": "KEY_PERSON", "group": {"id": bank}}}]
    ever = await customer_of(bank, "members(ended: true) { edges { node { role until } } }")
    assert [each["node"]["role"] for each in ever["members"]["edges"]] == ["KEY_PERSON", "MEMBER"]
    assert (await customer_of(club, MEMBERS))["members"]["edges"] == []


async def test_an_impossible_beginning_is_refused(
    harness: Harness, a_customer, a_group, add_member, customer_of
) -> None:
    ada, bank = await a_customer("crm:A"), await a_group("B")
    await add_member(bank, ada, since="2026-01-02T00:00:00Z")

    refused = [
        await add_member(bank, ada, since="2999-01-01T00:00:00Z"),
        await add_member(bank, ada, role="CONTACT", since="2026-01-01T00:00:00Z"),
    ]

    assert [each.get("field") for each in refused] == ["since", "since"]
    [standing] = (await customer_of(bank, MEMBERS))["members"]["edges"]
    assert standing["node"]["role"] == "MEMBER"


async def test_an_individual_is_in_at_most_twenty_groups_however_many_ask_at_once(
    a_customer, a_group, add_member, remove_member, customer_of
) -> None:
    ada = await a_customer("crm:A")
    groups = [await a_group(f"G{number}") for number in range(22)]
    for each in groups[:18]:
        await add_member(each, ada)

    answers = await asyncio.gather(*(add_member(each, ada) for each in groups[18:]))

    assert Counter(each["__typename"] for each in answers) == {
        "GroupMembershipWasChanged": 2,
        "TooManyGroups": 2,
    }
    await remove_member(groups[0], ada)
    standing = await customer_of(ada, IN_GROUPS.replace("groups", "groups(first: 100)", 1))
    assert len(standing["groups"]["edges"]) == 19


async def test_the_same_member_added_many_times_at_once_is_one_member(
    a_customer, a_group, add_member, customer_of
) -> None:
    ada, bank = await a_customer("crm:A"), await a_group("B")

    answers = await asyncio.gather(*(add_member(bank, ada) for _ in range(5)))

    assert len({str(each) for each in answers}) == 1
    assert len((await customer_of(bank, MEMBERS))["members"]["edges"]) == 1


async def test_account_managers_find_their_groups(
    harness: Harness, a_customer, a_group, details, front_line
) -> None:
    await a_customer("crm:A")
    bank, mill = await a_group("B"), await a_group("M")
    await details(bank, accountManager="mia", **{"class": "A"})
    query = (
        "query ($class: GroupClass, $who: String) { "
        "groupCustomers(class: $class, accountManager: $who) { edges { node { id } } } }"
    )

    async def found(as_: str = front_line, **asked: Any) -> list[str]:
        answer = await harness.graph(query, as_=as_, **asked)
        return [each["node"]["id"] for each in answer["groupCustomers"]["edges"]]

    assert await found() == [mill, bank]
    assert await found(who="mia") == await found(**{"class": "A"}) == [bank]
    assert await found(**{"class": "B"}) == []
    assert await found(as_=harness.token("front_line", unit="hq.gd")) == []

"""Groups and their members when records are merged, taken apart or erased."""

from typing import Any
from uuid import uuid4

import pytest
from services.customer.tests.groups import CHANGED, IN_GROUPS, MEMBERS

from kit.testing.harness import Harness

ERASURE = "octoreach.customer.erasure.requested.v1"
MERGE = """
mutation ($input: MergeCustomersInput!) { mergeCustomers(input: $input) {
  __typename ... on CustomersWereMerged { merge { id lost { fact kept lost } } }
  ... on Refusal { message }
} }
"""
UNMERGE = """
mutation ($id: UUID!) { unmergeCustomers(mergeId: $id, reason: "two") { __typename } }
"""


@pytest.fixture
def merge(harness: Harness, front_line: str):
    async def send(survivor: str, absorbed: str) -> Any:
        told = {"survivorId": survivor, "absorbedId": absorbed, "reason": "one"}
        return (await harness.graph(MERGE, as_=front_line, input=told))["mergeCustomers"]

    return send


@pytest.fixture
def unmerge(harness: Harness, front_line: str):
    async def send(merged: Any) -> None:
        answer = await harness.graph(UNMERGE, as_=front_line, id=merged["merge"]["id"])
        assert answer["unmergeCustomers"]["__typename"] == "CustomersWereUnmerged"

    return send


async def test_merged_people_stay_in_the_groups_of_both_and_go_back(
    a_customer, a_group, add_member, merge, unmerge, customer_of
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")
    bank, club = await a_group("G"), await a_group("C")
    await add_member(bank, ada, role="CONTACT")
    await add_member(bank, bob)
    await add_member(club, bob)
    before = [await customer_of(each, IN_GROUPS) for each in (ada, bob)]

    merged = await merge(ada, bob)

    both = {
        each["node"]["group"]["id"]: each["node"]["role"]
        for each in (await customer_of(ada, IN_GROUPS))["groups"]["edges"]
    }
    assert both == {bank: "CONTACT", club: "MEMBER"}
    await unmerge(merged)
    assert [await customer_of(each, IN_GROUPS) for each in (ada, bob)] == before


async def test_of_merged_groups_the_survivor_has_what_lies_below_both_and_all_of_it_goes_back(
    harness: Harness,
    a_customer,
    a_group,
    add_member,
    details,
    put_below,
    merge,
    unmerge,
    customer_of,
) -> None:
    ada = await a_customer("crm:A")
    top, one, other, leaf = [await a_group(f"G{place}") for place in range(4)]
    await details(one, **{"class": "B"})
    await details(other, accountManager="mia", **{"class": "A"})
    await put_below(other, top)
    await put_below(leaf, other)
    await add_member(other, ada)
    whole = (
        f"class accountManager parent {{ id }} {MEMBERS} children {{ edges {{ node {{ id }} }} }}"
    )
    before = [await customer_of(each, whole) for each in (one, other)]

    merged = await merge(one, other)

    assert merged["merge"]["lost"] == [{"fact": "class", "kept": "B", "lost": "A"}]
    assert await customer_of(one, whole) == {
        "class": "B",
        "accountManager": "mia",
        "parent": {"id": top},
        "members": {"edges": [{"node": {"role": "MEMBER", "member": {"id": ada}}}]},
        "children": {"edges": [{"node": {"id": leaf}}]},
    }
    last = (await harness.events_recorded(CHANGED))[-1]
    assert (last["customer_id"], last["parent_id"]) == (leaf, one)
    await unmerge(merged)
    assert [await customer_of(each, whole) for each in (one, other)] == before


async def test_groups_are_not_merged_into_what_lies_above_or_below_them(
    harness: Harness, a_group, put_below, merge
) -> None:
    top, middle, leaf = [await a_group(f"G{place}") for place in range(3)]
    await put_below(middle, top)
    await put_below(leaf, middle)
    told = await harness.events_recorded()

    refused = [await merge(top, leaf), await merge(leaf, top)]

    assert [each["__typename"] for each in refused] == ["CannotMerge"] * 2
    assert await harness.events_recorded() == told


async def test_a_group_whose_old_place_would_make_a_circle_now_comes_back_below_none(
    a_group, put_below, merge, unmerge, parent_of
) -> None:
    top, survivor, absorbed, leaf = [await a_group(f"G{place}") for place in range(4)]
    await put_below(absorbed, top)
    await put_below(leaf, absorbed)
    merged = await merge(survivor, absorbed)
    await put_below(survivor, None)
    await put_below(top, leaf)

    await unmerge(merged)

    assert await parent_of(leaf) == absorbed
    assert await parent_of(top) == leaf
    assert await parent_of(absorbed) is None


async def test_an_erased_group_lets_go_of_what_lay_below_it_and_of_its_members(
    harness: Harness, a_customer, a_group, add_member, put_below, parent_of, customer_of
) -> None:
    ada, top, leaf = await a_customer("crm:A"), await a_group("T"), await a_group("L")
    await put_below(leaf, top)
    await add_member(top, ada)
    erasure = {"request_id": uuid4(), "customer_id": top, "alias_ids": []}

    event = await harness.hear(ERASURE, erasure)
    await harness.hear(ERASURE, erasure, event_id=event)

    assert await customer_of(top, "id") is None
    assert await parent_of(leaf) is None
    assert (await customer_of(ada, IN_GROUPS))["groups"]["edges"] == []
    told = [each["customer_id"] for each in await harness.events_recorded(CHANGED)]
    assert told == [leaf, leaf]

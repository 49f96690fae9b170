"""Groups: their class and account manager, what lies below what, and who belongs to them."""

import asyncio
from collections import Counter
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest

from kit.testing.harness import Harness

CHANGED = "octoreach.customer.customer.changed.v1"
ERASURE = "octoreach.customer.erasure.requested.v1"
REFUSED = "... on Refusal { message } ... on NotFound { key }"
WRONG = "... on InvalidInput { field }"

DETAILS = f"""
mutation ($id: UUID!, $details: GroupDetailsInput!) {{
  it: setGroupDetails(groupId: $id, details: $details) {{
    __typename {REFUSED} {WRONG} ... on CustomerWasChanged {{ customer {{ class accountManager version }} }}
  }}
}}
"""
PARENT = f"""
mutation ($id: UUID!, $parent: UUID) {{ it: setGroupParent(groupId: $id, parentId: $parent) {{
  __typename {REFUSED} ... on CustomerWasChanged {{ customer {{ parent {{ id }} }} }}
  ... on NotAGroup {{ customerId }} ... on GroupsTooDeep {{ deepest }}
}} }}
"""
MEMBERSHIP = "membership { role since until group { id } member { id } }"
ADD = f"""
mutation ($input: GroupMemberInput!) {{ it: addGroupMember(input: $input) {{
  __typename {REFUSED} {WRONG} ... on GroupMembershipWasChanged {{ {MEMBERSHIP} }}
  ... on TooManyGroups {{ most }}
}} }}
"""
REMOVE = f"""
mutation ($group: UUID!, $member: UUID!) {{
  it: removeGroupMember(groupId: $group, memberId: $member) {{
    __typename {REFUSED} ... on GroupMembershipWasChanged {{ {MEMBERSHIP} }}
  }}
}}
"""
MERGE = """
mutation ($input: MergeCustomersInput!) { mergeCustomers(input: $input) {
  __typename ... on CustomersWereMerged { merge { id lost { fact kept lost } } }
  ... on Refusal { message }
} }
"""
UNMERGE = """
mutation ($id: UUID!) { unmergeCustomers(mergeId: $id, reason: "two") { __typename } }
"""
IN_GROUPS = "groups { edges { node { role group { id } } } }"
MEMBERS = "members { edges { node { role member { id } } } }"


@pytest.fixture
def a_group(a_customer):
    async def make(name: str = "G", **told: Any) -> str:
        return str(await a_customer(f"crm:{name}", kind="GROUP", **told))

    return make


@pytest.fixture
def details(harness: Harness, front_line: str):
    async def send(id_: str, *, as_: str = front_line, **said: Any) -> Any:
        return (await harness.graph(DETAILS, as_=as_, id=id_, details=said))["it"]

    return send


@pytest.fixture
def put_below(harness: Harness, front_line: str):
    async def send(id_: str, parent: str | None, *, as_: str = front_line) -> Any:
        return (await harness.graph(PARENT, as_=as_, id=id_, parent=parent))["it"]

    return send


@pytest.fixture
def add(harness: Harness, front_line: str):
    async def send(group: str, member: str, *, as_: str = front_line, **told: Any) -> Any:
        told |= {"groupId": group, "memberId": member}
        return (await harness.graph(ADD, as_=as_, input=told))["it"]

    return send


@pytest.fixture
def remove(harness: Harness, front_line: str):
    async def send(group: str, member: str, *, as_: str = front_line) -> Any:
        return (await harness.graph(REMOVE, as_=as_, group=group, member=member))["it"]

    return send


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


@pytest.fixture
def parent_of(customer_of):
    async def read(id_: str) -> str | None:
        parent = (await customer_of(id_, "parent { id }"))["parent"]
        return parent and str(parent["id"])

    return read


async def test_a_group_has_a_class_and_an_account_manager_and_everybody_is_told(
    harness: Harness, a_group, details
) -> None:
    bank = await a_group()

    answer = await details(bank, accountManager=" mia ", **{"class": "A"})
    again = await details(bank, accountManager="mia", **{"class": "A"})

    held = {"class": "A", "accountManager": "mia", "version": 2}
    assert answer == again == {"__typename": "CustomerWasChanged", "customer": held}
    [told] = await harness.events_recorded(CHANGED)
    assert (told["class"], told["account_manager"], told["parent_id"]) == ("A", "mia", None)


async def test_only_groups_have_details_a_parent_and_members(
    harness: Harness, a_customer, a_group, details, put_below, add
) -> None:
    ada, bank, fund = await a_customer("crm:A"), await a_group("B"), await a_group("F")
    told = await harness.events_recorded()

    refused = [
        await details(ada, **{"class": "A"}),
        await put_below(ada, bank),
        await put_below(bank, ada),
        await add(ada, ada),
        await add(bank, fund),
        await details(bank, accountManager="  "),
    ]

    assert [each["__typename"] for each in refused] == [
        "NotAGroup",
        "NotAGroup",
        "NotAGroup",
        "NotAGroup",
        "NotAnIndividual",
        "InvalidInput",
    ]
    assert refused[2]["customerId"] == ada
    assert await harness.events_recorded() == told


async def test_groups_outside_the_callers_units_are_not_found_and_not_shown(
    harness: Harness, a_customer, a_group, details, put_below, add, remove, customer_of
) -> None:
    ada = await a_customer("crm:A")
    head, here = await a_group("H", unit="hq.zj"), await a_group("B")
    await put_below(here, head)
    await add(head, ada)
    local = harness.token("front_line", unit="hq.zj.hz")
    told = await harness.events_recorded()

    refused = [
        await details(head, as_=local, **{"class": "C"}),
        await put_below(here, head, as_=local),
        await put_below(head, None, as_=local),
        await add(head, ada, as_=local),
        await remove(head, ada, as_=local),
        await put_below(here, str(uuid4())),
        await remove(here, ada),
    ]

    assert [each["__typename"] for each in refused] == ["NotFound"] * 7
    assert refused[0]["key"] == head
    assert await harness.events_recorded() == told
    shown = await customer_of(here, "parent { id }", as_=local)
    assert shown == {"parent": None}
    assert (await customer_of(ada, IN_GROUPS, as_=local))["groups"]["edges"] == []
    below_it = "children { edges { node { id } } }"
    assert (await customer_of(head, below_it))["children"]["edges"] == [{"node": {"id": here}}]


async def test_no_group_lies_below_itself_or_more_than_eight_levels_deep(
    harness: Harness, a_group, put_below, parent_of
) -> None:
    line = [await a_group(f"G{level}") for level in range(9)]
    for above, group in pairwise(line[:8]):
        assert (await put_below(group, above))["customer"] == {"parent": {"id": above}}
    told = await harness.events_recorded()

    refused = [
        await put_below(line[0], line[0]),
        await put_below(line[0], line[7]),
        await put_below(line[8], line[7]),
        await put_below(line[0], line[8]),
    ]

    assert [each["__typename"] for each in refused] == [
        "GroupsInACircle",
        "GroupsInACircle",
        "GroupsTooDeep",
        "GroupsTooDeep",
    ]
    assert refused[2]["deepest"] == 8
    assert await harness.events_recorded() == told
    assert await parent_of(line[0]) is None
    assert (await put_below(line[1], None))["customer"] == {"parent": None}
    assert (await put_below(line[0], line[7]))["customer"] == {"parent": {"id": line[7]}}


async def test_moves_at_once_never_make_a_circle(
    harness: Harness, a_group, put_below, parent_of
) -> None:
    ring = [await a_group(f"G{place}") for place in range(4)]

    answers = await asyncio.gather(
        *(put_below(ring[place], ring[(place + 1) % 4]) for place in range(4)),
        *(put_below(ring[place], ring[place - 1]) for place in range(4)),
    )

    assert {each["__typename"] for each in answers} == {"CustomerWasChanged", "GroupsInACircle"}
    parents = {each: await parent_of(each) for each in ring}
    for each in ring:
        seen, above = {each}, parents[each]
        while above is not None:
            assert above not in seen
            seen.add(above)
            above = parents[above]


async def test_an_individual_belongs_to_groups_in_roles_and_what_was_is_kept(
    a_customer, a_group, add, remove, customer_of
) -> None:
    ada, bank, club = await a_customer("crm:A"), await a_group("B"), await a_group("C")

    first = await add(bank, ada, since="2026-01-02T00:00:00Z")
    again = await add(bank, ada)
    await add(bank, ada, role="KEY_PERSON")
    await add(club, ada, role="CONTACT")
    left = await remove(club, ada)

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
    harness: Harness, a_customer, a_group, add, customer_of
) -> None:
    ada, bank = await a_customer("crm:A"), await a_group("B")
    await add(bank, ada, since="2026-01-02T00:00:00Z")

    refused = [
        await add(bank, ada, since="2999-01-01T00:00:00Z"),
        await add(bank, ada, role="CONTACT", since="2026-01-01T00:00:00Z"),
    ]

    assert [each.get("field") for each in refused] == ["since", "since"]
    [standing] = (await customer_of(bank, MEMBERS))["members"]["edges"]
    assert standing["node"]["role"] == "MEMBER"


async def test_an_individual_is_in_at_most_twenty_groups_however_many_ask_at_once(
    a_customer, a_group, add, remove, customer_of
) -> None:
    ada = await a_customer("crm:A")
    groups = [await a_group(f"G{number}") for number in range(22)]
    for each in groups[:18]:
        await add(each, ada)

    answers = await asyncio.gather(*(add(each, ada) for each in groups[18:]))

    assert Counter(each["__typename"] for each in answers) == {
        "GroupMembershipWasChanged": 2,
        "TooManyGroups": 2,
    }
    await remove(groups[0], ada)
    standing = await customer_of(ada, IN_GROUPS.replace("groups", "groups(first: 100)", 1))
    assert len(standing["groups"]["edges"]) == 19


async def test_the_same_member_added_many_times_at_once_is_one_member(
    a_customer, a_group, add, customer_of
) -> None:
    ada, bank = await a_customer("crm:A"), await a_group("B")

    answers = await asyncio.gather(*(add(bank, ada) for _ in range(5)))

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


async def test_a_computed_tag_follows_the_class_of_a_group(
    a_group, details, define_tag, reckon_everything, customer_of
) -> None:
    rule = {"compare": {"fact": "class", "operator": "EQUALS", "value": {"text": "A"}}}
    bank = await a_group()
    await define_tag("key-account", rule)
    await reckon_everything()

    await details(bank, **{"class": "A"})
    assert (await customer_of(bank, "tags { tag }"))["tags"] == [{"tag": "key-account"}]
    await details(bank, **{"class": "B"})
    assert (await customer_of(bank, "tags { tag }"))["tags"] == []


async def test_merged_people_stay_in_the_groups_of_both_and_go_back(
    a_customer, a_group, add, merge, unmerge, customer_of
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")
    bank, club = await a_group("G"), await a_group("C")
    await add(bank, ada, role="CONTACT")
    await add(bank, bob)
    await add(club, bob)
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
    harness: Harness, a_customer, a_group, add, details, put_below, merge, unmerge, customer_of
) -> None:
    ada = await a_customer("crm:A")
    top, one, other, leaf = [await a_group(f"G{place}") for place in range(4)]
    await details(one, **{"class": "B"})
    await details(other, accountManager="mia", **{"class": "A"})
    await put_below(other, top)
    await put_below(leaf, other)
    await add(other, ada)
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
    harness: Harness, a_customer, a_group, add, put_below, parent_of, customer_of
) -> None:
    ada, top, leaf = await a_customer("crm:A"), await a_group("T"), await a_group("L")
    await put_below(leaf, top)
    await add(top, ada)
    erasure = {"request_id": uuid4(), "customer_id": top, "alias_ids": []}

    event = await harness.hear(ERASURE, erasure)
    await harness.hear(ERASURE, erasure, event_id=event)

    assert await customer_of(top, "id") is None
    assert await parent_of(leaf) is None
    assert (await customer_of(ada, IN_GROUPS))["groups"]["edges"] == []
    told = [each["customer_id"] for each in await harness.events_recorded(CHANGED)]
    assert told == [leaf, leaf]

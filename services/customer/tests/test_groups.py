"""Groups: their class and account manager, what lies below what, and who belongs to them."""

import asyncio
from itertools import pairwise
from uuid import uuid4

from services.customer.tests.groups import CHANGED, IN_GROUPS

from kit.testing.harness import Harness


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
    harness: Harness, a_customer, a_group, details, put_below, add_member
) -> None:
    ada, bank, fund = await a_customer("crm:A"), await a_group("B"), await a_group("F")
    told = await harness.events_recorded()

    refused = [
        await details(ada, **{"class": "A"}),
        await put_below(ada, bank),
        await put_below(bank, ada),
        await add_member(ada, ada),
        await add_member(bank, fund),
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
    harness: Harness,
    a_customer,
    a_group,
    details,
    put_below,
    add_member,
    remove_member,
    customer_of,
) -> None:
    ada = await a_customer("crm:A")
    head, here = await a_group("H", unit="hq.zj"), await a_group("B")
    await put_below(here, head)
    await add_member(head, ada)
    local = harness.token("front_line", unit="hq.zj.hz")
    told = await harness.events_recorded()

    refused = [
        await details(head, as_=local, **{"class": "C"}),
        await put_below(here, head, as_=local),
        await put_below(head, None, as_=local),
        await add_member(head, ada, as_=local),
        await remove_member(head, ada, as_=local),
        await put_below(here, str(uuid4())),
        await remove_member(here, ada),
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

"""What is changed of one who was merged is changed of the survivor."""

import pytest

from kit.testing.harness import Harness

MERGE = """
mutation ($input: MergeCustomersInput!) { mergeCustomers(input: $input) {
  ... on CustomersWereMerged { merge { id } } } }
"""
UNMERGE = """
mutation ($id: UUID!) { unmergeCustomers(mergeId: $id, reason: "Twins") {
  __typename ... on Refusal { message } } }
"""


@pytest.fixture
def merged(harness: Harness, front_line: str):
    async def send(survivor: str, absorbed: str) -> str:
        told = {"survivorId": survivor, "absorbedId": absorbed, "reason": "One face"}
        answer = await harness.graph(MERGE, as_=front_line, input=told)
        return answer["mergeCustomers"]["merge"]["id"]

    return send


async def test_the_id_of_one_who_was_merged_changes_the_survivor(
    a_customer, merged, change, remove_identifier
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")
    await merged(ada, bob)

    changed = await change(bob, name="Ada", unit="hq.zj.nb")
    removed = await remove_identifier(bob, "crm:B")

    assert (changed["customer"]["id"], changed["customer"]["unit"]) == (ada, "hq.zj.nb")
    assert removed["customer"]["identifiers"] == [{"scheme": "crm", "value": "A"}]


async def test_a_merge_of_somebody_who_moved_is_taken_back_where_they_are_now(
    harness: Harness, a_customer, customer_of, merged, change, front_line
) -> None:
    whole = harness.token("front_line", unit="hq")
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")
    merge = await merged(ada, bob)
    await change(ada, as_=whole, unit="hq.gd")

    hidden = await harness.graph(UNMERGE, as_=front_line, id=merge)
    undone = await harness.graph(UNMERGE, as_=whole, id=merge)

    assert hidden["unmergeCustomers"]["__typename"] == "NotFound"
    assert undone["unmergeCustomers"]["__typename"] == "CustomersWereUnmerged"
    assert [await customer_of(e, "unit", as_=whole) for e in (ada, bob)] == [
        {"unit": "hq.gd"},
        {"unit": "hq.zj.hz"},
    ]


async def test_a_merge_is_not_taken_back_when_one_would_be_known_by_nothing(
    harness: Harness, a_customer, customer_of, merged, remove_identifier, front_line
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")
    merge = await merged(ada, bob)
    await remove_identifier(ada, "crm:B")

    refusal = (await harness.graph(UNMERGE, as_=front_line, id=merge))["unmergeCustomers"]

    assert refusal == {
        "__typename": "MergeNotUndone",
        "message": f"Customer {bob} would be known by nothing: their identifiers were removed or "
        "replaced since.",
    }
    assert await customer_of(bob, "id") == {"id": ada}


async def test_what_was_removed_and_given_anew_does_not_leave_with_a_merge_taken_back(
    harness: Harness, a_customer, customer_of, merged, remove_identifier, add_identifier, front_line
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B", "openid:o-1")
    merge = await merged(ada, bob)
    await remove_identifier(ada, "openid:o-1")
    await add_identifier(ada, "openid:o-1")

    await harness.graph(UNMERGE, as_=front_line, id=merge)

    find = '{ customerByIdentifier(scheme: "openid", value: "o-1") { id } }'
    assert (await harness.graph(find, as_=front_line))["customerByIdentifier"] == {"id": ada}
    values = "identifiers { value }"
    assert (await customer_of(ada, values))["identifiers"] == [{"value": "A"}, {"value": "o-1"}]
    assert (await customer_of(bob, values))["identifiers"] == [{"value": "B"}]

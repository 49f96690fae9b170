"""Merges of merged records, many at once, and how each is taken back."""

import asyncio
from collections import Counter

from services.customer.tests.merges import MERGED, SAID, consent, declared, tag

from kit.testing.harness import Harness


async def test_a_chain_is_taken_back_from_its_end(a_customer, customer_of, merge, unmerge) -> None:
    ada, bob, cid = [await a_customer(f"crm:{name}") for name in "ABC"]
    first = await merge(bob, cid)
    second = await merge(ada, bob)
    assert [(await customer_of(each, "id"))["id"] for each in (ada, bob, cid)] == [ada] * 3

    early = await unmerge(first["merge"]["id"])
    assert early["__typename"] == "MergeNotUndone"

    await unmerge(second["merge"]["id"])
    assert [(await customer_of(each, "id"))["id"] for each in (ada, bob, cid)] == [ada, bob, bob]
    await unmerge(first["merge"]["id"])
    again = await unmerge(first["merge"]["id"])
    assert again["__typename"] == "Conflict"
    everybody = [await customer_of(each, "id identifiers { value }") for each in (ada, bob, cid)]
    assert everybody == [
        {"id": ada, "identifiers": [{"value": "A"}]},
        {"id": bob, "identifiers": [{"value": "B"}]},
        {"id": cid, "identifiers": [{"value": "C"}]},
    ]


async def test_of_two_merged_into_one_the_earlier_is_taken_back_as_if_it_had_never_been(
    harness: Harness, a_customer, customer_of, merge, unmerge, alter, marketer
) -> None:
    await declared(harness, marketer, "city")
    ada, bob, cid = [
        await a_customer(
            f"crm:{name}", attributes=[{"name": "city", "value": city}] if city else []
        )
        for name, city in (("A", ""), ("B", "hz"), ("C", "nb"))
    ]
    for each in (bob, cid):
        await alter(tag(each, "loyal"))
        await alter(consent(each, False))
    await alter(consent(ada, True))
    whole = f"id attributes {{ name value }} tags {{ tag }} identifiers {{ value }} {SAID}"
    before = await customer_of(ada, whole)
    first = await merge(ada, bob)
    second = await merge(ada, cid)

    await unmerge(first["merge"]["id"])
    left = await customer_of(ada, whole)
    assert left["attributes"] == [{"name": "city", "value": "nb"}]
    assert left["tags"] == [{"tag": "loyal"}]
    assert [each["granted"] for each in left["consents"]] == [False]
    await unmerge(second["merge"]["id"])

    assert await customer_of(ada, whole) == before
    assert (await customer_of(cid, "attributes { value }"))["attributes"] == [{"value": "nb"}]


async def test_of_many_merges_of_the_same_two_at_once_one_is_done(
    harness: Harness, a_customer, merge
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")

    answers = await asyncio.gather(
        *(merge(ada, bob) for _ in range(3)), *(merge(bob, ada) for _ in range(3))
    )

    assert Counter(each["__typename"] for each in answers) == {
        "CustomersWereMerged": 1,
        "AlreadyMerged": 5,
    }
    assert len(await harness.events_recorded(MERGED)) == 1


async def test_a_ring_of_merges_at_once_leaves_one_customer(
    harness: Harness, a_customer, customer_of, merge
) -> None:
    ring = [await a_customer(f"crm:{name}") for name in "ABC"]

    await asyncio.gather(*(merge(ring[place], ring[(place + 1) % 3]) for place in range(3)))

    merges = await harness.events_recorded(MERGED)
    assert 1 <= len(merges) <= 2
    today = {(await customer_of(each, "id"))["id"] for each in ring}
    assert len(today) == 3 - len(merges)


async def test_every_merge_is_kept_for_who_has_to_answer_for_it(
    harness: Harness, a_customer, merge, unmerge, front_line
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")
    merged = await merge(ada, bob)
    await unmerge(merged["merge"]["id"])
    query = (
        "query ($id: UUID) { customerMerges(customerId: $id) { edges { node "
        "{ id survivorId absorbedId mergedBy undoneBy undoneFor } } } }"
    )

    kept = {
        "id": merged["merge"]["id"],
        "survivorId": ada,
        "absorbedId": bob,
        "mergedBy": "ada",
        "undoneBy": "ada",
        "undoneFor": "Twins",
    }
    for asked in (ada, bob, None):
        found = await harness.graph(query, as_=front_line, id=asked)
        assert found["customerMerges"]["edges"] == [{"node": kept}]
    elsewhere = harness.token("front_line", unit="hq.gd")
    assert (await harness.graph(query, as_=elsewhere))["customerMerges"]["edges"] == []

"""Two records of one person become one, nothing is lost, and it can be taken back."""

from typing import Any
from uuid import uuid4

import pytest
from services.customer.tests.merges import MERGED, REASON, SAID, consent, declared, tag

from kit.testing.harness import Harness

UNMERGED = "octoreach.customer.customer.unmerged.v1"
CHANGED = "octoreach.customer.customer.changed.v1"
NAMED = "octoreach.channel.customer.named.v1"
PLACED = "octoreach.channel.order.placed.v1"
HELD = "tags { tag } specialLists { list reason } holdings { productCode until }"


def ordered(id_: str, product: str) -> dict[str, Any]:
    return {
        "order_id": uuid4(),
        "customer_id": id_,
        "lines": [{"product_code": product, "quantity": 1, "amount_minor": 1}],
        "placed_at": "2026-01-12T00:00:00+00:00",
        "channel_code": "web",
        "amount_minor": 1,
        "currency": "CNY",
    }


async def test_the_survivor_has_everything_of_both_and_their_own_stands(
    harness: Harness, a_customer, customer_of, merge, alter, register, marketer
) -> None:
    await declared(harness, marketer, "plan", "city")
    await declared(harness, marketer, "roams", kind="BOOLEAN")
    own = [{"name": "plan", "value": "M"}, {"name": "roams", "value": "true"}]
    ada = await a_customer("crm:A", attributes=own)
    bob = await a_customer(
        "msisdn:+8613800000001",
        name="Ada",
        attributes=[
            {"name": "plan", "value": "L"},
            {"name": "city", "value": "hz"},
            {"name": "roams", "value": "false"},
        ],
    )
    await alter(tag(bob, "loyal"))
    await alter(f'putOnSpecialList(customerId: "{bob}", list: SENSITIVE, reason: "press")')
    await harness.hear(PLACED, ordered(bob, "fibre"))

    answer = await merge(ada, bob)

    assert answer["__typename"] == "CustomersWereMerged"
    assert answer["merge"]["lost"] == [
        {"fact": "attributes.plan", "kept": "M", "lost": "L"},
        {"fact": "attributes.roams", "kept": "true", "lost": "false"},
    ]
    assert answer["merge"]["reason"] == REASON
    assert (answer["merge"]["rule"], answer["merge"]["mergedBy"]) == ("HAND", "ada")
    assert {"what": "identifier.customer_id", "rows": 1} in answer["merge"]["moved"]
    assert await customer_of(ada, f"status name {HELD} identifiers {{ value }}") == {
        "status": "ACTIVE",
        "name": "Ada",
        "tags": [{"tag": "loyal"}],
        "specialLists": [{"list": "SENSITIVE", "reason": "press"}],
        "holdings": [{"productCode": "fibre", "until": None}],
        "identifiers": [{"value": "A"}, {"value": "+8613800000001"}],
    }
    [merged] = await harness.events_recorded(MERGED)
    assert (merged["customer_id"], merged["absorbed_id"]) == (ada, bob)
    changed = (await harness.events_recorded(CHANGED))[-1]
    assert (changed["customer_id"], changed["tags"]) == (ada, ["loyal"])


async def test_the_old_id_and_the_identifiers_of_the_absorbed_lead_to_the_survivor(
    harness: Harness, a_customer, customer_of, merge, alter, front_line
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")

    await merge(ada, bob)

    assert await customer_of(bob, "id") == {"id": ada}
    reference = {"__typename": "Customer", "id": bob}
    assert await harness.entity(reference, "id", as_=front_line) == {"id": ada}
    found = '{ customerByIdentifier(scheme: "crm", value: "B") { id } }'
    assert (await harness.graph(found, as_=front_line))["customerByIdentifier"] == {"id": ada}
    themselves = harness.token("customer", customer=bob, unit=None)
    assert await customer_of(ada, "id", as_=themselves) == {"id": ada}
    listed = await harness.graph("{ customers { edges { node { id } } } }", as_=front_line)
    assert listed["customers"]["edges"] == [{"node": {"id": ada}}]
    await harness.hear(PLACED, ordered(bob, "fibre"))
    await alter(tag(bob, "late"))
    late = await customer_of(
        ada, "holdings { productCode } tags { tag } timeline { edges { node { kind } } }"
    )
    assert late == {
        "holdings": [{"productCode": "fibre"}],
        "tags": [{"tag": "late"}],
        "timeline": {"edges": [{"node": {"kind": "order_placed"}}]},
    }


async def test_taken_back_both_are_as_they_were(
    harness: Harness, a_customer, customer_of, merge, unmerge, alter, marketer
) -> None:
    await declared(harness, marketer, "plan", "city")
    ada = await a_customer("crm:A", attributes=[{"name": "plan", "value": "M"}])
    bob = await a_customer("crm:B", name="Bob", attributes=[{"name": "city", "value": "hz"}])
    await alter(tag(ada, "loyal"))
    await alter(tag(bob, "loyal"))
    await alter(consent(ada, True))
    await alter(consent(bob, False, "sms"))
    await harness.hear(PLACED, ordered(bob, "fibre"))
    before = [await customer_of(each, f"id name {HELD} {SAID}") for each in (ada, bob)]

    merged = await merge(ada, bob)
    answer = await unmerge(merged["merge"]["id"])

    assert answer["restored"] == {"id": bob}
    assert answer["merge"] == {"undoneBy": "ada", "undoneFor": "Twins"}
    assert [await customer_of(each, f"id name {HELD} {SAID}") for each in (ada, bob)] == before
    [unmerged] = await harness.events_recorded(UNMERGED)
    assert (unmerged["customer_id"], unmerged["restored_id"]) == (ada, bob)
    told = (await harness.events_recorded(CHANGED))[-2:]
    assert [each["customer_id"] for each in told] == [bob, ada]
    versions = [
        each["version"]
        for each in await harness.events_recorded(CHANGED)
        if each["customer_id"] == bob
    ]
    assert versions == sorted(set(versions))


async def test_what_came_since_stays_with_the_survivor_and_a_no_counts_for_both(
    harness: Harness, a_customer, customer_of, merge, unmerge, alter
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")
    await alter(consent(bob, True))
    merged = await merge(ada, bob)
    await alter(tag(ada, "since"))
    await alter(consent(ada, False))
    await harness.hear(PLACED, ordered(bob, "since"))

    await unmerge(merged["merge"]["id"])

    ours = await customer_of(ada, f"{HELD} {SAID}")
    assert ours["tags"] == [{"tag": "since"}]
    assert [each["productCode"] for each in ours["holdings"]] == ["since"]
    no = {"purpose": "marketing", "channelKind": None, "granted": False}
    assert ours["consents"] == [no]
    theirs = await customer_of(bob, f"id {HELD} {SAID}")
    assert (theirs["id"], theirs["tags"], theirs["holdings"]) == (bob, [], [])
    assert theirs["consents"] == [no]


@pytest.mark.parametrize(
    ("own", "theirs", "together"),
    [
        ([(True, "null")], [(False, "null")], {None: False}),
        ([(True, "null")], [], {None: True}),
        ([], [(True, "sms")], {"sms": True}),
        ([(True, "sms")], [(False, "null")], {"sms": False, None: False}),
        ([(False, "null")], [(True, "sms")], {"sms": False, None: False}),
        ([(True, "null")], [(False, "sms")], {"sms": False, None: True}),
    ],
)
async def test_of_two_words_about_being_approached_the_stricter_counts(
    a_customer, customer_of, merge, alter, own, theirs, together
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")
    for id_, said in ((ada, own), (bob, theirs)):
        for granted, kind in said:
            await alter(consent(id_, granted, kind))

    await merge(ada, bob)

    found = (await customer_of(ada, SAID))["consents"]
    assert {each["channelKind"]: each["granted"] for each in found} == together


async def test_a_preview_says_what_a_merge_would_lead_to_and_changes_nothing(
    harness: Harness, a_customer, customer_of, front_line, marketer
) -> None:
    await declared(harness, marketer, "plan")
    ada = await a_customer("crm:A", name="Ada", attributes=[{"name": "plan", "value": "M"}])
    bob = await a_customer("crm:B", name="Ada L", attributes=[{"name": "plan", "value": "L"}])
    told = len(await harness.events_recorded())

    answer = await harness.graph(
        "query ($a: UUID!, $b: UUID!) { mergePreview(survivorId: $a, absorbedId: $b) { "
        "__typename ... on MergePreview { lost { fact kept lost } "
        "customer { id identifiers { value } } } } }",
        as_=front_line,
        a=ada,
        b=bob,
    )

    assert answer["mergePreview"] == {
        "__typename": "MergePreview",
        "lost": [
            {"fact": "name", "kept": "Ada", "lost": "Ada L"},
            {"fact": "attributes.plan", "kept": "M", "lost": "L"},
        ],
        "customer": {"id": ada, "identifiers": [{"value": "A"}, {"value": "B"}]},
    }
    assert (await customer_of(bob, "id"))["id"] == bob
    assert len(await harness.events_recorded()) == told


async def test_what_cannot_be_merged_is_refused_and_changes_nothing(
    harness: Harness, a_customer, merge, unmerge
) -> None:
    ada, bob, cid = [await a_customer(f"crm:{name}") for name in "ABC"]
    group = await a_customer("crm:G", kind="GROUP")
    merged = await merge(ada, bob)
    told = await harness.events_recorded()
    elsewhere = harness.token("front_line", unit="hq.zj.nb")
    nobody = str(uuid4())

    refused = [
        await merge(ada, ada),
        await merge(ada, nobody),
        await merge(ada, group),
        await merge(cid, bob),
        await merge(bob, cid),
        await merge(ada, cid, as_=elsewhere),
        await merge(bob, cid, as_=elsewhere),
        await merge(ada, cid, why=" "),
        await unmerge(nobody),
        await unmerge(merged["merge"]["id"], as_=elsewhere),
    ]

    assert [each["__typename"] for each in refused] == [
        "InvalidInput",
        "NotFound",
        "CannotMerge",
        "AlreadyMerged",
        "AlreadyMerged",
        "NotFound",
        "NotFound",
        "InvalidInput",
        "NotFound",
        "NotFound",
    ]
    assert refused[3]["survivorId"] == ada
    assert await harness.events_recorded() == told


async def test_whoever_was_named_elsewhere_while_they_were_registered_here_is_told_as_merged(
    harness: Harness, a_customer
) -> None:
    ada = await a_customer("crm:C-1")
    second = str(uuid4())
    named = {"customer_id": second, "scheme": "crm", "value": "C-1", "unit": "hq.zj"}

    event = await harness.hear(NAMED, named)
    await harness.hear(NAMED, named, event_id=event)
    await harness.hear(NAMED, named)

    [merged] = await harness.events_recorded(MERGED)
    assert (merged["customer_id"], merged["absorbed_id"]) == (ada, second)

"""An identifier that is removed finds nobody, and never the last one goes."""

import asyncio
from collections import Counter

import pytest
from services.customer.tests.amendments import CHANGED

from kit.testing.harness import GraphFailed, Harness


async def test_a_removed_identifier_finds_nobody_and_may_be_somebody_elses(
    harness: Harness, a_customer, customer_of, remove_identifier, add_identifier, front_line
) -> None:
    ada = await a_customer("crm:C-1", "msisdn:+8613812345678")
    bob = await a_customer("crm:C-2")
    find = """{ searchCustomers(by: PHONE, text: "5678", first: 5) { edges { node { id } } }
      customerByIdentifier(scheme: "msisdn", value: "+8613812345678") { id } }"""

    answer = await remove_identifier(ada, "msisdn:0086 138-1234-5678")
    gone = await harness.graph(find, as_=front_line)
    given = await add_identifier(bob, "msisdn:+8613812345678")

    left = [{"scheme": "crm", "value": "C-1"}]
    assert answer == {
        "__typename": "CustomerWasChanged",
        "customer": {"version": 2, "identifiers": left},
    }
    told = (await harness.events_recorded(CHANGED))[0]
    assert (told["customer_id"], told["identifiers"]) == (ada, left)
    assert gone == {"searchCustomers": {"edges": []}, "customerByIdentifier": None}
    assert given["__typename"] == "CustomerWasChanged"
    found = await harness.graph(find, as_=front_line)
    assert found["customerByIdentifier"] == {"id": bob}


async def test_the_last_identifier_and_one_that_is_not_theirs_are_not_removed(
    harness: Harness, a_customer, customer_of, remove_identifier
) -> None:
    ada = await a_customer("crm:C-1")
    await a_customer("email:bob@x.y")
    elsewhere = harness.token("front_line", unit="hq.gd")

    last = await remove_identifier(ada, "crm:C-1")
    foreign = await remove_identifier(ada, "email:bob@x.y")
    hidden = await remove_identifier(ada, "crm:C-1", as_=elsewhere)

    assert last == {
        "__typename": "LastIdentifier",
        "customerId": ada,
        "message": f"Customer {ada} is known by this identifier alone.",
    }
    assert foreign == {
        "__typename": "NotFound",
        "message": "There is no identifier b***@x.y.",
        "kind": "identifier",
        "key": "b***@x.y",
    }
    assert (hidden["kind"], hidden["key"]) == ("customer", ada)
    assert await customer_of(ada, "version identifiers { value }") == {
        "version": 1,
        "identifiers": [{"value": "C-1"}],
    }
    assert await harness.events_recorded(CHANGED) == []


async def test_what_was_checked_to_be_theirs_takes_an_officer_to_remove(
    a_customer, customer_of, remove_identifier, add_identifier, officer
) -> None:
    ada = await a_customer("crm:C-1")
    await add_identifier(ada, "email:ada@x.y", verified=True)

    with pytest.raises(GraphFailed) as failed:
        await remove_identifier(ada, "email:ada@x.y")
    kept = await customer_of(ada, "version")
    done = await remove_identifier(ada, "email:ada@x.y", as_=officer)

    assert (failed.value.codes, kept) == (["FORBIDDEN"], {"version": 2})
    assert (done["__typename"], done["customer"]["version"]) == ("CustomerWasChanged", 3)


async def test_of_many_who_remove_one_identifier_at_once_one_does(
    harness: Harness, a_customer, remove_identifier
) -> None:
    ada = await a_customer("crm:C-1", "email:ada@x.y")

    answers = await asyncio.gather(*(remove_identifier(ada, "email:ada@x.y") for _ in range(5)))

    assert Counter(each["__typename"] for each in answers) == {
        "CustomerWasChanged": 1,
        "NotFound": 4,
    }
    assert len(await harness.events_recorded(CHANGED)) == 1


async def test_of_two_who_remove_the_last_two_identifiers_at_once_one_is_refused(
    a_customer, customer_of, remove_identifier
) -> None:
    ada = await a_customer("crm:C-1", "email:ada@x.y")

    answers = await asyncio.gather(
        *(remove_identifier(ada, each) for each in ("crm:C-1", "email:ada@x.y"))
    )

    kinds = Counter(each["__typename"] for each in answers)
    assert kinds == {"CustomerWasChanged": 1, "LastIdentifier": 1}
    assert len((await customer_of(ada, "identifiers { value }"))["identifiers"]) == 1


async def test_an_identifier_that_is_removed_while_others_claim_it_is_one_persons_in_the_end(
    harness: Harness, a_customer, remove_identifier, add_identifier, front_line
) -> None:
    ada = await a_customer("crm:C-1", "openid:o-1")
    others = [await a_customer(f"crm:D-{number}") for number in range(4)]

    removed, *claimed = await asyncio.gather(
        remove_identifier(ada, "openid:o-1"),
        *(add_identifier(each, "openid:o-1") for each in others),
    )

    assert removed["__typename"] == "CustomerWasChanged"
    kinds = Counter(each["__typename"] for each in claimed)
    assert kinds["CustomerWasChanged"] <= 1
    assert kinds["CustomerWasChanged"] + kinds["MergeWasProposed"] == 4
    find = '{ customerByIdentifier(scheme: "openid", value: "o-1") { id } }'
    owner = (await harness.graph(find, as_=front_line))["customerByIdentifier"]
    winners = [
        {"id": each}
        for each, answer in zip(others, claimed, strict=True)
        if answer["__typename"] == "CustomerWasChanged"
    ]
    assert winners == ([owner] if owner else [])

"""Two records that claim one identifier: one customer, or a question for a person."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from kit.testing.harness import GraphFailed, Harness

MERGED = "octoreach.customer.customer.merged.v1"
PAIR = "candidates { id scheme why state one { id } other { id } }"
ADD = f"""
mutation ($id: UUID!, $identifier: CustomerIdentifierInput!) {{
  addIdentifier(customerId: $id, identifier: $identifier) {{
    __typename
    ... on CustomerWasChanged {{ customer {{ id identifiers {{ value verifiedAt }} }} }}
    ... on CustomersWereMerged {{ customer {{ id }} merge {{ id rule absorbedId reason }} }}
    ... on MergeWasProposed {{ {PAIR} }}
    ... on Refusal {{ message }}
  }}
}}
"""
REGISTER = f"""
mutation ($input: NewCustomerInput!) {{ registerCustomer(input: $input) {{
  __typename
  ... on CustomerWasRegistered {{ customer {{ id identifiers {{ value }} }} {PAIR} }}
  ... on CustomersWereMerged {{ customer {{ id identifiers {{ value }} }} merge {{ rule }} }}
  ... on IdentifierTaken {{ scheme }}
}} }}
"""
QUEUE = """
query ($state: MergeCandidateState! = OPEN) { mergeCandidates(state: $state) {
  edges { node { id state decidedBy reason one { id } other { id } } } } }
"""


def identifier(told: str, *, verified: bool = False) -> dict[str, Any]:
    scheme, _, value = told.partition(":")
    return {"scheme": scheme, "value": value, "verified": verified}


@pytest.fixture
def add(harness: Harness, front_line: str):
    async def send(id_: str, told: str, *, verified: bool = False, as_: str = front_line) -> Any:
        answer = await harness.graph(
            ADD, as_=as_, id=id_, identifier=identifier(told, verified=verified)
        )
        return answer["addIdentifier"]

    return send


@pytest.fixture
def enrol(harness: Harness, front_line: str):
    """Registers somebody; those after `|` were checked."""

    async def send(*told: str, as_: str = front_line) -> Any:
        identifiers = [identifier(each.rstrip("|"), verified=each.endswith("|")) for each in told]
        new = {"unit": "hq.zj.hz", "identifiers": identifiers}
        return (await harness.graph(REGISTER, as_=as_, input=new))["registerCustomer"]

    return send


@pytest.fixture
def queue(harness: Harness, front_line: str):
    async def read(state: str = "OPEN", *, as_: str = front_line) -> list[Any]:
        found = (await harness.graph(QUEUE, as_=as_, state=state))["mergeCandidates"]
        return [each["node"] for each in found["edges"]]

    return read


async def test_an_identifier_that_was_checked_says_so(a_customer, add) -> None:
    ada = await a_customer("crm:A")

    answer = await add(ada, "crm:A", verified=True)
    [known] = answer["customer"]["identifiers"]
    again = await add(ada, "crm:A", verified=True)

    assert known["verifiedAt"] is not None
    assert again["customer"]["identifiers"] == [known]


async def test_an_identifier_checked_for_both_makes_them_one(
    harness: Harness, a_customer, add, customer_of
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")
    await add(ada, "email:a@x.cn", verified=True)

    answer = await add(bob, "email:A@x.cn", verified=True)

    assert (answer["__typename"], answer["customer"]) == ("CustomersWereMerged", {"id": ada})
    assert answer["merge"]["rule"] == "VERIFIED_IDENTIFIER"
    assert answer["merge"]["absorbedId"] == bob
    assert (await customer_of(bob, "id"))["id"] == ada
    assert len(await harness.events_recorded(MERGED)) == 1


@pytest.mark.parametrize(("theirs", "ours"), [(False, False), (True, False), (False, True)])
async def test_an_identifier_not_checked_for_both_is_a_question_for_a_person(
    harness: Harness, a_customer, add, queue, theirs: bool, ours: bool
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")
    await add(ada, "email:a@x.cn", verified=theirs)
    told = await harness.events_recorded()

    answer = await add(bob, "email:a@x.cn", verified=ours)
    await add(bob, "email:a@x.cn", verified=ours)

    assert answer["__typename"] == "MergeWasProposed"
    [candidate] = answer["candidates"]
    assert {candidate["one"]["id"], candidate["other"]["id"]} == {ada, bob}
    assert [each["id"] for each in await queue()] == [candidate["id"]]
    assert await harness.events_recorded() == told


async def test_who_registers_with_a_checked_identifier_of_somebody_known_is_them(
    enrol, customer_of
) -> None:
    known = await enrol("crm:A", "msisdn:+8613800000001|")

    answer = await enrol("crm:B", "msisdn:138-0000-0001".replace("138", "86138", 1) + "|")

    assert answer["__typename"] == "CustomersWereMerged"
    assert answer["customer"]["id"] == known["customer"]["id"]
    values = [each["value"] for each in answer["customer"]["identifiers"]]
    assert values == ["A", "+8613800000001", "B"]


async def test_who_registers_with_an_unchecked_one_is_registered_and_asked_about(
    enrol, queue
) -> None:
    known = await enrol("crm:A", "email:a@x.cn")

    answer = await enrol("crm:B", "email:a@x.cn")
    refused = await enrol("email:a@x.cn")

    assert answer["__typename"] == "CustomerWasRegistered"
    assert answer["customer"]["identifiers"] == [{"value": "B"}]
    [pair] = await queue()
    assert {pair["one"]["id"], pair["other"]["id"]} == {
        known["customer"]["id"],
        answer["customer"]["id"],
    }
    assert refused == {"__typename": "IdentifierTaken", "scheme": "email"}


async def decide(harness: Harness, how: str, id_: str, as_: str) -> Any:
    merged = "... on CustomersWereMerged { customer { id } merge { id rule } }"
    more = merged if how == "acceptMergeCandidate" else ""
    query = (
        f'mutation ($id: UUID!) {{ {how}(id: $id, reason: "asked them") {{ __typename {more} }} }}'
    )
    return (await harness.graph(query, as_=as_, id=id_))[how]


async def test_an_accepted_candidate_is_merged_into_whom_we_know_longer(
    harness: Harness, a_customer, add, queue, front_line
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")
    [candidate] = (await add(bob, "crm:A"))["candidates"]

    answers = await asyncio.gather(
        *(decide(harness, "acceptMergeCandidate", candidate["id"], front_line) for _ in range(3))
    )

    assert Counter(each["__typename"] for each in answers) == {
        "CustomersWereMerged": 1,
        "Conflict": 2,
    }
    [done] = [each for each in answers if each["__typename"] == "CustomersWereMerged"]
    assert (done["customer"]["id"], done["merge"]["rule"]) == (ada, "CANDIDATE")
    assert await queue() == []
    [decided] = await queue("MERGED")
    assert (decided["decidedBy"], decided["reason"]) == ("ada", "asked them")


async def test_a_dismissed_pair_is_never_proposed_or_merged_by_itself_again(
    harness: Harness, a_customer, add, queue, front_line
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")
    await add(ada, "crm:A", verified=True)
    [candidate] = (await add(bob, "crm:A"))["candidates"]

    answer = await decide(harness, "dismissMergeCandidate", candidate["id"], front_line)
    again = await add(bob, "crm:A", verified=True)

    assert answer["__typename"] == "MergeCandidateWasDismissed"
    assert await queue() == []
    assert [each["state"] for each in again["candidates"]] == ["DISMISSED"]
    assert await harness.events_recorded(MERGED) == []


async def test_who_was_taken_apart_by_a_person_is_not_merged_by_a_rule(
    harness: Harness, a_customer, add, front_line
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")
    await add(ada, "crm:A", verified=True)
    merged = await add(bob, "crm:A", verified=True)
    await harness.graph(
        'mutation ($id: UUID!) { unmergeCustomers(mergeId: $id, reason: "two") { __typename } }',
        as_=front_line,
        id=merged["merge"]["id"],
    )

    again = await add(bob, "crm:A", verified=True)

    assert again["__typename"] == "MergeWasProposed"


async def test_nobody_merges_or_sees_across_units_that_are_not_theirs(
    harness: Harness, register, add, queue, marketer
) -> None:
    there = harness.token("front_line", unit="hq.gd")
    theirs = await register("crm:A", unit="hq.gd.gz", as_=there)
    await add(theirs["customer"]["id"], "crm:A", verified=True, as_=there)
    ours = await register("crm:B")

    answer = await add(ours["customer"]["id"], "crm:A", verified=True)

    assert answer["__typename"] == "MergeWasProposed"
    shown = {side["id"] for side in (answer["candidates"][0][k] for k in ("one", "other")) if side}
    assert shown == {ours["customer"]["id"]}
    assert await queue() == []
    assert len(await queue(as_=marketer)) == 1
    assert await harness.events_recorded(MERGED) == []


async def test_only_who_may_merges(harness: Harness, a_customer, marketer) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")

    with pytest.raises(GraphFailed) as failed:
        await harness.graph(
            "mutation ($a: UUID!, $b: UUID!) { mergeCustomers(input: "
            '{ survivorId: $a, absorbedId: $b, reason: "x" }) { __typename } }',
            as_=marketer,
            a=ada,
            b=bob,
        )

    assert failed.value.codes == ["FORBIDDEN"]

"""Colleagues put right who a customer is, and by what they are recognised."""

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest

from kit.testing.harness import GraphFailed, Harness

CHANGED = "octoreach.customer.customer.changed.v1"
SHOWN = "id version name status unit timeZone"
CHANGE = f"""
mutation ($input: ChangeCustomerInput!) {{ changeCustomer(input: $input) {{
  __typename
  ... on CustomerWasChanged {{ customer {{ {SHOWN} }} }}
  ... on Refusal {{ message }} ... on InvalidInput {{ field }} ... on NotFound {{ kind key }}
}} }}
"""
REMOVE = """
mutation ($id: UUID!, $scheme: String!, $value: String!) {
  removeIdentifier(customerId: $id, scheme: $scheme, value: $value) {
    __typename
    ... on CustomerWasChanged { customer { version identifiers { scheme value } } }
    ... on LastIdentifier { customerId }
    ... on Refusal { message } ... on NotFound { kind key }
  }
}
"""
ADD = """
mutation ($id: UUID!, $identifier: CustomerIdentifierInput!) {
  addIdentifier(customerId: $id, identifier: $identifier) {
    __typename
    ... on MergeWasProposed { candidates { id } }
  }
}
"""
OPEN = """
mutation ($input: SubjectRequestInput!) { openSubjectRequest(input: $input) {
  ... on SubjectRequestWasOpened { request { id } } } }
"""


@pytest.fixture
def change(harness: Harness, front_line: str):
    async def send(id_: str, *, as_: str = front_line, **wanted: Any) -> Any:
        told = {"customerId": id_, **wanted}
        return (await harness.graph(CHANGE, as_=as_, input=told))["changeCustomer"]

    return send


@pytest.fixture
def remove(harness: Harness, front_line: str):
    async def send(id_: str, told: str, *, as_: str = front_line) -> Any:
        scheme, _, value = told.partition(":")
        answer = await harness.graph(REMOVE, as_=as_, id=id_, scheme=scheme, value=value)
        return answer["removeIdentifier"]

    return send


@pytest.fixture
def add(harness: Harness, front_line: str):
    async def send(id_: str, told: str, *, verified: bool = False) -> Any:
        scheme, _, value = told.partition(":")
        identifier = {"scheme": scheme, "value": value, "verified": verified}
        answer = await harness.graph(ADD, as_=front_line, id=id_, identifier=identifier)
        return answer["addIdentifier"]

    return send


@pytest.fixture
def officer(harness: Harness) -> str:
    return harness.token("operator", unit="hq", subject="olga", scope="privacy:handle")


async def test_what_is_given_of_a_customer_changes_and_the_rest_stays(
    harness: Harness, a_customer, change
) -> None:
    known = await a_customer(name="张三")

    renamed = await change(known, name=" 张三丰 ")
    rest = await change(known, status="ACTIVE", unit="hq.zj.nb", timeZone="Asia/Urumqi")

    assert (renamed["customer"]["name"], renamed["customer"]["version"]) == ("张三丰", 2)
    assert rest == {
        "__typename": "CustomerWasChanged",
        "customer": {
            "id": known,
            "version": 3,
            "name": "张三丰",
            "status": "ACTIVE",
            "unit": "hq.zj.nb",
            "timeZone": "Asia/Urumqi",
        },
    }
    told = (await harness.events_recorded(CHANGED))[-1]
    assert (told["customer_id"], told["version"]) == (known, 3)
    assert (told["status"], told["unit"]) == ("active", "hq.zj.nb")
    assert told["time_zone"] == "Asia/Urumqi"


async def test_what_holds_already_is_no_change_and_nothing_is_told(
    harness: Harness, a_customer, change
) -> None:
    known = await a_customer(name="Ada")
    same = {"name": "Ada ", "status": "PROSPECT", "unit": "hq.zj.hz", "timeZone": "Asia/Shanghai"}

    answers = [await change(known, **each) for each in (same, {})]

    assert [answer["customer"]["version"] for answer in answers] == [1, 1]
    assert await harness.events_recorded(CHANGED) == []


async def test_a_name_can_be_forgotten(a_customer, change) -> None:
    known = await a_customer(name="Ada")

    assert (await change(known, name=None))["customer"]["name"] is None


NOT_NULL = "is not null; leave it out to keep it"


@pytest.mark.parametrize(
    ("wrong", "field", "message"),
    [
        ({"name": " "}, "name", "is a text of 1 to 200 characters"),
        ({"name": "a\tb" * 100}, "name", "is a text of 1 to 200 characters"),
        ({"status": None}, "status", NOT_NULL),
        ({"unit": None}, "unit", NOT_NULL),
        ({"unit": "HQ/zj"}, "unit", None),
        ({"timeZone": None}, "timeZone", NOT_NULL),
        ({"timeZone": "Mars/Olympus"}, "timeZone", "is a time zone such as Asia/Shanghai"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_its_field_and_nothing_changes(
    harness: Harness, a_customer, customer_of, change, wrong: dict, field: str, message: str | None
) -> None:
    known = await a_customer(name="Ada")
    given = {"name": "Bob", "status": "CHURNED"} | wrong

    refusal = await change(known, **given)

    assert (refusal["__typename"], refusal["field"]) == ("InvalidInput", field)
    assert message in (refusal["message"], None)
    seen = await customer_of(known, "version name status")
    assert seen == {"version": 1, "name": "Ada", "status": "PROSPECT"}
    assert await harness.events_recorded(CHANGED) == []


async def test_a_customer_moves_within_the_units_of_the_caller_alone(
    harness: Harness, a_customer, customer_of, change
) -> None:
    known = await a_customer()
    elsewhere = harness.token("front_line", unit="hq.gd")
    hidden = {"__typename": "NotFound", "kind": "customer", "key": known}

    with pytest.raises(GraphFailed) as out:
        await change(known, unit="hq.gd", name="Eve")
    taken = await change(known, as_=elsewhere, unit="hq.gd")
    unknown = await change(str(uuid4()), name="Eve")

    assert out.value.codes == ["FORBIDDEN"]
    assert taken == hidden | {"message": f"There is no customer {known}."}
    assert unknown["__typename"] == "NotFound"
    assert await customer_of(known, "version name unit") == {
        "version": 1,
        "name": None,
        "unit": "hq.zj.hz",
    }
    assert await harness.events_recorded(CHANGED) == []


async def test_only_who_works_with_customers_changes_them(
    harness: Harness, a_customer, change, remove
) -> None:
    known = await a_customer("crm:C-1", "email:a@x.y")

    for role in ("analyst", "approver", "partner", "customer"):
        stranger = harness.token(role, unit="hq", customer=known)
        for asked in (
            change(known, as_=stranger, name="Eve"),
            remove(known, "crm:C-1", as_=stranger),
        ):
            with pytest.raises(GraphFailed) as failed:
                await asked
            assert failed.value.codes == ["FORBIDDEN"]

    assert await harness.events_recorded(CHANGED) == []


async def test_tags_follow_a_change_at_once_as_do_those_of_a_unit(
    harness: Harness, a_customer, customer_of, change, define_tag
) -> None:
    compared = {"fact": "status", "operator": "EQUALS", "value": {"text": "active"}}
    rule = {"compare": compared}
    await define_tag("served", rule)
    await define_tag("served_in_hangzhou", rule, unit="hq.zj.hz")
    known = await a_customer()

    async def tags() -> set[str]:
        return {each["tag"] for each in (await customer_of(known, "tags { tag }"))["tags"]}

    await change(known, status="ACTIVE")
    active = await tags()
    await change(known, unit="hq.zj.nb")
    moved = await tags()
    await change(known, status="CHURNED")

    assert (active, moved, await tags()) == ({"served", "served_in_hangzhou"}, {"served"}, set())


async def test_changes_at_once_all_take_effect_one_after_another(
    harness: Harness, a_customer, customer_of, change
) -> None:
    known = await a_customer()
    units = [{"unit": f"hq.zj.{number}"} for number in range(4)]
    wanted = [*units, {"name": "Ada"}, {"status": "ACTIVE"}, {"timeZone": "Asia/Urumqi"}]

    answers = await asyncio.gather(*(change(known, **each) for each in wanted))

    assert {answer["__typename"] for answer in answers} == {"CustomerWasChanged"}
    seen = await customer_of(known, "version name status unit timeZone")
    assert seen.pop("unit") in {each["unit"] for each in units}
    assert seen == {"version": 8, "name": "Ada", "status": "ACTIVE", "timeZone": "Asia/Urumqi"}
    versions = sorted(event["version"] for event in await harness.events_recorded(CHANGED))
    assert versions == list(range(2, 9))


async def test_what_waits_for_a_decision_goes_to_the_new_unit_with_the_customer(
    harness: Harness, a_customer, change, add, officer
) -> None:
    whole = harness.token("front_line", unit="hq")
    ada = await a_customer("crm:A")
    bob = await a_customer("crm:B", unit="hq.zj.nb")
    [pair] = (await add(ada, "crm:B"))["candidates"]
    asked = {"customerId": ada, "kind": "EXPORT", "identityCheck": "Saw their passport."}
    opened = (await harness.graph(OPEN, as_=whole, input=asked))["openSubjectRequest"]["request"]
    waiting = """{ mergeCandidates { edges { node { id } } }
      subjectRequests { edges { node { id } } } }"""

    async def seen(unit: str) -> tuple[list[str], list[str]]:
        there = harness.token("operator", unit=unit, scope="privacy:handle")
        found = await harness.graph(waiting, as_=there)
        return tuple([edge["node"]["id"] for edge in each["edges"]] for each in found.values())

    before = [await seen(unit) for unit in ("hq.zj", "hq.gd")]
    for each in (ada, bob):
        await change(each, as_=whole, unit="hq.gd.sz")
    after = [await seen(unit) for unit in ("hq.zj", "hq.gd")]

    assert before == [([pair["id"]], [opened["id"]]), ([], [])]
    assert after == before[::-1]


async def test_a_removed_identifier_finds_nobody_and_may_be_somebody_elses(
    harness: Harness, a_customer, customer_of, remove, add, front_line
) -> None:
    ada = await a_customer("crm:C-1", "msisdn:+8613812345678")
    bob = await a_customer("crm:C-2")
    find = """{ searchCustomers(by: PHONE, text: "5678", first: 5) { edges { node { id } } }
      customerByIdentifier(scheme: "msisdn", value: "+8613812345678") { id } }"""

    answer = await remove(ada, "msisdn:0086 138-1234-5678")
    gone = await harness.graph(find, as_=front_line)
    given = await add(bob, "msisdn:+8613812345678")

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
    harness: Harness, a_customer, customer_of, remove
) -> None:
    ada = await a_customer("crm:C-1")
    await a_customer("email:bob@x.y")
    elsewhere = harness.token("front_line", unit="hq.gd")

    last = await remove(ada, "crm:C-1")
    foreign = await remove(ada, "email:bob@x.y")
    hidden = await remove(ada, "crm:C-1", as_=elsewhere)

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
    a_customer, customer_of, remove, add, officer
) -> None:
    ada = await a_customer("crm:C-1")
    await add(ada, "email:ada@x.y", verified=True)

    with pytest.raises(GraphFailed) as failed:
        await remove(ada, "email:ada@x.y")
    kept = await customer_of(ada, "version")
    done = await remove(ada, "email:ada@x.y", as_=officer)

    assert (failed.value.codes, kept) == (["FORBIDDEN"], {"version": 2})
    assert (done["__typename"], done["customer"]["version"]) == ("CustomerWasChanged", 3)


async def test_of_many_who_remove_one_identifier_at_once_one_does(
    harness: Harness, a_customer, remove
) -> None:
    ada = await a_customer("crm:C-1", "email:ada@x.y")

    answers = await asyncio.gather(*(remove(ada, "email:ada@x.y") for _ in range(5)))

    assert Counter(each["__typename"] for each in answers) == {
        "CustomerWasChanged": 1,
        "NotFound": 4,
    }
    assert len(await harness.events_recorded(CHANGED)) == 1


async def test_of_two_who_remove_the_last_two_identifiers_at_once_one_is_refused(
    a_customer, customer_of, remove
) -> None:
    ada = await a_customer("crm:C-1", "email:ada@x.y")

    answers = await asyncio.gather(*(remove(ada, each) for each in ("crm:C-1", "email:ada@x.y")))

    kinds = Counter(each["__typename"] for each in answers)
    assert kinds == {"CustomerWasChanged": 1, "LastIdentifier": 1}
    assert len((await customer_of(ada, "identifiers { value }"))["identifiers"]) == 1


async def test_an_identifier_that_is_removed_while_others_claim_it_is_one_persons_in_the_end(
    harness: Harness, a_customer, remove, add, front_line
) -> None:
    ada = await a_customer("crm:C-1", "openid:o-1")
    others = [await a_customer(f"crm:D-{number}") for number in range(4)]

    removed, *claimed = await asyncio.gather(
        remove(ada, "openid:o-1"), *(add(each, "openid:o-1") for each in others)
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
    a_customer, merged, change, remove
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")
    await merged(ada, bob)

    changed = await change(bob, name="Ada", unit="hq.zj.nb")
    removed = await remove(bob, "crm:B")

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
    harness: Harness, a_customer, customer_of, merged, remove, front_line
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")
    merge = await merged(ada, bob)
    await remove(ada, "crm:B")

    refusal = (await harness.graph(UNMERGE, as_=front_line, id=merge))["unmergeCustomers"]

    assert refusal == {
        "__typename": "MergeNotUndone",
        "message": f"Customer {bob} would be known by nothing: their identifiers were removed or "
        "replaced since.",
    }
    assert await customer_of(bob, "id") == {"id": ada}


async def test_what_was_removed_and_given_anew_does_not_leave_with_a_merge_taken_back(
    harness: Harness, a_customer, customer_of, merged, remove, add, front_line
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B", "openid:o-1")
    merge = await merged(ada, bob)
    await remove(ada, "openid:o-1")
    await add(ada, "openid:o-1")

    await harness.graph(UNMERGE, as_=front_line, id=merge)

    find = '{ customerByIdentifier(scheme: "openid", value: "o-1") { id } }'
    assert (await harness.graph(find, as_=front_line))["customerByIdentifier"] == {"id": ada}
    values = "identifiers { value }"
    assert (await customer_of(ada, values))["identifiers"] == [{"value": "A"}, {"value": "o-1"}]
    assert (await customer_of(bob, values))["identifiers"] == [{"value": "B"}]

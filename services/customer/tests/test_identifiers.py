import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from customer.identifiers.models import masked, masked_name, normalised, sampling_key
from kit.testing.harness import Harness
from kit.testing.migrations import migration_called

MIGRATIONS = Path(__file__).parents[1] / "migrations"
EMAIL = {"scheme": "email"}
RENAME = "UPDATE identifier SET value = :value WHERE customer_id = :id"
RETELL = "UPDATE customer SET identifiers = CAST(:facts AS jsonb) WHERE id = :id"
CHANGED = "octoreach.customer.customer.changed.v1"
ADD = """
mutation ($id: UUID!, $identifier: CustomerIdentifierInput!) {
  addIdentifier(customerId: $id, identifier: $identifier) {
    __typename
    ... on CustomerWasChanged { customer { version identifiers { scheme value } } }
    ... on Refusal { message }
    ... on InvalidInput { field }
    ... on NotFound { kind key }
} }
"""


async def add(harness: Harness, as_: str, id_: str, scheme: str, value: str) -> dict:
    told = {"scheme": scheme, "value": value}
    return (await harness.graph(ADD, as_=as_, id=id_, identifier=told))["addIdentifier"]


async def test_one_more_identifier_is_kept_announced_and_finds_the_customer(
    harness: Harness, a_customer, front_line: str
) -> None:
    known = await a_customer("crm:C-1")

    answer = await add(harness, front_line, known, "email", "Ada@Example.COM ")

    both = [{"scheme": "crm", "value": "C-1"}, {"scheme": "email", "value": "ada@example.com"}]
    assert answer["customer"] == {"version": 2, "identifiers": both}
    [changed] = await harness.events_recorded(CHANGED)
    assert (changed["customer_id"], changed["identifiers"]) == (known, both)
    found = '{ customerByIdentifier(scheme: "email", value: "ADA@example.com") { id } }'
    assert (await harness.graph(found, as_=front_line))["customerByIdentifier"] == {"id": known}


async def test_an_identifier_they_have_already_changes_nothing(
    harness: Harness, a_customer, front_line: str
) -> None:
    known = await a_customer("crm:C-1")

    answer = await add(harness, front_line, known, "crm", " C-1 ")

    assert answer["customer"]["version"] == 1
    assert await harness.events_recorded(CHANGED) == []


async def test_of_two_customers_who_claim_one_identifier_at_once_one_gets_it(
    harness: Harness, a_customer, front_line: str
) -> None:
    known = [await a_customer(f"crm:C-{number}") for number in range(5)]

    answers = await asyncio.gather(
        *(add(harness, front_line, each, "openid", "o-1") for each in known)
    )

    assert Counter(answer["__typename"] for answer in answers) == {
        "CustomerWasChanged": 1,
        "MergeWasProposed": 4,
    }
    assert len(await harness.events_recorded(CHANGED)) == 1


async def test_nobody_adds_to_a_customer_of_another_unit(harness: Harness, a_customer) -> None:
    known = await a_customer("crm:C-1")

    refusal = await add(harness, harness.token("front_line", unit="hq.gd"), known, "crm", "C-2")

    assert refusal == {
        "__typename": "NotFound",
        "message": f"There is no customer {known}.",
        "kind": "customer",
        "key": known,
    }
    assert await harness.events_recorded(CHANGED) == []


@pytest.mark.parametrize(
    ("scheme", "written", "kept"),
    [
        ("msisdn", "+86 138 1234 5678", "+8613812345678"),
        ("msisdn", "0086-138-1234-5678", "+8613812345678"),
        ("msisdn", "8613812345678", "+8613812345678"),
        ("msisdn", "+44 (20) 7946.0958", "+442079460958"),
        ("email", " Ada.Lovelace@Example.ORG", "ada.lovelace@example.org"),
        ("email", "Rene\u0301@Cafe\u0301.FR", "ren\u00e9@caf\u00e9.fr"),
        ("email", "REN\u00c9@CAF\u00c9.FR", "ren\u00e9@caf\u00e9.fr"),
        ("crm", "Zu\u0308rich-7", "Z\u00fcrich-7"),
        ("openid", " oAbC_1 ", "oAbC_1"),
        ("crm", "7590-VHVEG", "7590-VHVEG"),
    ],
)
def test_identifiers_are_kept_in_one_way(scheme: str, written: str, kept: str) -> None:
    assert normalised(scheme, written) == kept
    assert normalised(scheme, kept) == kept


@pytest.mark.parametrize(
    ("scheme", "written"),
    [
        ("msisdn", "12345"),
        ("msisdn", "+0123456789"),
        ("msisdn", "call me"),
        ("msisdn", "+1234567890123456"),
        ("email", "ada"),
        ("email", "ada@x"),
        ("email", "a b@x.y"),
        ("crm", "  "),
        ("crm", "x" * 255),
        ("crm", "a\nb"),
    ],
)
def test_what_is_no_identifier_is_refused(scheme: str, written: str) -> None:
    with pytest.raises(ValueError, match=r"^is not a"):
        normalised(scheme, written)


@pytest.mark.parametrize(
    ("scheme", "value", "shown"),
    [
        ("msisdn", "+8613812345678", "138****5678"),
        ("msisdn", "+442079460958", "442****0958"),
        ("msisdn", "+123456", "****56"),
        ("email", "j@x.y", "j***@x.y"),
        ("crm", "7590-VHVEG", "75****EG"),
        ("crm", "C-1", "C****"),
    ],
)
def test_a_mask_leaves_enough_to_recognise(scheme: str, value: str, shown: str) -> None:
    assert masked(scheme, value) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [("张三", "张*"), ("欧阳娜娜", "欧***"), ("Ada Lovelace", "A***"), ("X", "X*")],
)
def test_a_name_is_masked_behind_its_first_sign(name: str, shown: str) -> None:
    assert masked_name(name) == shown


@given(st.from_regex(r"\A\+[1-9][0-9]{9,14}\Z"))
def test_no_masked_number_can_be_called(number: str) -> None:
    digits = [sign for sign in masked("msisdn", number) if sign.isdigit()]

    assert len(digits) <= 7 < len(number) - 1


@given(st.sampled_from(["msisdn", "email", "crm"]), st.text())
def test_normalising_twice_is_normalising_once(scheme: str, text: str) -> None:
    try:
        once = normalised(scheme, text)
    except ValueError:
        return

    assert normalised(scheme, once) == once


def test_a_sampling_key_is_64_bits_that_depend_on_the_identifier_alone() -> None:
    assert sampling_key("crm", "7590-VHVEG") == "00072daa4f107b04"
    assert sampling_key("crm", "7590-VHVEH") != sampling_key("crm", "7590-VHVEG")


COMPOSED, APART = "ren\u00e9@x.fr", "rene\u0301@x.fr"


async def test_an_address_is_one_customers_however_its_letters_are_written(
    harness: Harness, register, front_line: str
) -> None:
    known = (await register(f"email:{APART}"))["customer"]

    again = await register(f"email:{COMPOSED.upper()}")

    assert known["identifiers"] == [{"scheme": "email", "value": COMPOSED}]
    assert (again["__typename"], again["customerId"]) == ("IdentifierTaken", known["id"])
    query = """query ($value: String!) { customerByIdentifier(scheme: "email", value: $value) { id }
      searchCustomers(by: IDENTIFIER, text: $value) { edges { node { id } } } }"""
    for written in (COMPOSED, APART, APART.upper()):
        found = await harness.graph(query, as_=front_line, value=written)
        assert found["customerByIdentifier"] == {"id": known["id"]}
        assert found["searchCustomers"]["edges"] == [{"node": {"id": known["id"]}}]


async def test_what_was_kept_apart_is_composed_and_twins_are_proposed_for_merging(
    harness: Harness, a_customer, customer_of, front_line: str
) -> None:
    alone, one, other = [await a_customer(f"email:{name}@x.fr") for name in ("lea", "ren", "tom")]
    written = {alone: "le\u0301a@x.fr", one: COMPOSED, other: APART}
    async with harness.db.transaction() as session:
        for id_, value in written.items():
            told = {"id": id_, "value": value, "facts": json.dumps([EMAIL | {"value": value}])}
            await session.execute(text(RENAME), told)
            await session.execute(text(RETELL), told)
        for statement in migration_called(MIGRATIONS, "compose_letters_of_identifiers")["COMPOSE"]:
            await session.execute(text(statement))

    values = [
        (await customer_of(each, "identifiers { value }"))["identifiers"][0]["value"]
        for each in written
    ]
    assert values == ["l\u00e9a@x.fr", COMPOSED, APART]
    query = "{ mergeCandidates { edges { node { one { id } other { id } why } } } }"
    found = (await harness.graph(query, as_=front_line))["mergeCandidates"]["edges"]
    pairs = [(each["node"]["one"]["id"], each["node"]["other"]["id"]) for each in found]
    assert pairs == [tuple(sorted((one, other)))]
    find = """query ($value: String!) { customerByIdentifier(scheme: "email", value: $value) { id } }"""
    again = await harness.graph(find, as_=front_line, value="le\u0301a@x.fr")
    assert again["customerByIdentifier"] == {"id": alone}

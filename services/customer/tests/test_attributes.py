import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer.attributes.models import AttributeType, read
from kit.testing.harness import GraphFailed, Harness

CHANGED = "octoreach.customer.customer.changed.v1"
DECLARE = """
mutation ($name: String!, $type: CustomerAttributeType!) { declareAttribute(name: $name, type: $type) {
  __typename
  ... on AttributeWasDeclared { name }
  ... on Refusal { message }
  ... on AttributeDeclaredOtherwise { declared }
  ... on InvalidInput { field }
} }
"""
AGAIN = """
mutation ($description: String! = "", $personal: Boolean) {
  declareAttribute(name: "plan", type: TEXT, description: $description, personal: $personal) {
    ... on AttributeWasDeclared { definition { description personal } }
} }
"""
SET = """
mutation ($id: UUID!, $attributes: [CustomerAttributeInput!]!) {
  setAttributes(customerId: $id, attributes: $attributes) {
    __typename
    ... on CustomerWasChanged { customer { version attributes { name value } } }
    ... on Refusal { message }
    ... on InvalidInput { field }
} }
"""


async def declare(harness: Harness, as_: str, **kinds: str) -> None:
    for name, kind in kinds.items():
        await harness.graph(DECLARE, as_=as_, name=name, type=kind)


async def put(harness: Harness, as_: str, id_: str, **values: str | None) -> dict:
    told = [{"name": name, "value": value} for name, value in values.items()]
    return (await harness.graph(SET, as_=as_, id=id_, attributes=told))["setAttributes"]


async def test_a_declared_attribute_is_listed_with_its_type(
    harness: Harness, marketer: str
) -> None:
    first = await harness.graph(DECLARE, as_=marketer, name="tenure_months", type="WHOLE")
    again = await harness.graph(DECLARE, as_=marketer, name="tenure_months", type="WHOLE")

    listed = await harness.graph("{ customerAttributeDefinitions { name type } }", as_=marketer)
    assert first["declareAttribute"] == again["declareAttribute"]
    assert first["declareAttribute"]["__typename"] == "AttributeWasDeclared"
    assert listed["customerAttributeDefinitions"] == [{"name": "tenure_months", "type": "WHOLE"}]


async def test_an_attribute_keeps_its_type(harness: Harness, marketer: str) -> None:
    await declare(harness, marketer, tenure_months="WHOLE")

    refusal = await harness.graph(DECLARE, as_=marketer, name="tenure_months", type="TEXT")

    assert refusal["declareAttribute"] == {
        "__typename": "AttributeDeclaredOtherwise",
        "message": "The attribute tenure_months is declared as whole, not as text.",
        "declared": "whole",
    }


async def test_what_is_said_of_a_declared_attribute_holds_or_is_refused(
    harness: Harness, marketer: str
) -> None:
    await declare(harness, marketer, plan="TEXT")

    answers = [
        (await harness.graph(AGAIN, as_=marketer, **said))["declareAttribute"]["definition"]
        for said in ({"description": "Tariff"}, {}, {"personal": True}, {"description": "Plan"})
    ]
    with pytest.raises(GraphFailed, match="privacy:handle"):
        await harness.graph(AGAIN, as_=marketer, description="Open", personal=False)

    assert [(each["description"], each["personal"]) for each in answers] == [
        ("Tariff", True), ("Tariff", True), ("Tariff", True), ("Plan", True)
    ]  # fmt: skip
    listed = await harness.graph(
        "{ customerAttributeDefinitions { description personal } }", as_=marketer
    )
    assert listed["customerAttributeDefinitions"] == [{"description": "Plan", "personal": True}]


@pytest.mark.parametrize("name", ["", "Tenure", "1st", "a b", "x" * 64, "naïve"])
async def test_a_name_that_rules_could_not_speak_is_refused(
    harness: Harness, marketer: str, name: str
) -> None:
    refusal = await harness.graph(DECLARE, as_=marketer, name=name, type="TEXT")

    assert refusal["declareAttribute"]["field"] == "name"


async def test_the_front_line_declares_nothing(harness: Harness, front_line: str) -> None:
    with pytest.raises(GraphFailed) as failed:
        await harness.graph(DECLARE, as_=front_line, name="age", type="WHOLE")

    assert failed.value.codes == ["FORBIDDEN"]


async def test_attributes_are_kept_by_their_type_and_announced_as_such(
    harness: Harness, a_customer, marketer: str, front_line: str
) -> None:
    await declare(
        harness, marketer, age="WHOLE", charges="DECIMAL", city="TEXT", vip="BOOLEAN", born="DATE"
    )
    known = await a_customer()

    answer = await put(
        harness,
        front_line,
        known,
        age="42",
        charges="29.85",
        city="杭州",
        vip="Yes",
        born="1984-02-29",
    )

    assert answer["customer"] == {
        "version": 2,
        "attributes": [
            {"name": "age", "value": "42"},
            {"name": "born", "value": "1984-02-29"},
            {"name": "charges", "value": "29.85"},
            {"name": "city", "value": "杭州"},
            {"name": "vip", "value": "true"},
        ],
    }
    [changed] = await harness.events_recorded(CHANGED)
    assert (changed["version"], changed["attributes"]) == (
        2,
        {"age": 42, "charges": 29.85, "city": "杭州", "vip": True, "born": "1984-02-29"},
    )


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("WHOLE", "1.5", "is not a whole number of at most 15 digits"),
        ("WHOLE", "1" * 16, "is not a whole number of at most 15 digits"),
        ("DECIMAL", "1e5", "is not a number of at most 15 digits"),
        ("DECIMAL", "NaN", "is not a number of at most 15 digits"),
        ("BOOLEAN", "maybe", "is not true or false"),
        ("DATE", "2026-02-30", "is not a date such as 2026-01-31, of the years 1900 to 2999"),
        ("DATE", "31.01.2026", "is not a date such as 2026-01-31, of the years 1900 to 2999"),
        ("TEXT", "", "is not a text of 1 to 500 printable characters, more than blanks"),
        ("TEXT", " \u3000", "is not a text of 1 to 500 printable characters, more than blanks"),
        ("DATE", "3000-01-01", "is not a date such as 2026-01-31, of the years 1900 to 2999"),
        ("TEXT", "a\0", "is not a text of 1 to 500 printable characters, more than blanks"),
    ],
)
async def test_a_value_of_another_type_is_refused_with_its_name_and_nothing_is_set(
    harness: Harness, a_customer, customer_of, marketer, kind: str, value: str, message: str
) -> None:
    await declare(harness, marketer, good="TEXT", wrong=kind)
    known = await a_customer()

    refusal = await put(harness, marketer, known, good="fine", wrong=value)

    assert refusal == {
        "__typename": "InvalidInput",
        "message": message,
        "field": "attributes.wrong",
    }
    assert await customer_of(known, "version attributes { name }") == {
        "version": 1,
        "attributes": [],
    }
    assert await harness.events_recorded(CHANGED) == []


@pytest.mark.parametrize("name", ["unheard_of", "", "\0", "x" * 100])
async def test_an_undeclared_attribute_is_refused_by_its_name(
    harness: Harness, a_customer, marketer: str, name: str
) -> None:
    known = await a_customer()

    refusal = await put(harness, marketer, known, **{name: "1"})

    assert (refusal["message"], refusal["field"]) == ("is not declared", f"attributes.{name}")
    assert await harness.events_recorded(CHANGED) == []


async def test_null_forgets_and_what_is_so_already_is_not_announced(
    harness: Harness, a_customer, marketer: str
) -> None:
    await declare(harness, marketer, age="WHOLE")
    known = await a_customer()
    await put(harness, marketer, known, age="42")

    same = await put(harness, marketer, known, age="42")
    forgotten = await put(harness, marketer, known, age=None)

    assert same["customer"]["version"] == 2
    assert forgotten["customer"] == {"version": 3, "attributes": []}
    assert len(await harness.events_recorded(CHANGED)) == 2


async def test_changes_at_once_lose_nothing_and_count_one_version_each(
    harness: Harness, a_customer, customer_of, marketer: str
) -> None:
    names = [f"a{number}" for number in range(8)]
    await declare(harness, marketer, **dict.fromkeys(names, "WHOLE"))
    known = await a_customer()

    await asyncio.gather(*(put(harness, marketer, known, **{name: "1"}) for name in names))

    assert await customer_of(known, "version attributes { name }") == {
        "version": 9,
        "attributes": [{"name": name} for name in names],
    }
    versions = [event["version"] for event in await harness.events_recorded(CHANGED)]
    assert sorted(versions) == list(range(2, 10))


@given(st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1))
def test_every_whole_number_of_15_digits_is_read_exactly(number: int) -> None:
    assert read(AttributeType.WHOLE, str(number)) == number


@given(st.decimals(min_value=-(10**9) + 1, max_value=10**9 - 1, places=6))
def test_every_decimal_of_15_digits_is_read_to_the_nearest_float(number) -> None:
    assert read(AttributeType.DECIMAL, f"{number:f}") == float(number)


@given(st.text(), st.sampled_from(AttributeType))
def test_any_text_is_a_value_or_refused(text: str, kind) -> None:
    try:
        value = read(kind, text)
    except ValueError as refusal:
        value = str(refusal)

    assert isinstance(value, str | int | float | bool)

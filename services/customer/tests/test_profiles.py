import asyncio
from collections import Counter
from uuid import uuid4

import pytest

from kit.testing.harness import GraphFailed, Harness

REGISTER = """
mutation ($input: NewCustomerInput!) { registerCustomer(input: $input) {
  __typename
  ... on Refusal { message }
  ... on InvalidInput { field }
} }
"""
REGISTERED = "octoreach.customer.customer.registered.v1"


async def test_somebody_new_is_registered_and_announced_with_all_that_holds(
    harness: Harness, register
) -> None:
    answer = await register("msisdn:138 1234 5678", "email:Ada@X.y", name="张三")

    customer = answer["customer"]
    assert customer == {
        "id": customer["id"],
        "version": 1,
        "kind": "INDIVIDUAL",
        "status": "PROSPECT",
        "name": "张三",
        "unit": "hq.zj.hz",
        "timeZone": "Asia/Shanghai",
        "identifiers": [
            {"scheme": "msisdn", "value": "+13812345678"},
            {"scheme": "email", "value": "ada@x.y"},
        ],
        "attributes": [],
    }
    assert await harness.events_recorded() == [
        {
            "subject": REGISTERED,
            "customer_id": customer["id"],
            "version": 1,
            "kind": "individual",
            "status": "prospect",
            "class": None,
            "account_manager": None,
            "parent_id": None,
            "unit": "hq.zj.hz",
            "time_zone": "Asia/Shanghai",
            "sampling_key": "bc6343ef51e3bfc5",
            "attributes": {},
            "tags": [],
            "holdings": [],
            "consents": [],
            "special_lists": [],
            "identifiers": customer["identifiers"],
        }
    ]


@pytest.mark.parametrize(
    ("told", "field", "message"),
    [
        ({"identifiers": []}, "identifiers", "takes 1 to 50"),
        (
            {"identifiers": [{"scheme": "crm", "value": f"C-{n}"} for n in range(51)]},
            "identifiers",
            "takes 1 to 50",
        ),
        ({"unit": "HQ/zj"}, "unit", None),
        ({"timeZone": "Mars/Olympus"}, "timeZone", "is a time zone such as Asia/Shanghai"),
        ({"timeZone": "../etc/passwd"}, "timeZone", "is a time zone such as Asia/Shanghai"),
        ({"name": ""}, "name", "is a text of 1 to 200 characters"),
        ({"name": " "}, "name", "is a text of 1 to 200 characters"),
        ({"name": "a\0b"}, "name", "is a text of 1 to 200 characters"),
        (
            {"identifiers": [{"scheme": "msisdn", "value": "12"}]},
            "identifiers.0.value",
            "is not a telephone number of 6 to 15 digits with its country code",
        ),
        (
            {"identifiers": [{"scheme": "Crm!", "value": "1"}]},
            "identifiers.0.scheme",
            "is msisdn, email, openid, crm or another short code",
        ),
        ({"attributes": [{"name": "age", "value": "7"}]}, "attributes.age", "is not declared"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_its_field_and_nobody_is_registered(
    harness: Harness, told: dict, field: str, message: str | None
) -> None:
    everywhere = harness.token("operator", unit=told.get("unit", "hq"))
    new = {"unit": "hq.zj", "identifiers": [{"scheme": "crm", "value": "C-1"}]} | told

    answer = await harness.graph(REGISTER, as_=everywhere, input=new)

    refusal = answer["registerCustomer"]
    assert (refusal["__typename"], refusal["field"]) == ("InvalidInput", field)
    assert message in (refusal["message"], None)
    assert await harness.events_recorded() == []
    assert await ids_in(harness) == []


async def test_an_identifier_that_is_taken_is_refused_and_nothing_changes(
    harness: Harness, register, a_customer, customer_of
) -> None:
    known = await a_customer("msisdn:+8613812345678")

    refusal = await register("msisdn:0086 138-1234-5678")

    assert refusal == {
        "__typename": "IdentifierTaken",
        "message": "The msisdn identifier belongs to another customer.",
        "scheme": "msisdn",
        "customerId": known,
    }
    assert await ids_in(harness) == [known]
    assert len(await harness.events_recorded()) == 1


async def test_whose_a_taken_identifier_is_stays_within_their_units(
    harness: Harness, register, a_customer
) -> None:
    await a_customer("msisdn:+8613812345678")

    refusal = await register(
        "msisdn:+8613812345678", unit="hq.gd", as_=harness.token("front_line", unit="hq.gd")
    )

    assert (refusal["__typename"], refusal["customerId"]) == ("IdentifierTaken", None)


async def test_of_ten_registrations_at_once_with_one_identifier_one_succeeds(
    harness: Harness, register
) -> None:
    answers = await asyncio.gather(*(register("openid:o-1") for _ in range(10)))

    assert Counter(answer["__typename"] for answer in answers) == {
        "CustomerWasRegistered": 1,
        "IdentifierTaken": 9,
    }
    assert len(await harness.events_recorded()) == 1
    assert len(await ids_in(harness)) == 1


async def test_nobody_registers_in_a_unit_that_is_not_theirs(harness: Harness, register) -> None:
    with pytest.raises(GraphFailed) as failed:
        await register(unit="hq.gd", as_=harness.token("front_line", unit="hq.zj"))

    assert failed.value.codes == ["FORBIDDEN"]
    assert await ids_in(harness) == []


@pytest.mark.parametrize("role", ["analyst", "partner", "customer", "approver"])
async def test_only_those_who_work_with_customers_register_them(
    harness: Harness, register, role: str
) -> None:
    with pytest.raises(GraphFailed) as failed:
        await register(as_=harness.token(role, unit="hq"))

    assert failed.value.codes == ["FORBIDDEN"]


SEEN = "name identifiers { scheme value }"
WHOLE = {
    "name": "王小明",
    "identifiers": [
        {"scheme": "msisdn", "value": "+8613812345678"},
        {"scheme": "email", "value": "ming@x.cn"},
        {"scheme": "crm", "value": "7590-VHVEG"},
    ],
}
MASKED = {
    "name": "王**",
    "identifiers": [
        {"scheme": "msisdn", "value": "138****5678"},
        {"scheme": "email", "value": "m***@x.cn"},
        {"scheme": "crm", "value": "75****EG"},
    ],
}


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("front_line", WHOLE),
        ("marketer", MASKED),
        ("analyst", MASKED),
        ("approver", MASKED),
        ("partner", MASKED),
        ("operator", MASKED),
    ],
)
async def test_who_is_named_how_depends_on_the_role(
    harness: Harness, a_customer, customer_of, role: str, seen: dict
) -> None:
    known = await a_customer(
        "msisdn:+8613812345678", "email:ming@x.cn", "crm:7590-VHVEG", name="王小明"
    )
    caller = harness.token(role, unit="hq.zj")

    assert await customer_of(known, SEEN, as_=caller) == seen
    assert await harness.entity({"__typename": "Customer", "id": known}, SEEN, as_=caller) == seen


async def test_customers_see_themselves_whole_and_nobody_else(
    harness: Harness, a_customer, customer_of
) -> None:
    one = await a_customer("crm:C-1", name="张三")
    other = await a_customer("crm:C-2", name="李四")
    themself = harness.token("customer", unit=None, customer=one)

    assert await customer_of(one, "name", as_=themself) == {"name": "张三"}
    assert await customer_of(other, "name", as_=themself) is None
    assert await ids_in(harness, as_=themself) == [one]


@pytest.mark.parametrize("claims", [{}, {"customer": "nobody"}, {"customer": ""}])
async def test_a_customer_token_that_names_nobody_sees_nobody(
    harness: Harness, a_customer, customer_of, claims: dict
) -> None:
    known = await a_customer()
    nameless = harness.token("customer", unit="hq", **claims)

    assert await customer_of(known, "name", as_=nameless) is None
    assert await ids_in(harness, as_=nameless) == []


async def test_customers_of_other_units_are_not_there(
    harness: Harness, a_customer, customer_of
) -> None:
    known = await a_customer("crm:C-1", unit="hq.zj.hz")
    foreign = harness.token("front_line", unit="hq.gd")
    lookalike = harness.token("front_line", unit="hq.zj.h")
    by_identifier = '{ customerByIdentifier(scheme: "crm", value: "C-1") { id } }'

    for token in (foreign, lookalike):
        assert await customer_of(known, "id", as_=token) is None
        assert await ids_in(harness, as_=token) == []
        assert await harness.graph(by_identifier, as_=token) == {"customerByIdentifier": None}
        assert (
            await harness.entity({"__typename": "Customer", "id": known}, "id", as_=token) is None
        )


async def test_a_customer_is_found_by_an_identifier_however_it_is_written(
    harness: Harness, a_customer, front_line: str
) -> None:
    known = await a_customer("msisdn:+8613812345678")
    query = '{ customerByIdentifier(scheme: "msisdn", value: "0086 (138) 1234-5678") { id } }'

    assert await harness.graph(query, as_=front_line) == {"customerByIdentifier": {"id": known}}


async def test_pages_of_customers_follow_one_another_without_gap_or_repeat(
    harness: Harness, a_customer, front_line: str
) -> None:
    known = [await a_customer(f"crm:C-{number}") for number in range(5)]
    query = """query ($after: String) { customers(first: 2, after: $after) {
        edges { node { id } } pageInfo { hasNextPage endCursor } } }"""

    seen, after, more = [], None, True
    while more:
        page = (await harness.graph(query, as_=front_line, after=after))["customers"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert seen == known[::-1]


async def test_a_hundred_entities_are_read_with_one_look(harness: Harness, a_customer) -> None:
    known = [await a_customer(f"crm:C-{number}") for number in range(3)]
    asked = [{"__typename": "Customer", "id": each} for each in (*known, str(uuid4()))]
    query = """query ($r: [_Any!]!) { _entities(representations: $r) {
        ... on Customer { id version } } }"""

    answer = await harness.graph(
        query, as_=harness.token("marketer", unit="hq"), signed=True, r=asked
    )

    assert answer["_entities"] == [*({"id": each, "version": 1} for each in known), None]


async def ids_in(harness: Harness, *, as_: str | None = None) -> list[str]:
    everyone = as_ or harness.token("operator", unit="hq")
    found = await harness.graph("{ customers { edges { node { id } } } }", as_=everyone)
    return [edge["node"]["id"] for edge in found["customers"]["edges"]]

"""Colleagues put right who a customer is, and by what they are recognised."""

import asyncio
from uuid import uuid4

import pytest
from services.customer.tests.amendments import CHANGED

from kit.testing.harness import GraphFailed, Harness

OPEN = """
mutation ($input: SubjectRequestInput!) { openSubjectRequest(input: $input) {
  ... on SubjectRequestWasOpened { request { id } } } }
"""


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
    harness: Harness, a_customer, change, remove_identifier
) -> None:
    known = await a_customer("crm:C-1", "email:a@x.y")

    for role in ("analyst", "approver", "partner", "customer"):
        stranger = harness.token(role, unit="hq", customer=known)
        for asked in (
            change(known, as_=stranger, name="Eve"),
            remove_identifier(known, "crm:C-1", as_=stranger),
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
    harness: Harness, a_customer, change, add_identifier, officer
) -> None:
    whole = harness.token("front_line", unit="hq")
    ada = await a_customer("crm:A")
    bob = await a_customer("crm:B", unit="hq.zj.nb")
    [pair] = (await add_identifier(ada, "crm:B"))["candidates"]
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

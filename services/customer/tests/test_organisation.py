"""Units are taken that the organisation has, once it has some next to them."""

import asyncio
from typing import Any

import pytest

from kit.testing.harness import Harness

CHANGE = """
mutation ($input: ChangeCustomerInput!) { changeCustomer(input: $input) {
  __typename
  ... on CustomerWasChanged { customer { unit } }
  ... on InvalidInput { message field }
} }
"""
CREATE = """
mutation ($input: NewSegmentInput!) { createSegment(input: $input) {
  __typename ... on InvalidInput { message field } } }
"""
NEARLY = "hq.zj.hx is not registered among the 2 units of hq.zj: did you mean hq.zj.hz?"
REFUSED = {"__typename": "InvalidInput", "field": "unit"}


@pytest.fixture
def hear_of(harness: Harness):
    """The channel service tells of units."""

    async def hear(*codes: str) -> None:
        for code in codes:
            told = {"code": code, "name": code.upper()}
            await harness.hear("octoreach.channel.unit.registered.v1", told)

    return hear


@pytest.fixture
async def organised(hear_of: Any) -> None:
    await hear_of("hq", "hq.zj", "hq.zj.hz", "hq.zj.wenzhou", "hq.gd")


@pytest.mark.usefixtures("organised")
async def test_nobody_is_registered_in_a_unit_that_is_not_there(
    harness: Harness, register: Any
) -> None:
    answer = await register("crm:C-1", unit="hq.zj.hx")

    assert answer == {**REFUSED, "message": NEARLY}
    assert await harness.events_recorded() == []


@pytest.mark.usefixtures("organised")
async def test_what_lies_below_a_unit_that_is_not_there_is_refused_for_that_unit(
    register: Any,
) -> None:
    answer = await register("crm:C-1", unit="hq.zj.nonsense.grid-1")

    message = "hq.zj.nonsense is not registered among the 2 units of hq.zj"
    assert answer == {**REFUSED, "message": message}


@pytest.mark.usefixtures("organised")
async def test_a_unit_is_taken_whose_level_nobody_has_registered(
    register: Any, hear_of: Any
) -> None:
    before = await register("crm:C-1", unit="hq.zj.hz.west-lake")
    await hear_of("hq.zj.hz.xihu")
    after = await register("crm:C-2", unit="hq.zj.hz.west-lake")

    assert before["__typename"] == "CustomerWasRegistered"
    assert after["__typename"] == "InvalidInput"


@pytest.mark.usefixtures("organised")
async def test_the_unit_of_a_token_is_taken_and_nothing_is_told_of_those_beside_it(
    harness: Harness, register: Any
) -> None:
    new_city = harness.token("front_line", unit="hq.zj.new")

    own = await register("crm:C-1", unit="hq.zj.new", as_=new_city)
    below = await register("crm:C-2", unit="hq.zj.new.store", as_=new_city)

    assert [own["__typename"], below["__typename"]] == ["CustomerWasRegistered"] * 2


async def test_units_heard_of_twice_and_out_of_order_are_there_once(
    register: Any, hear_of: Any
) -> None:
    await hear_of("hq.zj.wenzhou", "hq", "hq.zj.hz", "hq.zj", "hq.zj.hz", "hq")

    assert (await register("crm:C-1", unit="hq.zj.hz"))["__typename"] == "CustomerWasRegistered"
    assert (await register("crm:C-2", unit="hq.zj.hx"))["message"] == NEARLY


@pytest.mark.usefixtures("organised")
async def test_nobody_moves_to_a_unit_that_is_not_there(
    harness: Harness, front_line: str, a_customer: Any, customer_of: Any
) -> None:
    id_ = await a_customer("crm:C-1")

    wanted = {"customerId": id_, "unit": "hq.zj.hx"}
    answer = (await harness.graph(CHANGE, as_=front_line, input=wanted))["changeCustomer"]

    assert answer == {**REFUSED, "message": NEARLY}
    assert await customer_of(id_, "unit version") == {"unit": "hq.zj.hz", "version": 1}


@pytest.mark.usefixtures("organised")
async def test_segments_and_tags_are_of_units_that_are_there(
    harness: Harness, marketer: str, define_tag: Any
) -> None:
    wanted = {"code": "some", "name": "Some", "unit": "hq.zj.hx"}

    segment, tag = await asyncio.gather(
        harness.graph(CREATE, as_=marketer, input=wanted), define_tag("some", unit="hq.zj.hx")
    )

    assert segment["createSegment"] == {**REFUSED, "message": NEARLY}
    assert tag["message"] == NEARLY


@pytest.mark.usefixtures("organised")
@pytest.mark.parametrize("dry_run", [True, False])
async def test_of_a_file_the_lines_of_units_that_are_there_go_in(
    harness: Harness, dry_run: bool
) -> None:
    operator = harness.token("operator", unit="hq")
    mapping = {
        "unit": "hq.zj",
        "unit_column": "where",
        "identifiers": [{"scheme": "crm", "column": "id"}],
    }
    new = {"source": "people.csv", "digest": "a" * 64, "columns": ["id", "where"]}

    wrong = await harness.post(
        "/v1/imports", {**new, "mapping": {**mapping, "unit": "hq.jz"}}, as_=operator
    )
    opened = await harness.post(
        "/v1/imports", {**new, "mapping": mapping, "dry_run": dry_run}, as_=operator
    )
    lines = [["C-1", "hq.zj.hz"], ["C-2", "hq.zj.hx"], ["C-3", ""]]
    path = f"/v1/imports/{opened.json()['id']}/records"
    taken = (await harness.post(path, {"first_line": 2, "records": lines}, as_=operator)).json()

    assert (wrong.status_code, wrong.json()["field"]) == (422, "mapping.unit")
    assert [(e["line"], e["field"], e["reason"]) for e in taken["rejections"]] == [
        (3, "where", NEARLY)
    ]
    assert (taken["counts"]["registered"], taken["counts"]["rejected"]) == (2, 1)

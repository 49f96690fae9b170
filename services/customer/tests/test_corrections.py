"""What was asked to be corrected is shown to who decides, and made whole or not at all."""

from typing import Any

import pytest
from services.customer.tests.desk import Desk, stored_beside_outbox

from kit.testing.harness import Harness


async def test_a_correction_is_made_whole_or_not_at_all(
    harness: Harness, desk: Desk, a_customer: Any, customer_of: Any
) -> None:
    customer = await a_customer("email:wrong@x.example", name="Wang")
    await a_customer("email:taken@x.example")

    def replaced(right: str) -> dict[str, Any]:
        identifier = {"scheme": "email", "wrong": "wrong@x.example", "right": right}
        return {"name": "Wang Fang", "identifiers": [identifier]}

    opened = await desk.open(customer, "CORRECTION", correction=replaced("taken@x.example"))
    taken = await desk.approve(opened["request"]["id"])
    held = await customer_of(customer, "name identifiers { value }")
    await desk.refuse(opened["request"]["id"], "That address is somebody else's.")
    done = await desk.approved(customer, "CORRECTION", correction=replaced("right@x.example"))

    assert taken["__typename"] == "IdentifierTaken"
    assert held == {"name": "Wang", "identifiers": [{"value": "wrong@x.example"}]}
    assert done["state"] == "COMPLETED"
    assert await customer_of(customer, "name identifiers { value }") == {
        "name": "Wang Fang",
        "identifiers": [{"value": "right@x.example"}],
    }
    assert "wrong@x.example" not in await stored_beside_outbox(harness)


CORRECTIONS = """query ($id: UUID!) { subjectRequest(id: $id) {
  note corrections { fact wrong right } } }"""


async def test_whoever_handles_a_correction_sees_what_is_to_be_corrected(
    harness: Harness, desk: Desk, a_customer: Any
) -> None:
    customer = await a_customer("email:wrong@x.example")
    identifier = {"scheme": "email", "wrong": "wrong@x.example", "right": "right@x.example"}
    correction = {"name": "Wang Fang", "identifiers": [identifier]}
    opened = await desk.open(customer, "CORRECTION", note="A typo.", correction=correction)
    id = opened["request"]["id"]

    whole = await harness.graph(CORRECTIONS, as_=desk.front_line, id=id)
    masked = await harness.graph(CORRECTIONS, as_=desk.officer, id=id)
    await desk.approve(id)
    after = await harness.graph(CORRECTIONS, as_=desk.front_line, id=id)

    assert whole["subjectRequest"] == {
        "note": "A typo.",
        "corrections": [
            {"fact": "name", "wrong": None, "right": "Wang Fang"},
            {"fact": "identifiers.email", "wrong": "wrong@x.example", "right": "right@x.example"},
        ],
    }
    assert masked["subjectRequest"]["note"] == "***"
    assert {each["right"] for each in masked["subjectRequest"]["corrections"]} == {"***"}
    assert after["subjectRequest"]["corrections"] == []


@pytest.mark.parametrize(
    ("correction", "field"),
    [
        ({}, "correction"),
        ({"name": " "}, "correction.name"),
        ({"attributes": [{"name": "nope", "value": "1"}]}, "correction.attributes.nope"),
        (
            {"identifiers": [{"scheme": "email", "wrong": "a@x.cn", "right": "b@x.cn"}]},
            "correction.identifiers.0.wrong",
        ),
        (
            {"identifiers": [{"scheme": "crm", "wrong": "C-1", "right": ""}]},
            "correction.identifiers.0.right",
        ),
    ],
)
async def test_a_correction_that_nobody_could_approve_is_refused_when_it_is_asked_for(
    desk: Desk, a_customer: Any, correction: dict[str, Any], field: str
) -> None:
    customer = await a_customer("crm:C-1")

    refused = await desk.open(customer, "CORRECTION", correction=correction)

    assert (refused["__typename"], refused["field"]) == ("InvalidInput", field)
    assert await desk.listed("first: 5") == []


async def test_a_second_correction_is_not_taken_for_the_one_that_is_open(
    desk: Desk, a_customer: Any, customer_of: Any
) -> None:
    customer = await a_customer("crm:C-1", name="Wang")
    first = await desk.open(customer, "CORRECTION", correction={"name": "Wang Fang"})

    again = await desk.open(customer, "CORRECTION", correction={"name": "Wang Fang"})
    other = await desk.open(customer, "CORRECTION", correction={"name": "Li Fang"})
    await desk.approve(first["request"]["id"])

    assert again["request"]["id"] == first["request"]["id"]
    assert other["__typename"] == "Conflict"
    assert (await customer_of(customer, "name"))["name"] == "Wang Fang"


async def test_an_identifier_that_was_checked_can_be_corrected_too(
    harness: Harness, desk: Desk, a_customer: Any, customer_of: Any
) -> None:
    customer = await a_customer("crm:C-1")
    await harness.graph(
        "mutation ($id: UUID!) { addIdentifier(customerId: $id, identifier: "
        '{ scheme: "email", value: "wrong@x.example", verified: true }) { __typename } }',
        as_=desk.front_line,
        id=customer,
    )
    wrong = {"scheme": "email", "wrong": "Wrong@x.example", "right": "right@x.example"}

    done = await desk.approved(customer, "CORRECTION", correction={"identifiers": [wrong]})

    assert done["state"] == "COMPLETED"
    held = await customer_of(customer, "identifiers { value verifiedAt }")
    assert held["identifiers"] == [
        {"value": "C-1", "verifiedAt": None},
        {"value": "right@x.example", "verifiedAt": None},
    ]

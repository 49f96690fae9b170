"""What colleagues put right by hand, in the words of the tests."""

from typing import Any

import pytest

from kit.testing.harness import Harness

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


@pytest.fixture
def change(harness: Harness, front_line: str):
    async def send(id_: str, *, as_: str = front_line, **wanted: Any) -> Any:
        told = {"customerId": id_, **wanted}
        return (await harness.graph(CHANGE, as_=as_, input=told))["changeCustomer"]

    return send


@pytest.fixture
def remove_identifier(harness: Harness, front_line: str):
    async def send(id_: str, told: str, *, as_: str = front_line) -> Any:
        scheme, _, value = told.partition(":")
        answer = await harness.graph(REMOVE, as_=as_, id=id_, scheme=scheme, value=value)
        return answer["removeIdentifier"]

    return send


@pytest.fixture
def add_identifier(harness: Harness, front_line: str):
    async def send(id_: str, told: str, *, verified: bool = False) -> Any:
        scheme, _, value = told.partition(":")
        identifier = {"scheme": scheme, "value": value, "verified": verified}
        answer = await harness.graph(ADD, as_=front_line, id=id_, identifier=identifier)
        return answer["addIdentifier"]

    return send


@pytest.fixture
def officer(harness: Harness) -> str:
    return harness.token("operator", unit="hq", subject="olga", scope="privacy:handle")

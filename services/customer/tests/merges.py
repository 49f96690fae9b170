"""Two records of one person made one, in the words of the tests."""

from typing import Any

import pytest

from kit.testing.harness import Harness

MERGED = "octoreach.customer.customer.merged.v1"
WHO = "id version status name identifiers { scheme value verifiedAt } attributes { name value }"
SAID = "consents { purpose channelKind granted }"
REASON = "The same face"
MERGE = f"""
mutation ($input: MergeCustomersInput!) {{ mergeCustomers(input: $input) {{
  __typename
  ... on CustomersWereMerged {{
    customer {{ {WHO} }}
    merge {{ id survivorId absorbedId rule reason mergedBy undoneAt lost {{ fact kept lost }}
      moved {{ what rows }} }}
  }}
  ... on Refusal {{ message }} ... on InvalidInput {{ field }} ... on NotFound {{ key }}
  ... on AlreadyMerged {{ survivorId }}
}} }}
"""
UNMERGE = """
mutation ($id: UUID!, $reason: String!) { unmergeCustomers(mergeId: $id, reason: $reason) {
  __typename
  ... on CustomersWereUnmerged { customer { id } restored { id } merge { undoneBy undoneFor } }
  ... on Refusal { message }
} }
"""


@pytest.fixture
def merge(harness: Harness, front_line: str):
    async def send(
        survivor: str, absorbed: str, *, as_: str = front_line, why: str = REASON
    ) -> Any:
        told = {"survivorId": survivor, "absorbedId": absorbed, "reason": why}
        return (await harness.graph(MERGE, as_=as_, input=told))["mergeCustomers"]

    return send


@pytest.fixture
def unmerge(harness: Harness, front_line: str):
    async def send(merge_id: str, *, as_: str = front_line, why: str = "Twins") -> Any:
        answer = await harness.graph(UNMERGE, as_=as_, id=merge_id, reason=why)
        return answer["unmergeCustomers"]

    return send


@pytest.fixture
def alter(harness: Harness, front_line: str):
    """Sends one of the mutations that change what holds of a customer."""

    async def send(mutation: str) -> None:
        answer = await harness.graph(
            f"mutation {{ it: {mutation} {{ __typename }} }}", as_=front_line
        )
        assert answer["it"]["__typename"] == "CustomerWasChanged"

    return send


def consent(id_: str, granted: bool, kind: str = "null", purpose: str = "marketing") -> str:
    told = f'purpose: "{purpose}", granted: {str(granted).lower()}, evidence: "call"'
    kind = f', channelKind: "{kind}"' if kind != "null" else ""
    return f'recordConsent(customerId: "{id_}", consent: {{ {told}{kind} }})'


def tag(id_: str, mark: str) -> str:
    return f'tagCustomer(customerId: "{id_}", tag: "{mark}")'


async def declared(harness: Harness, marketer: str, *names: str, kind: str = "TEXT") -> None:
    for name in names:
        await harness.graph(
            "mutation ($n: String!, $kind: CustomerAttributeType!) "
            "{ declareAttribute(name: $n, type: $kind, description: $n) "
            "{ __typename } }",
            as_=marketer,
            n=name,
            kind=kind,
        )

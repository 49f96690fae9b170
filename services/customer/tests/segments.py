"""Segments as marketers make and read them, in the words of the tests."""

from typing import Any

import pytest

from kit.testing.harness import Harness

MOVED = "octoreach.customer.segment.changed.v1"
RESULT = """{
  __typename
  ... on SegmentWasChanged { segment { id code version state size rule reckoning { state } } }
  ... on Refusal { message }
} }"""
INVALID = RESULT.replace("  ... on Refusal", "  ... on InvalidInput { field }\n  ... on Refusal")
CREATE = "mutation ($input: NewSegmentInput!) { createSegment(input: $input) " + INVALID
SNAPSHOT = (
    "mutation ($id: UUID!) { takeSegmentSnapshot(id: $id) { __typename "
    "... on SegmentSnapshotWasTaken { snapshot { id size segmentVersion } } "
    "... on SegmentIsReckoned { message } } }"
)
SEGMENT = """
query ($id: UUID!) { segment(id: $id) {
  code size history { joined left size } reckoning { state evaluated }
  members { edges { node { customerId customer { unit } } } }
} }
"""
PREVIEW = """
query ($rule: PredicateInput!, $unit: String) { segmentPreview(rule: $rule, unit: $unit) {
  count exact low high population sample { id }
} }
"""
TAG = (
    "mutation ($id: UUID!, $tag: String!) { tagCustomer(customerId: $id, tag: $tag) "
    "{ __typename } }"
)
UNTAG = TAG.replace("tagCustomer", "untagCustomer")


def tagged(tag: str) -> dict[str, Any]:
    return {"compare": {"fact": "tags", "operator": "CONTAINS", "value": {"text": tag}}}


@pytest.fixture
def create_segment(harness: Harness, marketer: str):
    """Sends `createSegment` and answers with its result."""

    async def send(code: str, rule: Any = None, *, as_: str = marketer, **told: Any) -> Any:
        told = {"code": code, "name": code, "unit": "hq", "rule": rule} | told
        return (await harness.graph(CREATE, as_=as_, input=told))["createSegment"]

    return send


@pytest.fixture
def a_segment(create_segment):
    """Creates one and answers with its id."""

    async def make(code: str = "s", rule: Any = None, **told: Any) -> str:
        return (await create_segment(code, rule, **told))["segment"]["id"]

    return make


@pytest.fixture
def members_of(harness: Harness, marketer: str):
    async def read(segment: str) -> list[str]:
        found = (await harness.graph(SEGMENT, as_=marketer, id=segment))["segment"]
        members = [each["node"]["customerId"] for each in found["members"]["edges"]]
        assert found["size"] == len(members)
        return members

    return read


@pytest.fixture
def tag(harness: Harness, marketer: str):
    async def put(customer: str, tag: str = "vip", *, on: bool = True) -> None:
        await harness.graph(TAG if on else UNTAG, as_=marketer, id=customer, tag=tag)

    return put


def moves(events: list[dict[str, Any]]) -> list[tuple[list[str], list[str]]]:
    return [(event["joined"], event["left"]) for event in events]

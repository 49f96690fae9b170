"""Tags that rules decide, in the words of the tests."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from kit.models import utcnow

CHANGED = "octoreach.customer.customer.changed.v1"
TOUCHED = "octoreach.channel.touchpoint.reported.v1"
TIER = "octoreach.loyalty.tier.changed.v1"
TAG = """
mutation ($id: UUID!, $tag: String!) { tagCustomer(customerId: $id, tag: $tag) {
  __typename
  ... on CustomerWasChanged { customer { tags { tag weight } } }
  ... on TagIsComputed { tag message }
} }
"""


def compared(fact: str, operator: str, **value: Any) -> dict[str, Any]:
    return {"compare": {"fact": fact, "operator": operator, "value": value or None}}


def counted(event: str, days: int, value: int, operator: str = "AT_LEAST") -> dict[str, Any]:
    return {"count": {"event": event, "withinDays": days, "operator": operator, "value": value}}


def touchpoint(customer: str, kind: str = "visited", days_ago: int = 0) -> dict[str, Any]:
    return {
        "touchpoint_id": uuid4(),
        "customer_id": customer,
        "kind": kind,
        "channel_code": "app",
        "occurred_at": utcnow() - timedelta(days=days_ago),
    }


OFTEN_HERE = counted("touchpoint.visited", 7, 3)


@pytest.fixture
def tags_of(customer_of):
    async def read(customer: str) -> list[str]:
        return sorted(each["tag"] for each in (await customer_of(customer, "tags { tag }"))["tags"])

    return read

"""What is handed out to customers, in the words of the tests."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from kit.testing.harness import Harness

Send = Callable[..., Awaitable[Any]]
REQUESTED = "octoreach.loyalty.fulfilment.requested.v1"
COMPLETED = "octoreach.channel.fulfilment.completed.v1"
FAILED = "octoreach.channel.fulfilment.failed.v1"
SAID = """
  __typename
  ... on FulfilmentIsOver { state reference reason }
  ... on Refusal { message }
"""
CLAIMED = "... on FulfilmentWasClaimed { work { state claimedBy } }"
ENDED = "... on FulfilmentWasEnded { work { state reference reason claimedBy } }"
CLAIM = f"mutation ($id: UUID!) {{ claimFulfilment(id: $id) {{ {SAID} {CLAIMED} }} }}"
COMPLETE = f"""mutation ($id: UUID!, $reference: String!) {{
  completeFulfilment(id: $id, reference: $reference) {{ {SAID} {ENDED} }} }}"""


@pytest.fixture
def ask(harness: Harness) -> Send:
    """Lets the loyalty service ask for something, and answers with its id."""

    async def send(title: str = "A mug", *, event_id: Any = None, **told: Any) -> str:
        event = {
            "fulfilment_id": str(uuid4()),
            "attempt": 1,
            "customer_id": str(uuid4()),
            "unit": "hq.zj.hz",
            "kind": "gift",
            "reward_code": "mug",
            "title": title,
            "quantity": 1,
            "amount_minor": 0,
            "currency": "",
            "partner_code": None,
            "source_kind": "redemption",
            "source_id": str(uuid4()),
            **told,
        }
        await harness.hear(REQUESTED, event, event_id=event_id)
        return str(event["fulfilment_id"])

    return send


@pytest.fixture
def claim_handout(mutate: Send, front_line: str) -> Send:
    async def send(fulfilment: str, *, as_: str = front_line) -> Any:
        return await mutate(CLAIM, as_=as_, id=fulfilment)

    return send


@pytest.fixture
def complete_handout(mutate: Send, front_line: str) -> Send:
    async def send(fulfilment: str, reference: str = "R-1", *, as_: str = front_line) -> Any:
        return await mutate(COMPLETE, as_=as_, id=fulfilment, reference=reference)

    return send


async def told(harness: Harness) -> list[tuple[str, str, str]]:
    return [
        (each["subject"].split(".")[3], each["reference"], each["reason"])
        for each in await harness.events_recorded()
        if each["subject"] in (COMPLETED, FAILED)
    ]


async def work(harness: Harness, fulfilment: str, fields: str, as_: str) -> Any:
    reference = {"__typename": "Fulfilment", "id": fulfilment}
    return (await harness.entity(reference, f"work {{ {fields} }}", as_=as_))["work"]

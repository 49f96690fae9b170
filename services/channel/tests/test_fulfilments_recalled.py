"""What nobody is handing out can be recalled."""

from typing import Any
from uuid import uuid4

import pytest
from services.channel.tests.handouts import COMPLETED, FAILED, REQUESTED, Send

from kit.testing.harness import Harness

RECALLED = "octoreach.loyalty.fulfilment.recalled.v1"


async def recall(harness: Harness, told: dict[str, Any]) -> None:
    event_id = uuid4()
    for _ in range(2):
        await harness.hear(RECALLED, told, event_id=event_id)


def a_mug() -> dict[str, Any]:
    return {
        "fulfilment_id": str(uuid4()), "attempt": 1, "customer_id": str(uuid4()),
        "unit": "hq.zj.hz", "kind": "gift", "reward_code": "mug", "title": "A mug", "quantity": 1,
        "amount_minor": 0, "currency": "", "partner_code": None, "source_kind": "benefit",
        "source_id": str(uuid4()),
    }  # fmt: skip


@pytest.mark.parametrize("first", [REQUESTED, RECALLED])
async def test_what_nobody_is_handing_out_fails_once_when_it_is_recalled(
    harness: Harness, claim_handout: Send, first: str
) -> None:
    mug = a_mug()

    for subject in (first, REQUESTED, RECALLED):
        await harness.hear(subject, mug)
    refused = await claim_handout(mug["fulfilment_id"])

    (failed,) = await harness.events_recorded(FAILED)
    assert (failed["reason"], failed["by"]) == ("recalled", "loyalty")
    assert refused["__typename"] == "FulfilmentIsOver"


async def test_what_is_being_handed_out_or_was_is_not_recalled(
    harness: Harness, claim_handout: Send, complete_handout: Send
) -> None:
    mug = a_mug()
    await harness.hear(REQUESTED, mug)
    await claim_handout(mug["fulfilment_id"])

    await recall(harness, mug)
    completed = await complete_handout(mug["fulfilment_id"])
    await recall(harness, mug)

    assert completed["__typename"] == "FulfilmentWasEnded"
    assert await harness.events_recorded(FAILED) == []
    assert len(await harness.events_recorded(COMPLETED)) == 1

"""A partner's system hands out what is its own."""

from typing import Any
from uuid import uuid4

import pytest
from services.channel.tests.handouts import Send, told, work

from kit.testing.harness import Harness


@pytest.fixture
def over_rest(harness: Harness, acme: str) -> Send:
    async def send(fulfilment: str, what: str, *, as_: str = acme, **content: Any) -> Any:
        return await harness.post(f"/v1/fulfilments/{fulfilment}/{what}", content, as_=as_)

    return send


async def test_a_partners_system_lists_claims_and_completes_its_own(
    harness: Harness, world: None, ask: Send, over_rest: Send, acme: str
) -> None:
    customer = str(uuid4())
    fulfilment = await ask(
        "50 yuan", kind="top_up", partner_code="acme", amount_minor=50_00, currency="CNY",
        customer_id=customer, reward_code="top-50",
    )  # fmt: skip
    listed = (await harness.get("/v1/fulfilments", as_=acme)).json()

    claimed = await over_rest(fulfilment, "claim")
    answers = [
        await over_rest(fulfilment, "outcome", outcome="completed", reference="T-9")
        for _ in range(2)
    ]
    other = await over_rest(fulfilment, "outcome", outcome="failed", reason="no such number")

    (view,) = listed["fulfilments"]
    del view["requested_at"]
    assert (listed["next"], view) == (
        None,
        {
            "id": fulfilment,
            "attempt": 1,
            "kind": "top_up",
            "state": "open",
            "customer_id": customer,
            "reward": "top-50",
            "title": "50 yuan",
            "quantity": 1,
            "amount_minor": 50_00,
            "currency": "CNY",
            "lease_until": None,
            "reference": "",
            "reason": "",
            "ended_at": None,
        },
    )
    assert (claimed.status_code, claimed.json()["state"]) == (200, "claimed")
    assert answers[0].json() == answers[1].json()
    assert (answers[0].json()["state"], answers[0].json()["reference"]) == ("completed", "T-9")
    assert (other.status_code, other.json()["title"]) == (409, "FulfilmentIsOver")
    assert await told(harness) == [("completed", "T-9", "")]


async def test_partners_are_kept_to_their_own_and_to_their_scope(
    harness: Harness, world: None, a_partner: Send, ask: Send, over_rest: Send
) -> None:
    await a_partner("other", state="SUSPENDED")
    fulfilment = await ask(kind="partner_reward", partner_code="acme")
    token = harness.token
    unscoped = token("partner", unit="hq.zj", partner="acme", scope="tasks:work")
    suspended = token("partner", unit="hq.zj", partner="other", scope="fulfilments:work")
    marketer = token("marketer", scope="fulfilments:work")
    staff = token("front_line", unit="hq.zj.hz", scope="fulfilments:work")

    codes = [
        (await over_rest(fulfilment, "claim", as_=each)).status_code
        for each in (unscoped, suspended, marketer, staff)
    ]

    assert codes == [403, 403, 403, 404]


@pytest.mark.parametrize(
    "wrong",
    [
        {"outcome": "failed"},
        {"outcome": "failed", "reason": "x", "reference": "R-1"},
        {"outcome": "completed", "reason": "x"},
        {"outcome": "lost"},
        {"outcome": "completed", "reference": "x" * 101},
        {"outcome": "completed", "receipt": "R-1"},
    ],
)
async def test_an_outcome_that_makes_no_sense_is_refused_and_changes_nothing(
    harness: Harness, world: None, ask: Send, over_rest: Send, wrong: dict[str, Any], operator: str
) -> None:
    fulfilment = await ask(kind="partner_reward", partner_code="acme")
    await over_rest(fulfilment, "claim")

    refused = await over_rest(fulfilment, "outcome", **wrong)

    assert refused.status_code == 422
    assert await work(harness, fulfilment, "state", operator) == {"state": "CLAIMED"}
    assert await told(harness) == []

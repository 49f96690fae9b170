from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from services.channel.tests.handouts import ask, claim_handout, complete_handout
from services.channel.tests.inboxes import answer, claim, inbox

from channel.app import channel
from kit.app import Service
from kit.models import utcnow
from kit.testing.harness import Harness

__all__ = ["answer", "ask", "claim", "claim_handout", "complete_handout", "inbox"]

DISPATCHED = "octoreach.campaign.task.dispatched.v1"
SCOPES = "touchpoints:write orders:write tasks:work fulfilments:work settlements:read"
Send = Callable[..., Awaitable[Any]]

REGISTER_UNIT = """
mutation ($unit: UnitInput!) { registerUnit(unit: $unit) {
  __typename
  ... on UnitWasRegistered { unit { code name level parentCode } }
  ... on Refusal { message }
  ... on InvalidInput { field }
  ... on NotFound { kind key }
} }
"""
REGISTER_PARTNER = """
mutation ($partner: PartnerInput!) { registerPartner(partner: $partner) {
  __typename
  ... on PartnerWasRegistered { partner { code name kind tier unit state } }
  ... on Refusal { message }
  ... on InvalidInput { field }
  ... on NotFound { kind key }
} }
"""
ADVANCE_PARTNER = """
mutation ($code: String!, $to: PartnerState!, $reason: String!) {
  advancePartner(code: $code, to: $to, reason: $reason) {
    __typename
    ... on PartnerWasAdvanced { partner { code state } }
    ... on Refusal { message }
    ... on InvalidInput { field }
    ... on PartnerCannotAdvance { fromState toState possible }
  }
}
"""
OPEN_CHANNEL = """
mutation ($channel: ChannelInput!) { openChannel(channel: $channel) {
  __typename
  ... on ChannelWasOpened { channel { code kind name unit partnerCode } }
  ... on Refusal { message }
  ... on InvalidInput { field }
  ... on NotFound { kind key }
} }
"""
DEFINE_PLAN = """
mutation ($plan: CommissionPlanInput!) { defineCommissionPlan(plan: $plan) {
  __typename
  ... on CommissionPlanWasDefined { plan { code kind } }
  ... on Refusal { message }
  ... on InvalidInput { field }
} }
"""


@pytest.fixture
def service() -> Service:
    return channel


@pytest.fixture
def operator(harness: Harness) -> str:
    return harness.token("operator", subject="olga", scope=SCOPES)


@pytest.fixture
def front_line(harness: Harness) -> str:
    return harness.token("front_line", unit="hq.zj.hz", subject="fang", scope=SCOPES)


@pytest.fixture
def acme(harness: Harness) -> str:
    return harness.token("partner", unit="hq.zj", subject="acme-app", partner="acme", scope=SCOPES)


@pytest.fixture
def mutate(harness: Harness, operator: str) -> Send:
    """Sends a mutation with one root field, and answers with that field."""

    async def send(query: str, *, as_: str | None = None, **variables: Any) -> Any:
        data = await harness.graph(query, as_=as_ or operator, **variables)
        return next(iter(data.values()))

    return send


def _sends(query: str, name: str) -> Any:
    """A fixture that sends a mutation about one thing, told in keywords."""

    @pytest.fixture
    def fixture(mutate: Send) -> Send:
        async def send(*, as_: str | None = None, **told: Any) -> Any:
            return await mutate(query, as_=as_, **{name: told})

        return send

    return fixture


register_unit = _sends(REGISTER_UNIT, "unit")
register_partner = _sends(REGISTER_PARTNER, "partner")
open_channel = _sends(OPEN_CHANNEL, "channel")
define_plan = _sends(DEFINE_PLAN, "plan")


@pytest.fixture
def advance_partner(mutate: Send) -> Send:
    async def send(code: str, to: str, reason: str = "all in order", **options: Any) -> Any:
        return await mutate(ADVANCE_PARTNER, code=code, to=to, reason=reason, **options)

    return send


@pytest.fixture
def a_partner(register_partner: Send, advance_partner: Send) -> Send:
    """Registers a partner and takes it as far as `state`."""
    way = ("APPLIED", "VERIFIED", "CONTRACTED", "ACTIVE", "SUSPENDED", "TERMINATED")

    async def make(code: str = "acme", *, state: str = "ACTIVE", **told: Any) -> str:
        partner = {
            "code": code,
            "name": code.title(),
            "kind": "APP_PUBLISHER",
            "tier": "gold",
            "unit": "hq.zj",
            **told,
        }
        await register_partner(**partner)
        for to in way[1 : way.index(state) + 1]:
            await advance_partner(code, to)
        return code

    return make


@pytest.fixture
def a_channel(open_channel: Send) -> Send:
    async def make(code: str, *, partner: str | None = None, **told: Any) -> str:
        channel = {
            "code": code,
            "kind": "APP" if partner else "OWN_STORE",
            "name": code,
            "unit": "hq.zj.hz",
            "partnerCode": partner,
            **told,
        }
        await open_channel(**channel)
        return code

    return make


@pytest.fixture
async def organisation(register_unit: Send, harness: Harness) -> None:
    for code in ("hq", "hq.zj", "hq.zj.hz", "hq.zj.nb", "hq.gd"):
        await register_unit(code=code, name=code)
    await harness.publish()


@pytest.fixture
async def world(organisation: None, a_partner: Send, a_channel: Send) -> None:
    """A few units, the active partner acme with an app, and a store of our own."""
    await a_partner("acme")
    await a_channel("acme-app", partner="acme")
    await a_channel("hz-store")


@pytest.fixture
def a_touchpoint() -> Callable[..., dict[str, Any]]:
    def make(id: str = "t-1", **told: Any) -> dict[str, Any]:
        return {
            "id": id,
            "kind": "visited",
            "channel": "acme-app",
            "customer": {"scheme": "crm", "value": "C-1"},
            "occurred_at": utcnow().isoformat(),
            **told,
        }

    return make


@pytest.fixture
def report(harness: Harness, acme: str) -> Send:
    """Reports touchpoint events, and answers with the receipt."""

    async def send(*events: dict[str, Any], as_: str = acme) -> Any:
        answer = await harness.post("/v1/touchpoint-events", {"events": list(events)}, as_=as_)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return send


@pytest.fixture
def dispatch(harness: Harness) -> Send:
    """Lets a task be dispatched to a channel, and answers with its id."""

    async def send(channel_code: str = "acme-app", **told: Any) -> str:
        event = {
            "task_id": str(uuid4()),
            "campaign_id": str(uuid4()),
            "campaign_code": "spring",
            "offer_id": str(uuid4()),
            "offer_code": "films",
            "offer_name": "Films",
            "products": ["streaming-plus"],
            "customer_id": str(uuid4()),
            "channel_code": channel_code,
            "unit": "hq.zj.hz",
            "title": "Films tonight?",
            "text": "Three for one.",
            "deadline": (utcnow() + timedelta(days=1)).isoformat(),
            "touchpoint_id": None,
            "touchpoint_received_at": None,
            **told,
        }
        await harness.hear(DISPATCHED, event)
        return str(event["task_id"])

    return send


@pytest.fixture
def an_order() -> Callable[..., dict[str, Any]]:
    def make(reference: str = "A-1", *, amount: int = 10_000, **told: Any) -> dict[str, Any]:
        return {
            "reference": reference,
            "customer": {"scheme": "crm", "value": "C-1"},
            "channel": "acme-app",
            "placed_at": utcnow().isoformat(),
            "currency": "CNY",
            "lines": [{"product": "streaming-plus", "quantity": 1, "amount_minor": amount}],
            **told,
        }

    return make


@pytest.fixture
def place(harness: Harness, acme: str) -> Send:
    """Places an order, and answers with the response."""

    async def send(order: dict[str, Any], *, as_: str = acme, key: str | None = None) -> Any:
        return await harness.post("/v1/orders", order, as_=as_, key=key or str(uuid4()))

    return send


@pytest.fixture
def register_customer(harness: Harness) -> Send:
    """Lets the customer service report somebody."""

    async def send(
        *identifiers: str,
        customer_id: UUID | None = None,
        version: int = 1,
        unit: str = "hq.zj.hz",
        subject: str = "octoreach.customer.customer.registered.v1",
        consents: Sequence[dict[str, Any]] = (),
        special_lists: Sequence[str] = (),
        **options: Any,
    ) -> UUID:
        customer_id = customer_id or uuid4()
        pairs = [each.partition(":") for each in identifiers]
        content = {
            "customer_id": str(customer_id),
            "version": version,
            "unit": unit,
            "identifiers": [{"scheme": scheme, "value": value} for scheme, _, value in pairs],
            "consents": list(consents),
            "special_lists": list(special_lists),
        }
        await harness.hear(subject, content, **options)
        return customer_id

    return send

"""Customers, their orders and their points, in the words of the tests."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from kit.models import utcnow, uuid7
from kit.testing.harness import Harness

REGISTERED = "octoreach.customer.customer.registered.v1"
CHANGED = "octoreach.customer.customer.changed.v1"
PLACED = "octoreach.channel.order.placed.v1"
CANCELLED = "octoreach.channel.order.cancelled.v1"
GRANTED = "octoreach.campaign.benefit.granted.v1"
CAMPAIGN = uuid7()
SOUND = {
    "sumOfEntries": 0,
    "postingsOutOfBalance": 0,
    "accountsOutOfBalance": 0,
    "lotsOutOfBalance": 0,
    "transfersOutOfBalance": 0,
    "negativeBalances": 0,
    "reportsOutOfBalance": 0,
}

LEDGER = """{ ledger { postings entries sumOfEntries postingsOutOfBalance accountsOutOfBalance
  lotsOutOfBalance transfersOutOfBalance negativeBalances reportsOutOfBalance
  liability debts } }"""


def facts(customer: UUID, unit: str, version: int) -> dict[str, Any]:
    """What the customer service tells of a customer, as far as loyalty reads it."""
    return {
        "customer_id": customer,
        "version": version,
        "unit": unit,
        "kind": "individual",
        "status": "active",
        "time_zone": "Asia/Shanghai",
        "attributes": {},
        "tags": [],
    }


def order_placed(
    order: UUID, customer: UUID, amount_minor: int, currency: str = "CNY", at: Any = None
) -> dict[str, Any]:
    """What the channel service tells of an order, as far as loyalty reads it."""
    return {
        "order_id": order,
        "customer_id": customer,
        "channel_code": "store",
        "partner_code": None,
        "unit": "hq.zj.hz",
        "amount_minor": amount_minor,
        "currency": currency,
        "lines": [{"product_code": "plan", "quantity": 1, "amount_minor": amount_minor}],
        "placed_at": at or utcnow(),
    }


class Members:
    """What customers do, and what can be seen of it."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.operator = harness.token("operator")

    async def register(
        self, customer: UUID | None = None, unit: str = "hq.zj", version: int = 1, **more: Any
    ) -> UUID:
        customer = customer or uuid7()
        await self.harness.hear(REGISTERED, facts(customer, unit, version) | more)
        return customer

    async def order(
        self,
        customer: UUID,
        amount_minor: int,
        *,
        order: UUID | None = None,
        at: datetime | None = None,
        currency: str = "CNY",
        event_id: UUID | None = None,
        **more: Any,
    ) -> UUID:
        order = order or uuid7()
        content = order_placed(order, customer, amount_minor, currency, at or utcnow()) | more
        await self.harness.hear(PLACED, content, event_id=event_id)
        return order

    async def cancel(self, customer: UUID, order: UUID, *, event_id: UUID | None = None) -> None:
        content = {"order_id": order, "customer_id": customer, "cancelled_at": utcnow()}
        await self.harness.hear(CANCELLED, content, event_id=event_id)

    async def grant(self, customer: UUID, task: UUID | None = None, **asked: Any) -> UUID:
        task = task or uuid7()
        content = {"task_id": task, "campaign_id": CAMPAIGN, "customer_id": customer, **asked}
        await self.harness.hear(GRANTED, content)
        return task

    async def points(
        self, customer: UUID, fields: str = "balance debt", as_: str | None = None
    ) -> Any:
        """A customer's points as the gateway would ask for them."""
        found = await self.harness.entity(
            {"__typename": "Customer", "id": str(customer)},
            f"points {{ {fields} }}",
            as_=as_ or self.operator,
        )
        return found["points"]

    async def account(self, customer: UUID) -> str:
        return str((await self.points(customer, "id"))["id"])

    async def balance(self, customer: UUID) -> int:
        return int((await self.points(customer))["balance"])

    async def sql(self, statement: str, **values: Any) -> None:
        """What an operator sets up by hand: rules, tiers, and time gone by."""
        async with self.harness.db.transaction() as session:
            await session.execute(text(statement), values)

    async def scalar(self, query: str, **values: Any) -> Any:
        """One value of one row, as the database has it."""
        async with self.harness.db.reading() as session:
            return (await session.execute(text(query), values)).scalar_one()

    async def ledger(self) -> dict[str, int]:
        ledger: dict[str, int] = (await self.harness.graph(LEDGER, as_=self.operator))["ledger"]
        return ledger

    async def is_sound(self) -> bool:
        """Whether every invariant of the ledger holds."""
        ledger = await self.ledger()
        return {name: ledger[name] for name in SOUND} == SOUND

    async def announced(self, *subjects: str) -> list[dict[str, Any]]:
        """What was told of these subjects, such as `points.earned`."""
        full = {f"octoreach.loyalty.{each}.v1" for each in subjects}
        return [each for each in await self.harness.events_recorded() if each["subject"] in full]


Move = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def members(harness: Harness) -> Members:
    return Members(harness)


SPEND = """mutation ($input: SpendPointsInput!) { spendPoints(input: $input) {
  __typename
  ... on PointsWereSpent { balance account { balance } }
  ... on Refusal { message }
  ... on NotEnoughPoints { needed balance }
  ... on InvalidInput { field }
} }"""

ADJUST = (
    SPEND.replace("spendPoints", "adjustPoints")
    .replace("SpendPointsInput", "AdjustPointsInput")
    .replace("PointsWereSpent", "PointsWereAdjusted")
)


@pytest.fixture
def spend(members: Members) -> Move:
    return _mover(members, SPEND, "spendPoints")


@pytest.fixture
def adjust(members: Members) -> Move:
    return _mover(members, ADJUST, "adjustPoints")


def _mover(members: Members, mutation: str, name: str) -> Move:
    async def move(
        customer: UUID,
        points: int,
        *,
        key: str | None = None,
        reason: str = "a mug",
        as_: str | None = None,
        account: str | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        asked = {
            "accountId": account or await members.account(customer),
            "points": points,
            "reason": reason,
            "idempotencyKey": str(uuid7()) if key is None else key,
            **more,
        }
        data = await members.harness.graph(mutation, as_=as_ or members.operator, input=asked)
        answer: dict[str, Any] = data[name]
        return answer

    return move

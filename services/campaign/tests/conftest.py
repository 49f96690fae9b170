"""Marketing in the words of the tests: plan, approve, run; customers, touchpoints, outcomes."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from campaign.app import campaign
from kit.app import Service
from kit.models import utcnow, uuid7
from kit.reactions import Message
from kit.schedules import Every
from kit.testing.harness import Harness

EVENT = "octoreach.{}.v1"
DEFINE_PRODUCT = """mutation ($input: DefineProductInput!) { defineProduct(input: $input) {
  __typename ... on ProductWasDefined { product { code name price { minor currency } stock } }
  ... on Refusal { message } ... on InvalidInput { field } } }"""
DEFINE_OFFER = """mutation ($input: DefineOfferInput!) { defineOffer(input: $input) {
  __typename ... on OfferWasDefined { offer { id code name frozen } }
  ... on Refusal { message } ... on InvalidInput { field }
  ... on NotFound { kind key } ... on OfferIsFrozen { offerCode } } }"""
PLAN = """mutation ($input: PlanCampaignInput!) { planCampaign(input: $input) {
  __typename ... on CampaignWasPlanned { campaign { id code state } }
  ... on Refusal { message } ... on InvalidInput { field } ... on NotFound { kind key }
  ... on CampaignStepNotPossible { state wanted } } }"""
ADVANCE = """mutation ($id: UUID!%s) { answer: %s(id: $id%s) {
  __typename ... on CampaignWasAdvanced { campaign { state } }
  ... on Refusal { message } ... on CampaignStepNotPossible { state wanted } } }"""
APPROVE = """mutation ($id: UUID!, $kind: ApprovalKind!) { approveCampaign(id: $id, kind: $kind) {
  __typename ... on CampaignWasApproved { campaign { state } }
  ... on Refusal { message } ... on CampaignStepNotPossible { state wanted }
  ... on OwnCampaign { submittedBy } ... on CampaignAlreadyApproved { approval by } } }"""
FIGURES = (
    "contacts delivered presented accepted declined converted revenue { minor } cost { minor }"
)
FUNNEL = f"""query ($id: UUID!) {{ campaign(id: $id) {{ funnel {{
  totals {{ {FIGURES} }}
  byChannel {{ channel {{ code }} {FIGURES} }}
  treatment {{ customers converted rate }} control {{ customers converted rate }}
  lift {{ rate low high }} costPerAcquisition {{ minor currency }} roi
}} }} }}"""
BUDGET = """query ($id: UUID!) { campaign(id: $id) { budget {
  amount { minor } reserve { minor } committed { minor } spent { minor } overrun { minor }
  available { minor } warned } } }"""
SCOPES = "approve:business approve:finance approve:compliance"
ALL_CONSENT = [{"purpose": "marketing", "channel_kind": None, "granted": True}]


@pytest.fixture
def service() -> Service:
    return campaign


class Marketing:
    """Everybody around the campaign service."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.marketer = harness.token("marketer", subject="mia")
        self.approver = harness.token("approver", subject="abe", scope=SCOPES)
        self.analyst = harness.token("analyst", subject="ann")

    # Planning

    async def product(self, code: str = "streaming", **changes: Any) -> dict[str, Any]:
        product = {
            "code": code,
            "name": code.title(),
            "kind": "pack",
            "unit": "hq",
            "priceMinor": 2_900,
            "currency": "CNY",
        }
        data = await self.harness.graph(DEFINE_PRODUCT, as_=self.marketer, input=product | changes)
        return dict(data["defineProduct"])

    async def offer(self, code: str = "streaming-deal", **changes: Any) -> dict[str, Any]:
        offer = {
            "code": code,
            "name": code.title(),
            "unit": "hq",
            "products": ["streaming"],
            "priceMinor": 1_900,
            "currency": "CNY",
            "costMinor": 100,
            "expectedValueMinor": 1_000,
            "benefit": {"kind": "POINTS", "points": 50},
        }
        data = await self.harness.graph(DEFINE_OFFER, as_=self.marketer, input=offer | changes)
        return dict(data["defineOffer"])

    def plan(self, code: str = "films", **changes: Any) -> dict[str, Any]:
        plan = {
            "code": code,
            "name": code.title(),
            "unit": "hq",
            "goal": "CONVERT",
            "kind": "TRIGGERED",
            "offers": [{"code": "streaming-deal"}],
            "budget": {"amountMinor": 1_000_000, "currency": "CNY"},
            "trigger": {"touchpointKinds": ["ran_low"]},
        }
        return plan | changes

    async def plan_campaign(
        self, code: str = "films", *, as_: str | None = None, **changes: Any
    ) -> dict[str, Any]:
        data = await self.harness.graph(
            PLAN, as_=as_ or self.marketer, input=self.plan(code, **changes)
        )
        return dict(data["planCampaign"])

    async def step(
        self, name: str, id: str, *, as_: str | None = None, **more: Any
    ) -> dict[str, Any]:
        kinds = {"reason": "String!", "pilotUnits": "[String!]", "lesson": "String!"}
        declared = "".join(f", ${each}: {kinds[each]}" for each in more)
        passed = "".join(f", {each}: ${each}" for each in more)
        by = self.approver if name == "sendBackCampaign" else self.marketer
        data = await self.harness.graph(
            ADVANCE % (declared, name, passed), as_=as_ or by, id=id, **more
        )
        return dict(data["answer"])

    async def approve(
        self, id: str, kind: str = "BUSINESS", *, as_: str | None = None
    ) -> dict[str, Any]:
        data = await self.harness.graph(APPROVE, as_=as_ or self.approver, id=id, kind=kind)
        return dict(data["approveCampaign"])

    async def catalogue(self) -> None:
        await self.product()
        await self.offer()

    async def planned(self, code: str = "films", **changes: Any) -> str:
        await self.product()
        await self.offer()
        return str((await self.plan_campaign(code, **changes))["campaign"]["id"])

    async def approved(self, code: str = "films", **changes: Any) -> str:
        return await self.have_approved(await self.planned(code, **changes))

    async def have_approved(self, id: str) -> str:
        await self.step("submitCampaign", id)
        await self.approve(id, "BUSINESS")
        await self.approve(id, "COMPLIANCE")
        return id

    async def running(self, code: str = "films", **changes: Any) -> str:
        id = await self.approved(code, **changes)
        assert (await self.step("startCampaign", id))["__typename"] == "CampaignWasAdvanced"
        return id

    async def state(self, id: str) -> str:
        data = await self.harness.graph(
            "query ($id: UUID!) { campaign(id: $id) { state } }", as_=self.marketer, id=id
        )
        return str(data["campaign"]["state"])

    # What others report

    async def hear(self, subject: str, **content: Any) -> None:
        await self.harness.hear(EVENT.format(subject), content)

    async def hear_all(self, *events: tuple[str, dict[str, Any]]) -> None:
        """One batch, as the worker would have it."""
        await self.hear_messages([self.message(*each) for each in events])

    def message(self, subject: str, content: dict[str, Any]) -> Message:
        return Message(
            id=uuid7(),
            subject=EVENT.format(subject),
            time=utcnow().isoformat(),
            trace="",
            content=orjson.dumps(content, default=str),
        )

    async def hear_messages(self, messages: list[Message]) -> None:
        for outcome in await self.harness.running.hearing.hear(messages):
            if outcome.failure:
                raise outcome.failure

    def facts(self, customer: UUID, **changes: Any) -> dict[str, Any]:
        return {
            "customer_id": customer,
            "version": 1,
            "kind": "individual",
            "status": "active",
            "unit": "hq.zj.hz",
            "time_zone": "Asia/Shanghai",
            "sampling_key": str(customer),
            "attributes": {"monthly_charges": 80},
            "tags": [],
            "holdings": [],
            "consents": ALL_CONSENT,
            "special_lists": [],
            **changes,
        }

    async def customer(self, **changes: Any) -> UUID:
        customer = uuid7()
        await self.hear("customer.customer.registered", **self.facts(customer, **changes))
        return customer

    async def channel(self, code: str, kind: str, unit: str = "hq.zj.hz") -> None:
        await self.hear("channel.channel.opened", code=code, kind=kind, name=code, unit=unit)

    def touchpoint(self, customer: UUID, **changes: Any) -> dict[str, Any]:
        now = utcnow()
        return {
            "touchpoint_id": uuid7(),
            "customer_id": customer,
            "kind": "ran_low",
            "channel_code": "app",
            "channel_kind": "app",
            "unit": "hq.zj.hz",
            "occurred_at": now,
            "received_at": now,
            "properties": {},
            **changes,
        }

    async def meet(self, customer: UUID, **changes: Any) -> None:
        await self.hear("channel.touchpoint.reported", **self.touchpoint(customer, **changes))

    def progress(self, task: dict[str, Any], status: str, **changes: Any) -> dict[str, Any]:
        return {
            "task_id": task["task_id"],
            "campaign_id": task["campaign_id"],
            "customer_id": task["customer_id"],
            "channel_code": task["channel_code"],
            "status": status,
            "reason": None,
            "by": "fred",
            "occurred_at": utcnow(),
            **changes,
        }

    async def report(self, task: dict[str, Any], status: str, **changes: Any) -> None:
        await self.hear("channel.task.progressed", **self.progress(task, status, **changes))

    async def fulfil(self, task: dict[str, Any], cost_minor: int = 100) -> None:
        await self.hear("loyalty.benefit.fulfilled", task_id=task["task_id"], cost_minor=cost_minor)

    async def take_back(self, task: dict[str, Any], cost_minor: int, *, told: int = 1) -> None:
        """One event, however often it is told."""
        back = {"task_id": task["task_id"], "cost_minor": cost_minor}
        event = self.message("loyalty.benefit.reversed", back)
        for _ in range(told):
            await self.hear_messages([event])

    def order(self, customer: UUID, amount_minor: int = 1_900, **changes: Any) -> dict[str, Any]:
        return {
            "order_id": uuid7(),
            "customer_id": customer,
            "task_id": None,
            "amount_minor": amount_minor,
            "currency": "CNY",
            "placed_at": utcnow() + timedelta(seconds=1),
            "imported": False,
            **changes,
        }

    async def buy(self, customer: UUID, amount_minor: int = 1_900, **changes: Any) -> UUID:
        order = self.order(customer, amount_minor, **changes)
        await self.hear("channel.order.placed", **order)
        return UUID(str(order["order_id"]))

    async def cancel(self, customer: UUID, order: UUID, at: datetime | None = None) -> None:
        await self.hear(
            "channel.order.cancelled",
            order_id=order,
            customer_id=customer,
            amount_minor=1_900,
            currency="CNY",
            cancelled_at=at or utcnow(),
        )

    async def run(self, schedule: Any) -> None:
        """Run a schedule as the worker would."""
        async with self.harness.db.transaction() as session:
            await Every(1, schedule).act(session)

    # What can be seen

    async def recorded(self, subject: str) -> list[dict[str, Any]]:
        return await self.harness.events_recorded(EVENT.format(f"campaign.{subject}"))

    async def tasks(self) -> list[dict[str, Any]]:
        return await self.recorded("task.dispatched")

    async def outcomes(self) -> Counter[str]:
        return Counter(each["outcome"] for each in await self.recorded("decision.made"))

    async def decisions(self, customer: UUID) -> list[dict[str, Any]]:
        """Newest first."""
        found = await self.harness.entity(
            {"__typename": "Customer", "id": str(customer)},
            "decisions(first: 50) { edges { node { outcome taskId candidates "
            "{ outcome stage reason offer { code } campaign { code } } } } }",
            as_=self.analyst,
        )
        return [edge["node"] for edge in found["decisions"]["edges"]]

    async def why(self, customer: UUID) -> tuple[str, str]:
        """The stage and the reason of the only candidate of the latest decision."""
        (candidate,) = (await self.decisions(customer))[0]["candidates"]
        return candidate["stage"], candidate["reason"]

    async def budget(self, id: str) -> dict[str, Any]:
        found = (await self.harness.graph(BUDGET, as_=self.analyst, id=id))["campaign"]["budget"]
        return {
            name: value["minor"] if isinstance(value, dict) else value
            for name, value in found.items()
        }

    async def funnel(self, id: str) -> dict[str, Any]:
        data = await self.harness.graph(FUNNEL, as_=self.analyst, id=id)
        return dict(data["campaign"]["funnel"])


@pytest.fixture
def marketing(harness: Harness) -> Marketing:
    return Marketing(harness)

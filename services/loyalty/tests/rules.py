"""Earning rules as marketers draft, activate and retire them, in the words of the tests."""

from typing import Any

import orjson
import pytest

from kit.models import utcnow, uuid7
from kit.reactions import Message

TOUCHPOINT = "octoreach.channel.touchpoint.reported.v1"
CONVERSION = "octoreach.campaign.conversion.attributed.v1"
PLACED = "octoreach.channel.order.placed.v1"
DRAFT = """mutation ($input: DraftEarningRuleInput!) { draftEarningRule(input: $input) {
  __typename
  ... on EarningRuleWasDrafted { rule { code version state words condition draftedBy } }
  ... on InvalidInput { field message }
} }"""
DRAFTS = """query ($code: String!) { earningRules(code: $code, state: DRAFT) {
  edges { node { id } } } }"""
ACTIVATE = """mutation ($code: String!, $draft: UUID!) {
  activateEarningRule(code: $code, draft: $draft) {
  __typename
  ... on EarningRuleWasActivated { rule { version state activatedBy validFrom } }
  ... on Refusal { message }
} }"""
RETIRE = """mutation ($code: String!) { retireEarningRule(code: $code) {
  __typename
  ... on EarningRuleWasRetired { rule { version state } }
  ... on Refusal { message }
} }"""
CAP = """mutation ($event: EarningEvent!, $points: Long) {
  setEarningCap(event: $event, pointsPerDay: $points) {
    __typename
    ... on EarningCapWasSet { pointsPerDay }
    ... on InvalidInput { field }
} }"""
VERSIONS = """query ($code: String!) { earningRules(code: $code) { edges { node {
  version state } } } }"""
EARNINGS = """earnings(first: 20) { edges { node { event points cancelledAt
  lines { ruleCode ruleVersion points explanation partnerCode partnerPoints } } } }"""


class Rules:
    """Who writes rules, who lets them give, and what they say they gave."""

    def __init__(self, members) -> None:
        self.members = members
        self.ann = members.harness.token("marketer", subject="ann")
        self.bob = members.harness.token("approver", subject="bob", scope="approve:finance")

    async def draft(self, code="bonus", *, as_=None, **terms: Any) -> dict[str, Any]:
        wanted = {"code": code, "name": "Bonus", "event": "ORDER", "kind": "FIXED", "points": 5}
        data = await self.members.harness.graph(
            DRAFT, as_=as_ or self.ann, input={**wanted, **terms}
        )
        return data["draftEarningRule"]

    async def read(self, code="bonus") -> str:
        """The draft's id, of nothing that there is without one."""
        data = await self.members.harness.graph(DRAFTS, as_=self.bob, code=code)
        return next((each["node"]["id"] for each in data["earningRules"]["edges"]), str(uuid7()))

    async def activate(self, code="bonus", as_=None, draft=None) -> dict[str, Any]:
        read = draft or await self.read(code)
        data = await self.members.harness.graph(
            ACTIVATE, as_=as_ or self.bob, code=code, draft=read
        )
        return data["activateEarningRule"]

    async def retire(self, code="bonus") -> dict[str, Any]:
        data = await self.members.harness.graph(RETIRE, as_=self.ann, code=code)
        return data["retireEarningRule"]

    async def give(self, code="bonus", **terms: Any) -> None:
        drafted = await self.draft(code, **terms)
        assert drafted["__typename"] == "EarningRuleWasDrafted", drafted
        assert (await self.activate(code))["__typename"] == "EarningRuleWasActivated"

    async def cap(self, event: str, points: int | None) -> dict[str, Any]:
        data = await self.members.harness.graph(CAP, as_=self.bob, event=event, points=points)
        return data["setEarningCap"]

    async def versions(self, code: str) -> list[tuple[int, str]]:
        data = await self.members.harness.graph(VERSIONS, as_=self.ann, code=code)
        return [tuple(edge["node"].values()) for edge in data["earningRules"]["edges"]]

    async def explained(self, customer, as_=None) -> list[dict[str, Any]]:
        found = await self.members.harness.entity(
            {"__typename": "Customer", "id": str(customer)},
            EARNINGS,
            as_=as_ or self.members.operator,
        )
        return found["earnings"] and [edge["node"] for edge in found["earnings"]["edges"]]

    async def touch(self, customer, kind="took_part", *, at=None, touchpoint=None, **properties):
        content = {
            "touchpoint_id": touchpoint or uuid7(),
            "customer_id": customer,
            "kind": kind,
            "channel_code": "app",
            "partner_code": None,
            "unit": "hq.zj",
            "occurred_at": at or utcnow(),
            "properties": properties,
        }
        await self.members.harness.hear(TOUCHPOINT, content)

    async def convert(self, customer, campaign, order, arm="treatment", amount_minor=100_00):
        content = {
            "conversion_id": uuid7(),
            "campaign_id": campaign,
            "arm": arm,
            "order_id": order,
            "customer_id": customer,
            "amount_minor": amount_minor,
            "currency": "CNY",
        }
        await self.members.harness.hear(CONVERSION, content)


@pytest.fixture
def rules(members) -> Rules:
    return Rules(members)


def compare(fact, operator="EQUALS", **value):
    return {"compare": {"fact": fact, "operator": operator, "value": value}}


def line(code, points, explanation, version=1, partner=None, share=0):
    return {
        "ruleCode": code, "ruleVersion": version, "points": points, "explanation": explanation,
        "partnerCode": partner, "partnerPoints": share,
    }  # fmt: skip


def placed(customer, amount_minor, partner=None) -> Message:
    now = utcnow().isoformat()
    content = {
        "order_id": uuid7(), "customer_id": customer, "channel_code": "store",
        "partner_code": partner, "unit": "hq.zj", "amount_minor": amount_minor, "currency": "CNY",
        "lines": [], "placed_at": now,
    }  # fmt: skip
    return Message(uuid7(), PLACED, now, "", orjson.dumps(content, default=str))

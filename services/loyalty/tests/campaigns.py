"""What campaigns grant and what became of it, in the words of the tests."""

from typing import Any
from uuid import UUID

import pytest
from services.loyalty.tests.members import Members

DEFINE = """mutation ($input: Define{0}Input!) {{ define{0}(input: $input) {{ __typename
  ... on Refusal {{ message }} ... on InvalidInput {{ field }} }} }}"""
BENEFITS = """benefits(first: 20) { edges { node {
  kind reference outcome reason points taskId cost { minor } } } }"""


class Campaigns:
    """What campaigns grant, what there is to be granted, and what became of it."""

    def __init__(self, members: Members) -> None:
        self.members = members
        self.marketer = members.harness.token("marketer", unit="hq")

    async def define(self, what: str, as_: str | None = None, **content: Any) -> dict[str, Any]:
        answer = await self.members.harness.graph(
            DEFINE.format(what), as_=as_ or self.marketer, input={"unit": "hq", **content}
        )
        found: dict[str, Any] = answer[f"define{what}"]
        return found

    async def privilege(self, code: str = "lounge", **more: Any) -> dict[str, Any]:
        content = {"name": code, "gives": "A quiet chair.", "days": 30, "costMinor": 500}
        return await self.define("Privilege", code=code, currency="CNY", **content | more)

    async def endorsement(self, code: str = "neighbours", **more: Any) -> dict[str, Any]:
        content = {"kind": "EXPERT", "endorsedBy": "Dr. Li", "text": "It works.", "costMinor": 30}
        return await self.define("Endorsement", code=code, currency="CNY", **content | more)

    async def bundle(self, code: str, *parts: dict[str, Any], **more: Any) -> dict[str, Any]:
        return await self.define("Bundle", code=code, name=code, parts=parts, **more)

    async def grant(self, customer: UUID, kind: str, task: UUID | None = None, **more: Any) -> UUID:
        asked = {"points": 0, "amount_minor": 0, "currency": "CNY", "committed_minor": 10_000}
        return await self.members.grant(customer, task, kind=kind, **asked | more)

    async def benefits(self, customer: UUID, as_: str | None = None) -> Any:
        """The newest first."""
        found = await self.members.harness.entity(
            {"__typename": "Customer", "id": str(customer)},
            BENEFITS,
            as_=as_ or self.members.operator,
        )
        shown = found["benefits"]
        return shown and [edge["node"] for edge in shown["edges"]]

    async def outcome(self, customer: UUID) -> tuple[str, str, int]:
        """What became of the newest: with its reason and what it costs."""
        (newest, *_) = await self.benefits(customer)
        return newest["outcome"], newest["reason"], newest["cost"]["minor"]

    async def told(self) -> list[tuple[str, str, int]]:
        """What campaigns are told: the answer, the kind, the cost or what of it comes back."""
        subjects = [f"benefit.{each}" for each in ("fulfilled", "refused", "reversed")]
        return [
            (each["subject"].split(".")[3], each["kind"], each["cost_minor"])
            for each in await self.members.announced(*subjects)
        ]

    async def wallet(self, customer: UUID, currency: str = "cash_back") -> tuple[int, int]:
        """What they have of it, and what they owe."""
        seen = await self.members.points(customer, "wallets { currency available debt }")
        for each in seen["wallets"]:
            if each["currency"] == currency:
                return int(each["available"]), int(each["debt"])
        return 0, 0


@pytest.fixture
def campaigns(members: Members) -> Campaigns:
    return Campaigns(members)

"""Achievements as they are drafted and reached, in the words of the tests."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import strategies as st

from kit.models import utcnow, uuid7
from loyalty.deeds.commands import count_history

TOUCHPOINT = "octoreach.channel.touchpoint.reported.v1"
DRAFT = """mutation ($input: DraftAchievementInput!) { draftAchievement(input: $input) {
  __typename
  ... on AchievementWasDrafted { achievement { version words } }
  ... on InvalidInput { field }
} }"""
ACTIVATE = """mutation ($code: String!, $history: Boolean!) {
  activateAchievement(code: $code, withHistory: $history) {
    __typename
    ... on AchievementWasActivated { achievement { version state history } }
    ... on Refusal { message }
} }"""
MINE = """achievements { value level missingToNext next { name } achievement { code version }
  reached { level name cycle points lostAt } }"""
DAY = timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime.now(SHANGHAI).replace(hour=12, minute=0, second=0, microsecond=0)


def steps(*thresholds: int, points: int = 10) -> list[dict[str, Any]]:
    names = ("bronze", "silver", "gold")
    return [
        {"name": name, "threshold": threshold, "points": points * number}
        for number, (name, threshold) in enumerate(zip(names, thresholds, strict=False), start=1)
    ]


class Achievements:
    """What marketers, approvers and members do about achievements."""

    def __init__(self, members) -> None:
        self.members = members
        self.harness = members.harness
        self.ann = self.harness.token("marketer", subject="ann", unit="hq")
        self.bob = self.harness.token("approver", subject="bob", unit="hq")

    async def draft(self, code="buyer", as_=None, **terms: Any) -> dict[str, Any]:
        wanted = {
            "code": code, "name": "Buyer", "unit": "hq", "measure": "ORDERS", "span": "EVER",
            "levels": steps(2, 4), **terms,
        }  # fmt: skip
        data = await self.harness.graph(DRAFT, as_=as_ or self.ann, input=wanted)
        return data["draftAchievement"]

    async def activate(self, code="buyer", history=False, as_=None) -> dict[str, Any]:
        data = await self.harness.graph(ACTIVATE, as_=as_ or self.bob, code=code, history=history)
        return data["activateAchievement"]

    async def define(self, code="buyer", history=False, **terms: Any) -> None:
        """An achievement that has been there for a long time."""
        assert (await self.draft(code, **terms))["__typename"] == "AchievementWasDrafted"
        assert (await self.activate(code, history))["__typename"] == "AchievementWasActivated"
        await self.members.sql(
            "UPDATE achievement SET valid_from = valid_from - interval '3 years' "
            "WHERE code = :code AND version = 1", code=code,
        )  # fmt: skip

    async def count_history(self) -> None:
        for _ in range(5):
            await self.harness.turn(count_history)

    async def look(self, customer, code="buyer", as_=None) -> dict[str, Any]:
        found = await self.harness.entity(
            {"__typename": "Customer", "id": str(customer)}, MINE, as_=as_ or self.members.operator
        )
        return next(each for each in found["achievements"] if each["achievement"]["code"] == code)

    async def level(self, customer, code="buyer") -> tuple[int, int]:
        seen = await self.look(customer, code)
        return seen["value"], seen["level"]

    async def reward(self, customer) -> int:
        """What achievements have given, less what they have taken back."""
        fields = "postings(first: 100) { edges { node { points reason } } }"
        edges = (await self.members.points(customer, fields))["postings"]["edges"]
        return sum(
            each["node"]["points"]
            for each in edges
            if each["node"]["reason"].startswith("achievement")
        )

    async def told(self) -> list[tuple[str, int, int]]:
        return [
            (each["subject"].split(".")[3], each["level"], each["points"])
            for each in await self.members.announced("achievement.reached", "achievement.lost")
        ]

    async def touch(self, customer, kind="visited", at=None, **more: Any) -> dict[str, Any]:
        content = {
            "touchpoint_id": uuid7(), "customer_id": customer, "kind": kind, "unit": "hq.zj",
            "channel_code": "app", "partner_code": None, "occurred_at": at or utcnow(),
            "properties": {}, **more,
        }  # fmt: skip
        await self.harness.hear(TOUCHPOINT, content)
        return content


@pytest.fixture
def achievements(members) -> Achievements:
    return Achievements(members)


days = st.dictionaries(st.integers(0, 40), st.integers(1, 3), max_size=25)

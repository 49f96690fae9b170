"""Leaderboards of members as they are opened and looked at, in the words of the tests."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kit.models import utcnow
from loyalty.leaderboards.commands.freezing import (
    freeze_periods,
    reward_winners,
)

DRAFT = """mutation ($input: DraftMemberLeaderboardInput!) { draftMemberLeaderboard(input: $input) {
  __typename
  ... on InvalidInput { field }
  ... on NotFound { kind }
} }"""
OPEN = """mutation ($code: String!) { openMemberLeaderboard(code: $code) { __typename } }"""
CLOSE = """mutation ($code: String!) { closeMemberLeaderboard(code: $code) { __typename } }"""
ENTRY = "rank name score prize customerId"
LOOK = f"""query ($code: String!, $day: Date, $customer: UUID, $first: Int!) {{
  memberLeaderboard(code: $code, period: $day, customerId: $customer, first: $first) {{
    startsOn members frozenAt top {{ {ENTRY} }} mine {{ {ENTRY} }} neighbours {{ {ENTRY} }} }} }}"""
DAY = timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime.now(SHANGHAI).replace(hour=12, minute=0, second=0, microsecond=0)


class Leaderboards:
    """What marketers, approvers and members do about leaderboards."""

    def __init__(self, members) -> None:
        self.members = members
        self.harness = members.harness
        self.ann = self.harness.token("marketer", subject="ann", unit="hq")
        self.bob = self.harness.token("approver", subject="bob", unit="hq")
        self.clerk = self.harness.token("front_line", unit="hq")

    async def draft(self, code="buyers", as_=None, **terms: Any) -> dict[str, Any]:
        wanted = {
            "code": code, "name": code.title(), "unit": "hq", "measure": "ORDERS",
            "span": "EVER", **terms,
        }  # fmt: skip
        data = await self.harness.graph(DRAFT, as_=as_ or self.ann, input=wanted)
        return data["draftMemberLeaderboard"]

    async def open(self, code="buyers", as_=None) -> str:
        data = await self.harness.graph(OPEN, as_=as_ or self.bob, code=code)
        return data["openMemberLeaderboard"]["__typename"]

    async def define(self, code="buyers", **terms: Any) -> None:
        """A leaderboard that has been there for a long time."""
        assert (await self.draft(code, **terms))["__typename"] == "MemberLeaderboardWasDrafted"
        assert await self.open(code) == "MemberLeaderboardWasOpened"
        await self.members.sql("UPDATE leaderboard SET opened_at = opened_at - interval '3 years'")

    async def close(self, code="buyers") -> str:
        data = await self.harness.graph(CLOSE, as_=self.ann, code=code)
        return data["closeMemberLeaderboard"]["__typename"]

    async def look(self, code="buyers", customer=None, day=None, as_=None, first=10) -> Any:
        asked = {"code": code, "customer": customer, "day": day, "first": first}
        data = await self.harness.graph(LOOK, as_=as_ or self.clerk, **asked)
        return data["memberLeaderboard"]

    async def ranking(self, code="buyers", day=None) -> list[tuple[str, int]]:
        top = (await self.look(code, day=day, first=100))["top"]
        assert [each["rank"] for each in top] == list(range(1, len(top) + 1))
        return [(each["customerId"], each["score"]) for each in top]

    async def rank(self, customer, code="buyers") -> int | None:
        mine = (await self.look(code, customer))["mine"]
        return mine and mine["rank"]

    async def freeze(self, days=0) -> None:
        """Let the background freeze what is over, and give the prizes."""
        async with self.harness.db.transaction() as session:
            await freeze_periods(session, utcnow() + timedelta(days=days))
        await self.harness.turn(reward_winners)

    async def won(self) -> list[tuple[str, int, int]]:
        return [
            (each["customer_id"], each["rank"], each["points"])
            for each in await self.members.announced("leaderboard.won")
        ]

    async def prizes(self, customer) -> int:
        fields = "postings(first: 100) { edges { node { points reason } } }"
        edges = (await self.members.points(customer, fields))["postings"]["edges"]
        won = [each["node"] for each in edges if each["node"]["reason"] == "leaderboard"]
        return sum(each["points"] for each in won)


@pytest.fixture
def boards(members) -> Leaderboards:
    return Leaderboards(members)

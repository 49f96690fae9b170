"""Clubs as they are kept, joined and left, in the words of the tests."""

from datetime import timedelta
from typing import Any

import pytest

from kit.models import utcnow
from loyalty.clubs.commands.enrolling import end_memberships, enrol_next_page

KEEP = """mutation ($input: KeepClubInput!) { keepClub(input: $input) {
  __typename
  ... on ClubWasKept { club { code members enrolling } }
  ... on InvalidInput { field }
  ... on Refusal { message }
} }"""
CLOSE = """mutation ($code: String!) { closeClub(code: $code) {
  __typename ... on ClubWasClosed { club { state } } } }"""
JOIN = """mutation ($code: String!, $customer: UUID!) {
  joinClub(code: $code, customerId: $customer) {
    __typename
    ... on ClubWasJoined { membership { id joinedBy club { code } } }
    ... on ClubIsFull { capacity }
    ... on ClubIsNotForThem { condition }
    ... on NotFound { kind }
} }"""
LEAVE = """mutation ($code: String!, $customer: UUID!) {
  leaveClub(code: $code, customerId: $customer) {
    __typename ... on ClubWasLeft { membership { leftBy } } } }"""
MINE = """clubs(current: $current) { edges { node {
  joinedBy leftBy graceUntil club { code name takesWhom } } } }"""
CLUB = "query ($code: String!) { club(code: $code) { members state enrolling } }"
GOLD: dict[str, Any] = {
    "compare": {"fact": "member.tier", "operator": "EQUALS", "value": {"text": "gold"}}
}
RUNS: dict[str, Any] = {
    "compare": {"fact": "member.tags", "operator": "CONTAINS", "value": {"text": "runs"}}
}


class Clubs:
    """What a marketer, the front line and members do about clubs."""

    def __init__(self, members) -> None:
        self.members = members
        self.harness = members.harness
        self.marketer = self.harness.token("marketer", unit="hq")
        self.clerk = self.harness.token("front_line", unit="hq")

    async def keep(self, code="runners", as_=None, **terms: Any) -> dict[str, Any]:
        wanted = {"code": code, "name": code.title(), "interest": "running", "unit": "hq", **terms}
        data = await self.harness.graph(KEEP, as_=as_ or self.marketer, input=wanted)
        return data["keepClub"]

    async def close(self, code="runners") -> dict[str, Any]:
        return (await self.harness.graph(CLOSE, as_=self.marketer, code=code))["closeClub"]

    async def join(self, customer, code="runners", as_=None) -> dict[str, Any]:
        data = await self.harness.graph(JOIN, as_=as_ or self.clerk, code=code, customer=customer)
        return data["joinClub"]

    async def leave(self, customer, code="runners", as_=None) -> dict[str, Any]:
        data = await self.harness.graph(LEAVE, as_=as_ or self.clerk, code=code, customer=customer)
        return data["leaveClub"]

    async def enrol(self) -> None:
        """Let the background ask everybody."""
        for _ in range(20):
            await self.harness.turn(enrol_next_page)

    async def end(self, days=0) -> None:
        async with self.harness.db.transaction() as session:
            await end_memberships(session, utcnow() + timedelta(days=days))

    async def of(self, customer, current=True, as_=None) -> list[dict[str, Any]]:
        found = await self.harness.entity(
            {"__typename": "Customer", "id": str(customer)},
            MINE.replace("$current", str(current).lower()),
            as_=as_ or self.clerk,
        )
        return [each["node"] for each in found["clubs"]["edges"]]

    async def codes(self, customer) -> list[str]:
        return sorted(each["club"]["code"] for each in await self.of(customer))

    async def look(self, code="runners") -> dict[str, Any]:
        return (await self.harness.graph(CLUB, as_=self.marketer, code=code))["club"]

    async def told(self) -> list[tuple[str, str, str]]:
        return [
            (each["subject"].split(".")[3], each["club_code"], each["how"])
            for each in await self.members.announced("club.joined", "club.left")
        ]


@pytest.fixture
def clubs(members) -> Clubs:
    return Clubs(members)

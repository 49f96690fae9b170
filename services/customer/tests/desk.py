"""The desk at which customers ask about their data, in the words of the tests."""

from typing import Any

import pytest
from sqlalchemy import text

from kit.testing.harness import Harness

REQUEST = "id kind state openedBy identityCheck outcome missing history { step by note }"
OPEN = f"""mutation ($input: SubjectRequestInput!) {{ openSubjectRequest(input: $input) {{
  __typename ... on SubjectRequestWasOpened {{ request {{ {REQUEST} }} }}
  ... on Refusal {{ message }} ... on InvalidInput {{ field }} }} }}"""
HANDLE = f"""mutation ($id: UUID!%s) {{ answer: %s(id: $id%s) {{
  __typename ... on SubjectRequestWasHandled {{ request {{ {REQUEST} }} }}
  ... on Refusal {{ message }} ... on InvalidInput {{ field }} }} }}"""
MARKER = "zebra-crossing"


class Desk:
    """Where requests are taken down and handled."""

    def __init__(self, harness: Harness, front_line: str) -> None:
        self.harness = harness
        self.front_line = front_line
        self.officer = harness.token("operator", subject="olga", scope="privacy:handle")

    def oneself(self, customer: str) -> str:
        return self.harness.token("customer", unit=None, subject="self", customer=customer)

    async def open(self, customer: str, kind: str, *, as_: str | None = None, **told: Any) -> Any:
        given = {"identityCheck": "Saw their passport.", **told}
        asked = {"customerId": customer, "kind": kind, **given}
        data = await self.harness.graph(OPEN, as_=as_ or self.front_line, input=asked)
        return data["openSubjectRequest"]

    async def approve(self, id: str, *, as_: str | None = None) -> Any:
        query = HANDLE % ("", "approveSubjectRequest", "")
        return (await self.harness.graph(query, as_=as_ or self.officer, id=id))["answer"]

    async def refuse(self, id: str, reason: str) -> Any:
        query = HANDLE % (", $reason: String!", "refuseSubjectRequest", ", reason: $reason")
        return (await self.harness.graph(query, as_=self.officer, id=id, reason=reason))["answer"]

    async def approved(self, customer: str, kind: str, **told: Any) -> Any:
        opened = await self.open(customer, kind, **told)
        return (await self.approve(opened["request"]["id"]))["request"]

    async def see(self, id: str, *, as_: str | None = None) -> Any:
        query = f"query ($id: UUID!) {{ subjectRequest(id: $id) {{ {REQUEST} }} }}"
        return (await self.harness.graph(query, as_=as_ or self.officer, id=id))["subjectRequest"]

    async def listed(self, filters: str, *, as_: str | None = None, **values: Any) -> list[str]:
        query = f"{{ subjectRequests({filters}) {{ edges {{ node {{ id }} }} }} }}"
        data = await self.harness.graph(query, as_=as_ or self.officer, **values)
        return [edge["node"]["id"] for edge in data["subjectRequests"]["edges"]]

    async def sql(self, statement: str) -> None:
        async with self.harness.db.transaction() as session:
            await session.execute(text(statement))


@pytest.fixture
def desk(harness: Harness, front_line: str) -> Desk:
    return Desk(harness, front_line)


async def stored_beside_outbox(harness: Harness) -> str:
    await harness.publish()
    return await harness.stored()

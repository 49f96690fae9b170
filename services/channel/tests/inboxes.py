"""Tasks in the inboxes of those who work them, in the words of the tests."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kit.testing.harness import Harness

Send = Callable[..., Awaitable[Any]]
PROGRESSED = "octoreach.channel.task.progressed.v1"
CLOSED = "octoreach.campaign.task.closed.v1"
CLAIM = """
mutation ($task: UUID!) { claimTask(taskId: $task) {
  __typename
  ... on TaskWasClaimed { work { state claimedBy } }
  ... on WorkIsOver { state endedAs }
  ... on Refusal { message }
} }
"""
REPORT = """
mutation ($task: UUID!, $outcome: WorkOutcome!, $reason: String) {
  reportOutcome(taskId: $task, outcome: $outcome, reason: $reason) {
    __typename
    ... on OutcomeWasReported { work { state status claimedBy } }
    ... on Refusal { message }
  }
}
"""
WORK = """
query ($channel: String, $state: WorkState!) { work(channelCode: $channel, state: $state) {
  edges { node { taskId offerCode status } }
} }
"""


@pytest.fixture
def claim(mutate: Send, front_line: str) -> Send:
    async def send(task: str, *, as_: str = front_line) -> Any:
        return await mutate(CLAIM, as_=as_, task=task)

    return send


@pytest.fixture
def answer(mutate: Send, front_line: str) -> Send:
    async def send(
        task: str, outcome: str, *, reason: str | None = None, as_: str = front_line
    ) -> Any:
        return await mutate(REPORT, as_=as_, task=task, outcome=outcome, reason=reason)

    return send


@pytest.fixture
def inbox(harness: Harness, front_line: str) -> Send:
    async def read(
        *, state: str = "OPEN", as_: str = front_line, channel: str | None = None
    ) -> Any:
        found = await harness.graph(WORK, as_=as_, state=state, channel=channel)
        return [edge["node"]["taskId"] for edge in found["work"]["edges"]]

    return read


async def statuses(harness: Harness) -> list[str]:
    return [each["status"] for each in await harness.events_recorded(PROGRESSED)]

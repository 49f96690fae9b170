"""Who works the tasks: a store's front line in the graph, a partner's app over REST."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.demo import cast
from local.demo.crowd import draw
from local.doors import Doors
from local.problems import Problem

AT_ONCE = 8
PAUSE_SECONDS = 0.1
OPEN = """
query ($channel: String!) {
  work(channelCode: $channel, state: OPEN, first: 50) {
    edges { node { taskId customerId } }
  }
}
"""
CLAIM = """
mutation ($task: UUID!) {
  answer: claimTask(taskId: $task) { __typename ... on Refusal { message } }
}
"""
REPORT = """
mutation ($task: UUID!, $outcome: WorkOutcome!) {
  answer: reportOutcome(taskId: $task, outcome: $outcome) { __typename ... on Refusal { message } }
}
"""


@dataclass
class Staff(ABC):
    """Answers every open task of its channel once, as the customer would."""

    doors: Doors
    run: str
    names: Mapping[str, str]
    channel: str

    async def work(self, over: asyncio.Event) -> None:
        """Until `over`, and then until the inbox is empty."""
        while True:
            closing = over.is_set()
            tasks = await self.open_tasks()
            for start in range(0, len(tasks), AT_ONCE):
                chunk = tasks[start : start + AT_ONCE]
                await asyncio.gather(*(self.handle(*task) for task in chunk))
            if closing and not tasks:
                return
            await asyncio.sleep(PAUSE_SECONDS)

    @abstractmethod
    async def open_tasks(self) -> list[tuple[str, str]]:
        """Tasks nobody has taken: (task, customer)."""

    @abstractmethod
    async def claim(self, task: str) -> bool:
        """Whether the task is now ours."""

    @abstractmethod
    async def report(self, task: str, outcome: str) -> None:
        """Say how it went."""

    async def handle(self, task: str, customer: str) -> None:
        if not await self.claim(task):
            return
        outcome = answer_of(f"{self.run}:{self.names.get(customer, customer)}")
        await self.report(task, "presented")
        await self.report(task, outcome)
        if outcome == "accepted":
            await self.order(task, customer)

    async def order(self, task: str, customer: str) -> None:
        """The customer buys what was offered."""
        chance = draw(f"{self.run}:order:{self.names.get(customer, customer)}")
        amount = 2_900 + 100 * int(chance * 40)
        reporter = cast.STORE_SYSTEM if self.channel == cast.STORE else cast.PARTNER_SYSTEM
        content = {
            "reference": f"{self.run}-{task}",
            "customer": {"id": customer},
            "task_id": task,
            "channel": self.channel,
            "placed_at": datetime.now(UTC).isoformat(),
            "currency": "CNY",
            "lines": [{"product": "streaming-plus", "quantity": 1, "amount_minor": amount}],
        }
        answer = await self.doors.rest(
            "channel", "POST", "/v1/orders", as_=reporter, content=content, key=f"order-{task}"
        )
        if answer.is_error:
            raise Problem(f"An order was refused: {answer.text[:300]}")


class FrontLine(Staff):
    """People in a store, at a screen built on the graph."""

    async def open_tasks(self) -> list[tuple[str, str]]:
        found = await self.doors.graph(OPEN, as_=cast.FRONT_LINE, channel=self.channel)
        return [
            (edge["node"]["taskId"], edge["node"]["customerId"]) for edge in found["work"]["edges"]
        ]

    async def claim(self, task: str) -> bool:
        found = await self.doors.graph(CLAIM, as_=cast.FRONT_LINE, task=task)
        return "message" not in found["answer"]

    async def report(self, task: str, outcome: str) -> None:
        found = await self.doors.graph(
            REPORT, as_=cast.FRONT_LINE, task=task, outcome=outcome.upper()
        )
        refuse_refusals(found["answer"])


class PartnerApp(Staff):
    """A partner's app, over the partner API."""

    async def open_tasks(self) -> list[tuple[str, str]]:
        query = {"channel": self.channel, "state": "open", "first": 50}
        found = await self._call("GET", "/v1/tasks", query=query)
        return [(task["id"], task["customer_id"]) for task in found["tasks"]]

    async def claim(self, task: str) -> bool:
        answer = await self.doors.rest(
            "channel", "POST", f"/v1/tasks/{task}/claim", as_=cast.PARTNER_SYSTEM
        )
        return not answer.is_error

    async def report(self, task: str, outcome: str) -> None:
        await self._call("POST", f"/v1/tasks/{task}/outcome", content={"outcome": outcome})

    async def _call(self, method: str, path: str, **options: Any) -> Any:
        answer = await self.doors.rest("channel", method, path, as_=cast.PARTNER_SYSTEM, **options)
        if answer.is_error:
            raise Problem(f"{method} {path} was refused: {answer.text[:300]}")
        return answer.json()


def answer_of(text: str) -> str:
    """What a customer says: the same customer says the same."""
    chance = draw(f"answer:{text}")
    return "accepted" if chance < 0.42 else "declined" if chance < 0.85 else "no_answer"


def refuse_refusals(answer: Mapping[str, Any]) -> None:
    if "message" in answer:
        raise Problem(f"{answer['__typename']}: {answer['message']}")

"""Rewards as marketers define and sell them, in the words of the tests."""

from typing import Any
from uuid import UUID

import pytest
from services.loyalty.tests.members import Members

SHOWN = """code kind state name unit currency price value { minor currency } cost { minor currency }
  stock { stocked given left } lowestTier segments mostPerMember mostPerDay"""
MUG = {
    "kind": "GIFT",
    "name": "A mug",
    "unit": "hq",
    "price": 60,
    "money": "CNY",
    "costMinor": 2_500,
}


class Shop:
    """What marketers do with rewards, and what can be seen of it."""

    def __init__(self, members: Members) -> None:
        self.members = members
        self.marketer = members.harness.token("marketer")

    async def act(self, name: str, as_: str | None = None, **arguments: Any) -> dict[str, Any]:
        """A mutation of rewards by its name; its type in capitals follows from it."""
        kinds = {"input": name[0].upper() + name[1:] + "Input!", "more": "Long!"}
        declared = ", ".join(f"${each}: {kinds.get(each, 'String!')}" for each in arguments)
        given = ", ".join(f"{each}: ${each}" for each in arguments)
        past = {"define": "Defined", "change": "Changed", "publish": "Published", "end": "Ended"}
        done = past.get(name.removesuffix("Reward"), "Restocked")
        wrong = "... on InvalidInput { field }" if {"input", "more"} & arguments.keys() else ""
        answer = await self.members.harness.graph(
            f"""mutation ({declared}) {{ {name}({given}) {{ __typename
              ... on RewardWas{done} {{ reward {{ {SHOWN} }} }}
              ... on Refusal {{ message }} {wrong} }} }}""",
            as_=as_ or self.marketer,
            **arguments,
        )
        found: dict[str, Any] = answer[name]
        return found

    async def define(self, as_: str | None = None, **more: Any) -> dict[str, Any]:
        return await self.act("defineReward", as_, input={"code": "mug", **MUG, **more})

    async def sell(self, code: str = "mug", **more: Any) -> str:
        """A published reward."""
        assert (await self.define(code=code, **more))["__typename"] == "RewardWasDefined"
        published = await self.act("publishReward", code=code)
        assert published["__typename"] == "RewardWasPublished"
        return code

    async def reward(self, code: str = "mug", as_: str | None = None, fields: str = SHOWN) -> Any:
        query = f"query ($code: String!) {{ reward(code: $code) {{ {fields} }} }}"
        found = await self.members.harness.graph(query, as_=as_ or self.marketer, code=code)
        return found["reward"]

    async def left(self, code: str = "mug") -> int | None:
        stock = (await self.reward(code))["stock"]
        return None if stock is None else int(stock["left"])

    async def for_member(self, customer: UUID, as_: str | None = None) -> dict[str, Any]:
        """What bars a customer from each reward, by code."""
        found = await self.members.harness.entity(
            {"__typename": "Customer", "id": str(customer)},
            "rewards { edges { node { reward { code } allowed barriers missing } } }",
            as_=as_ or self.members.operator,
        )
        nodes = [edge["node"] for edge in found["rewards"]["edges"]]
        assert all(each["allowed"] is not bool(each["barriers"]) for each in nodes)
        return {each["reward"]["code"]: each["barriers"] for each in nodes}

    async def member_with(self, points: int, **more: Any) -> UUID:
        customer = await self.members.register(**more)
        await self.members.order(customer, points * 100)
        return customer


@pytest.fixture
def shop(members: Members) -> Shop:
    return Shop(members)

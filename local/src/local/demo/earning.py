"""Earning: a rule whose points may be spent some days later, and what waits for a customer."""

from typing import Any

from local.demo import cast, stage
from local.doors import Doors
from local.problems import Problem

CODE = "films-for-good"
RULE: dict[str, Any] = {
    "code": CODE,
    "name": "Thirty more for who keeps the films two weeks",
    "event": "ORDER",
    "kind": "FIXED",
    "points": 30,
    "products": ["streaming-plus"],
    "stacking": "ADDITIVE",
    "usableAfterDays": 14,
}
READ = """
query ($code: String!, $state: EarningState!) {
  found: earningRules(code: $code, state: $state) { edges { node { id } } } }
"""
ACTIVATE = """
mutation ($code: String!, $draft: UUID!) { answer: activateEarningRule(code: $code, draft: $draft) {
  __typename ... on Refusal { message } } }
"""


async def set_earning(doors: Doors) -> None:
    """What is there already stays."""
    if await _read(doors, "ACTIVE"):
        return
    await stage.change(
        doors, "draftEarningRule", "DraftEarningRuleInput", "input", RULE, as_=cast.MARKETER
    )
    (draft,) = await _read(doors, "DRAFT")
    asked = await doors.graph(ACTIVATE, as_=cast.APPROVER, code=CODE, draft=draft)
    answer = asked["answer"]
    if "message" in answer:
        raise Problem(f"Earning was refused: {answer['message']}")


async def _read(doors: Doors, state: str) -> list[str]:
    """The ids of the rule's versions in this state."""
    found = await doors.graph(READ, as_=cast.MARKETER, code=CODE, state=state)
    return [edge["node"]["id"] for edge in found["found"]["edges"]]

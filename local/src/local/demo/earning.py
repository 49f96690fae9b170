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
ACTIVE = (
    f'{{ found: earningRules(code: "{CODE}", state: ACTIVE) {{ edges {{ node {{ code }} }} }} }}'
)
ACTIVATE = f"""
mutation {{ answer: activateEarningRule(code: "{CODE}") {{
  __typename ... on Refusal {{ message }} }} }}
"""


async def set_earning(doors: Doors) -> None:
    """What is there already stays."""
    if (await doors.graph(ACTIVE, as_=cast.MARKETER))["found"]["edges"]:
        return
    await stage.change(
        doors, "draftEarningRule", "DraftEarningRuleInput", "input", RULE, as_=cast.MARKETER
    )
    answer = (await doors.graph(ACTIVATE, as_=cast.APPROVER))["answer"]
    if "message" in answer:
        raise Problem(f"Earning was refused: {answer['message']}")

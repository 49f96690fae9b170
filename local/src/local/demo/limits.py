"""Limits against fraud: a gift of points above one waits for a person."""

from typing import Any

from local.demo import cast
from local.doors import Doors
from local.problems import Problem

MOST_POINTS = 20
LIMIT = {
    "code": "gifts-of-points",
    "name": "Many points given away",
    "kind": "VELOCITY",
    "actKinds": ["TRANSFER"],
    "measure": "POINTS",
    "threshold": MOST_POINTS,
    "windowSeconds": 86_400,
    "action": "HOLD",
}
SET = """
mutation ($input: FraudRuleInput!) {
  answer: setFraudRule(input: $input) { __typename ... on Refusal { message } }
}
"""
ACCOUNT = "query ($id: UUID!) { customer(id: $id) { points { id balance } } }"
GIVE = """
mutation ($input: TransferPointsInput!) {
  answer: transferPoints(input: $input) {
    __typename
    ... on TransferIsReviewed { state account { balance locked } }
    ... on Refusal { message }
  }
}
"""
QUEUE = """{ reviews(state: WAITING) { edges { node {
  id actKind points findings { name measured threshold } } } } }"""


async def set_limits(doors: Doors) -> None:
    """One limit that is easily reached; the same again changes nothing."""
    _require(await doors.graph(SET, as_=cast.OPERATOR, input=LIMIT))


async def give_too_much(doors: Doors, run: str, giver: str, taker: str) -> dict[str, Any]:
    """One customer gives another more than that: the first review that waits for it."""
    accounts = [
        (await doors.graph(ACCOUNT, as_=cast.OPERATOR, id=each))["customer"]["points"]
        for each in (giver, taker)
    ]
    wanted = {
        "fromAccountId": accounts[0]["id"],
        "toAccountId": accounts[1]["id"],
        "points": MOST_POINTS + 1,
        "reason": "for a friend",
        "idempotencyKey": f"{run}-{giver}-gift",
        "device": "demo telephone",
    }
    _require(await doors.graph(GIVE, as_=cast.FRONT_LINE, input=wanted))
    found = (await doors.graph(QUEUE, as_=cast.APPROVER))["reviews"]["edges"]
    if not found:
        raise Problem("A gift of points above the limit waits for nobody.")
    review: dict[str, Any] = found[-1]["node"]
    return review


def _require(answered: dict[str, Any]) -> None:
    if "message" in answered["answer"]:
        raise Problem(f"Limits were refused: {answered['answer']['message']}")

"""What customers are owed: the store hands a reward over, and the programme's figures show it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from local.demo import cast
from local.demo.journey import until
from local.doors import Doors
from local.problems import Problem

OWED = """
query ($id: UUID!) {
  customer(id: $id) {
    fulfilments(first: 20) {
      edges { node { id sourceId title state reference work { state claimedBy } } }
    }
  }
}
"""
CLAIM = """
mutation ($id: UUID!) {
  answer: claimFulfilment(id: $id) { __typename ... on Refusal { message } }
}
"""
COMPLETE = """
mutation ($id: UUID!, $serial: String!) {
  answer: completeFulfilment(id: $id, reference: $serial) {
    __typename ... on Refusal { message }
  }
}
"""
FIGURES = """
query ($since: String!, $until: String!) {
  pointsMovements(since: $since, until: $until, currency: "points") { earned burned net }
  pointsLiability { currency outstanding debts value { minor currency } }
  ledger { reportsOutOfBalance }
}
"""


async def hand_over(doors: Doors, run: str, customer: str, redemption: str) -> dict[str, Any]:
    """The store takes the reward out of its cupboard; the fulfilment, once its end is known."""
    owed = customer, redemption
    before = await _seen(doors, *owed, lambda found: bool(found["work"]), "in the store's inbox")
    if before["state"] != "COMPLETED":
        await _do(doors, CLAIM, id=before["id"])
        await _do(doors, COMPLETE, id=before["id"], serial=f"SN-{run}")
    return await _seen(doors, *owed, lambda found: found["state"] == "COMPLETED", "handed over")


async def programme(doors: Doors) -> dict[str, Any]:
    """How points moved since last month began, and what members have now."""
    today = datetime.now(UTC)
    before = today.replace(day=1) - timedelta(days=1)
    span = {"since": f"{before:%Y-%m}", "until": f"{today:%Y-%m}"}
    found = await doors.graph(FIGURES, as_=cast.ANALYST, **span)
    owed = [each for each in found["pointsLiability"] if each["currency"] == "points"]
    moved = found["pointsMovements"]
    return {
        **{name: sum(each[name] for each in moved) for name in ("earned", "burned", "net")},
        **{name: sum(each[name] for each in owed) for name in ("outstanding", "debts")},
        "value_minor": sum(each["value"]["minor"] for each in owed),
        "out_of_balance": found["ledger"]["reportsOutOfBalance"],
    }


async def _seen(
    doors: Doors,
    customer: str,
    redemption: str,
    enough: Callable[[dict[str, Any]], bool],
    otherwise: str,
) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        found = (await doors.graph(OWED, as_=cast.FRONT_LINE, id=customer))["customer"]
        edges = found["fulfilments"]["edges"] if found["fulfilments"] else []
        owed = (each["node"] for each in edges if each["node"]["sourceId"] == redemption)
        return next(owed, None)

    seen: dict[str, Any] = await until(
        look,
        lambda found: found is not None and enough(found),
        f"what customer {customer} is owed was not {otherwise}",
    )
    return seen


async def _do(doors: Doors, mutation: str, **told: str) -> None:
    answer = (await doors.graph(mutation, as_=cast.FRONT_LINE, **told))["answer"]
    if "message" in answer:
        raise Problem(f"Handing out was refused: {answer['message']}")

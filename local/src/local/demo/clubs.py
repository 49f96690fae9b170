"""A club, an achievement and a leaderboard, and where a customer stands with them."""

from typing import Any

from local.demo import cast, stage
from local.demo.journey import until
from local.doors import Doors
from local.problems import Problem

CLUB = {
    "code": "film-lovers",
    "name": "Film lovers",
    "interest": "films",
    "unit": cast.UNIT,
    "joining": "RULE",
    "condition": stage.MONTH_TO_MONTH["rule"],
    "benefits": "Previews before everybody else.",
    "graceDays": 30,
}
ACHIEVEMENT = {
    "code": "regular",
    "name": "Regular",
    "description": "Come by, open the app, top up.",
    "unit": cast.UNIT,
    "measure": "TOUCHPOINTS",
    "touchpointKinds": list(stage.TRIGGERS),
    "span": "EVER",
    "levels": [
        {
            "name": "bronze",
            "threshold": 1,
            "points": 5,
            "rewards": [{"kind": "VOUCHER", "reference": "thank-you"}],
        },
        {"name": "silver", "threshold": 5, "points": 20},
        {"name": "gold", "threshold": 25, "points": 100},
    ],
}
LEADERBOARD = {
    "code": "film-lovers-of-the-month",
    "name": "Film lovers of the month",
    "unit": cast.UNIT,
    "clubCode": CLUB["code"],
    "measure": "POINTS",
    "span": "MONTH",
    "prizes": [{"fromRank": 1, "toRank": 3, "points": 500}],
}
ACTIVE = '{ found: achievements(code: "regular", state: ACTIVE) { edges { node { version } } } }'
ACTIVATE = """
mutation { answer: activateAchievement(code: "regular") { __typename ... on Refusal { message } } }
"""
OPEN = """
mutation { answer: openMemberLeaderboard(code: "film-lovers-of-the-month") {
  __typename ... on Refusal { message } } }
"""
STANDING = """
query ($customer: UUID!) {
  customer(id: $customer) {
    clubs { edges { node { club { name members } } } }
    achievements {
      value missingToNext next { name } achievement { name }
      reached { name rewards { kind reference state } }
    }
    points { pending wallets { currency upcoming { points usableAt } } }
  }
  memberLeaderboard(code: "film-lovers-of-the-month", customerId: $customer) {
    members mine { rank score }
  }
}
"""


async def found_clubs(doors: Doors) -> None:
    """What is there already stays."""
    await stage.change(doors, "keepClub", "KeepClubInput", "input", CLUB, as_=cast.MARKETER)
    if not (await doors.graph(ACTIVE, as_=cast.MARKETER))["found"]["edges"]:
        await stage.change(
            doors,
            "draftAchievement",
            "DraftAchievementInput",
            "input",
            ACHIEVEMENT,
            as_=cast.MARKETER,
        )
        _require(await doors.graph(ACTIVATE, as_=cast.APPROVER))
    await stage.change(
        doors,
        "draftMemberLeaderboard",
        "DraftMemberLeaderboardInput",
        "input",
        LEADERBOARD,
        as_=cast.MARKETER,
    )
    _require(await doors.graph(OPEN, as_=cast.APPROVER), "NotFound")


async def standing(doors: Doors, customer: str) -> dict[str, Any]:
    """Where a customer stands: their clubs, how far they are and what it gave, and their rank."""
    found: dict[str, Any] = await until(
        lambda: doors.graph(STANDING, as_=cast.FRONT_LINE, customer=customer),
        _is_settled,
        f"what customer {customer} has reached was not given",
    )
    return found


def _is_settled(found: dict[str, Any]) -> bool:
    levels = [each for one in found["customer"]["achievements"] for each in one["reached"]]
    states = {reward["state"] for level in levels for reward in level["rewards"]}
    return bool(levels) and "WAITING" not in states


def _require(answered: dict[str, Any], *fine: str) -> None:
    answer: dict[str, Any] = answered["answer"]
    if "message" in answer and answer["__typename"] not in fine:
        raise Problem(f"Clubs were refused: {answer['message']}")

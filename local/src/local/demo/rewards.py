"""Rewards: a gift and a voucher in the catalogue, and one that a customer takes for points."""

from typing import Any

from local.demo import cast, stage
from local.doors import Doors
from local.problems import Problem

GIFT = "octopus-mug"
REWARDS: tuple[dict[str, Any], ...] = (
    {
        "code": GIFT,
        "kind": "GIFT",
        "name": "A mug with an octopus",
        "description": "For coffee or tea; to be fetched at any of our stores.",
        "price": 150,
        "costMinor": 1_800,
        "stock": 500,
        "mostPerMember": 2,
        "mostAtOnce": 2,
    },
    {
        "code": "five-yuan-off",
        "kind": "VOUCHER",
        "name": "Five yuan off",
        "voucherType": "thank-you",
        "price": 100,
        "costMinor": 500,
        "mostPerDay": 1,
    },
)
REDEEM = """
mutation ($input: RedeemRewardInput!) {
  answer: redeemReward(input: $input) {
    __typename
    ... on RewardWasRedeemed { redemption { id state title price } }
    ... on Refusal { message }
  }
}
"""


async def offer_rewards(doors: Doors) -> None:
    """Two rewards that may be had; what is there already stays."""
    for terms in REWARDS:
        defined = {**terms, "unit": cast.UNIT, "money": "CNY"}
        await stage.change(
            doors, "defineReward", "DefineRewardInput", "input", defined, as_=cast.MARKETER
        )
        publish = (
            f'mutation {{ answer: publishReward(code: "{terms["code"]}") '
            "{ __typename ... on Refusal { message } } }"
        )
        _require(await doors.graph(publish, as_=cast.MARKETER))


async def take_reward(doors: Doors, run: str, customer: str) -> dict[str, Any]:
    """The customer takes the gift; the store has it in its inbox from then on."""
    wanted = {
        "customerId": customer,
        "rewardCode": GIFT,
        "idempotencyKey": f"{run}-{customer}",
    }
    answer = _require(await doors.graph(REDEEM, as_=cast.FRONT_LINE, input=wanted))
    redemption: dict[str, Any] = answer["redemption"]
    return redemption


def _require(answered: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = answered["answer"]
    if "message" in answer:
        raise Problem(f"Rewards were refused: {answer['message']}")
    return answer

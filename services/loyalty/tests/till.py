"""A till at which rewards are redeemed, in the words of the tests."""

from datetime import timedelta

import pytest

from kit.models import utcnow, uuid7
from loyalty.redemptions.commands.settling import end_redemptions
from loyalty.voucher_types.commands.types import activate_type, draft_type

COMPLETED = "octoreach.channel.fulfilment.completed.v1"
FAILED = "octoreach.channel.fulfilment.failed.v1"
DECIDED = "octoreach.loyalty.review.decided.v1"
SHOWN = "id state held reason title quantity price voucherCode reward { code }"
REFUSALS = """... on Refusal { message } ... on RewardNotAvailable { barriers }
  ... on NotEnoughPoints { needed balance } ... on InvalidInput { field }
  ... on RedemptionRefused { rule }"""
REDEEM = f"""mutation ($input: RedeemRewardInput!) {{ redeemReward(input: $input) {{
  __typename ... on RewardWasRedeemed {{ redemption {{ {SHOWN} }} }}
  ... on RewardWasReserved {{ redemption {{ {SHOWN} }} }} {REFUSALS} }} }}"""
RESERVE = f"""mutation ($input: ReserveRewardInput!) {{ reserveReward(input: $input) {{
  __typename ... on RewardWasReserved {{ redemption {{ {SHOWN} }} }} {REFUSALS} }} }}"""
SETTLE = f"""mutation ($id: UUID!) {{ %s(id: $id) {{
  __typename ... on RedemptionWasSettled {{ redemption {{ {SHOWN} }} }}
  ... on Refusal {{ message }} }} }}"""
HOLDING = """INSERT INTO fraud_rule (id, created_at, code, version, name, kind, act_kinds, measure,
  per, threshold, window_seconds, action, set_by)
VALUES (:id, now(), :action, 1, 'any', 'velocity', '{redemption}', 'acts', 'customer', 0, 60,
  :action, 'olga')"""
VOUCHER = {
    "code": "ten",
    "name": "Ten off",
    "unit": "hq",
    "coding": "unique",
    "single_code": None,
    "discount": "fixed",
    "currency": "CNY",
    "amount_minor": 1_000,
    "stack_group": "tens",
    "lowest_tier": None,
}
BALANCE = """{ redemptionBalance {
  stocksOutOfBalance pointsOutOfBalance rewardsOutOfBalance } }"""
OUT_OF_STOCK = {
    "__typename": "RewardNotAvailable",
    "message": "The reward can't be had: not enough is left.",
    "barriers": ["OUT_OF_STOCK"],
}


class Till:
    """Where members redeem, and what can be seen of it."""

    def __init__(self, members):
        self.members, self.harness = members, members.harness

    async def redeem(self, customer, code="mug", **more):
        return (await self._want(REDEEM, customer, code, **more))["redeemReward"]

    async def reserve(self, customer, code="mug", **more):
        return (await self._want(RESERVE, customer, code, **more))["reserveReward"]

    async def _want(self, mutation, customer, code, *, key=None, as_=None, **more):
        asked = {
            "customerId": customer,
            "rewardCode": code,
            "idempotencyKey": key or str(uuid7()),
            **more,
        }
        return await self.harness.graph(mutation, as_=as_ or self.members.operator, input=asked)

    async def settle(self, name, answer, as_=None):
        mutation, wanted = f"{name}Redemption", self.id_of(answer)
        data = await self.harness.graph(
            SETTLE % mutation, as_=as_ or self.members.operator, id=wanted
        )
        return data[mutation]

    def id_of(self, answer):
        return answer["redemption"]["id"] if isinstance(answer, dict) else answer

    async def ended(self, answer, subject, event_id=None, reason="broken on the way"):
        """The arms have handed it out, or could not."""
        end = {
            "fulfilment_id": uuid7(),
            "attempt": 1,
            "customer_id": uuid7(),
            "source_kind": "redemption",
            "source_id": self.id_of(answer),
            "reference": "",
            "reason": reason,
            "by": "fang",
            "at": utcnow(),
        }
        await self.harness.hear(subject, end, event_id=event_id)

    async def state(self, answer):
        query = "query ($id: UUID!) { redemption(id: $id) { state reason } }"
        found = await self.harness.graph(query, as_=self.members.operator, id=self.id_of(answer))
        return found["redemption"]["state"], found["redemption"]["reason"]

    async def purse(self, customer):
        seen = await self.members.points(customer, "balance locked debt")
        return seen["balance"], seen["locked"], seen["debt"]

    async def told(self):
        """What was announced of redemptions, in order."""
        prefix = "octoreach.loyalty.redemption."
        return [
            each["subject"].removeprefix(prefix).removesuffix(".v1")
            for each in await self.harness.events_recorded()
            if each["subject"].startswith(prefix)
        ]

    async def is_sound(self):
        found = await self.harness.graph(BALANCE, as_=self.members.operator)
        return not any(found["redemptionBalance"].values()) and await self.members.is_sound()

    async def later(self, seconds):
        async with self.harness.db.transaction() as session:
            await end_redemptions(session, utcnow() + timedelta(seconds=seconds))


@pytest.fixture
def till(members):
    return Till(members)


async def a_voucher_type(members, **terms):
    async with members.harness.db.transaction() as session:
        await draft_type(session, VOUCHER | terms, "hq", "ada")
        await activate_type(session, "ten", "hq", "bob")


async def decide(members, customer, answer, verdict="rejected"):
    decided = {
        "review_id": uuid7(),
        "act_kind": "redemption",
        "key": answer["redemption"]["id"],
        "customer_id": customer,
        "action": "flag",
        "verdict": verdict,
    }
    for _ in range(2):
        await members.harness.hear(DECIDED, decided)

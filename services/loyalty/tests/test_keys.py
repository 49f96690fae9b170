"""Idempotency keys are each caller's own, and what was asked for before they were is known."""

import asyncio
from uuid import UUID

import pytest

from loyalty.points.commands.spending import spend_points
from loyalty.redemptions.commands.reserving import redeem
from loyalty.redemptions.models import Wanted
from loyalty.reservations.commands import reserve_points
from loyalty.transfers.commands.giving import Transfer, transfer_points

ASKED = {
    "spendPoints": "SpendPointsInput",
    "reservePoints": "ReservePointsInput",
    "transferPoints": "TransferPointsInput",
    "redeemReward": "RedeemRewardInput",
}


class Wallets:
    """Members with points who ask for themselves, all under the same key."""

    def __init__(self, members, shop):
        self.members, self.shop = members, shop

    async def prepare(self):
        await self.shop.sell(price=10)
        self.friend = await self.members.account(await self.members.register())

    async def member(self):
        customer = await self.members.register()
        await self.members.order(customer, 100_00)
        return customer

    async def ask(self, door, customer, **more):
        account = {"accountId": await self.members.account(customer), "points": 10, "reason": "r"}
        asked = {
            "spendPoints": account,
            "reservePoints": {**account, "seconds": 60},
            "transferPoints": {
                "fromAccountId": account["accountId"],
                "toAccountId": self.friend,
                "points": 10,
                "reason": "r",
            },
            "redeemReward": {"customerId": customer, "rewardCode": "mug"},
        }[door]
        data = await self.members.harness.graph(
            f"""mutation ($input: {ASKED[door]}!) {{ answer: {door}(input: $input) {{
              __typename ... on Refusal {{ message }} }} }}""",
            as_=self.members.harness.token(
                "customer", unit=None, subject=str(customer), customer=str(customer)
            ),
            input={**asked, "idempotencyKey": "same", **more},
        )
        return data["answer"]


@pytest.fixture
async def wallets(members, shop):
    ready = Wallets(members, shop)
    await ready.prepare()
    return ready


@pytest.mark.parametrize("door", ASKED)
async def test_two_who_choose_the_same_key_get_in_nobodys_way(wallets, door):
    members = wallets.members
    one, other = await wallets.member(), await wallets.member()

    answers = await asyncio.gather(
        *(wallets.ask(door, each) for each in (one, other) for _ in range(2))
    )

    assert [each.get("message") for each in answers] == [None] * 4
    assert [await members.balance(each) for each in (one, other)] == [90, 90]
    assert await members.is_sound()


@pytest.mark.parametrize("door", ASKED)
async def test_what_was_asked_for_while_keys_were_shared_happens_once(wallets, door):
    members = wallets.members
    one, other = await wallets.member(), await wallets.member()
    account = UUID(await members.account(one))
    if door == "spendPoints":
        await spend_points(members.harness.db, account, 10, "r", "same")
    else:
        async with members.harness.db.transaction() as session:
            if door == "reservePoints":
                await reserve_points(session, account, 10, "r", "same", seconds=60)
            elif door == "transferPoints":
                await transfer_points(
                    session, Transfer(account, UUID(wallets.friend), 10, "r", "same")
                )
            else:
                mug = Wanted(
                    customer_id=one, reward_code="mug", key="same", by=str(one), at_once=True
                )
                await redeem(session, mug)

    answers = [await wallets.ask(door, each) for each in (one, other, one)]

    assert [each.get("message") for each in answers] == [None] * 3
    assert [await members.balance(each) for each in (one, other)] == [90, 90]
    assert await members.is_sound()

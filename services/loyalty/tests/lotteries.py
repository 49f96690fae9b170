"""Lotteries as they are drafted, opened and drawn from, in the words of the tests."""

from datetime import timedelta
from pathlib import Path

import pytest

from kit.models import utcnow

VERIFY = Path(__file__).parents[1] / "verify" / "verify_draws.py"
REFUSED = "__typename ... on Refusal { message }"
ANSWER = f"{REFUSED} ... on InvalidInput {{ field }}"
LOTTERY = """lottery { code state prizes { code odds left leftToday given } nextPrizes { code }
  epoch { number openingHash seedHash nextSeedHash seed draws head } }"""
DRAFT = f"""mutation ($input: DraftLotteryInput!) {{ draftLottery(input: $input) {{
  {ANSWER} ... on LotteryWasDrafted {{ {LOTTERY} }} }} }}"""
OPEN = f"""mutation ($code: String!) {{ openLottery(code: $code) {{
  {REFUSED} ... on LotteryWasOpened {{ {LOTTERY} }} }} }}"""
CLOSE = OPEN.replace("openLottery", "closeLottery").replace("WasOpened", "WasClosed")
DRAW = f"""mutation ($input: DrawLotteryInput!) {{ drawLottery(input: $input) {{
  {ANSWER} ... on NoDrawLeft {{ limit }} ... on NotEnoughPoints {{ needed balance }}
  ... on LotteryWasDrawn {{ epoch prize {{ code kind }}
    draw {{ number link pseudonym clientSeed nonce isWin prizeCode price }} }} }} }}"""
GRANT = f"""mutation ($input: GrantLotteryChancesInput!) {{ grantLotteryChances(input: $input) {{
  {ANSWER} ... on LotteryChancesWereGranted {{ chances }} }} }}"""
SHOWN = f"""query ($code: String!) {{ shown: lottery(code: $code) {{
  {LOTTERY.partition("{")[2]} }}"""
MINE = """query ($code: String!) { lottery(code: $code) { chances
  draws(first: 100) { edges { node { number prizeCode isWin price } } } } }"""


def prize(code, odds, kind="POINTS", **more):
    return {"code": code, "name": code, "kind": kind, "odds": odds, "amount": 10, **more}


BLANK = {"code": "blank", "name": "Next time", "kind": "BLANK", "odds": 700_000}
PRIZES = [prize("ten", 300_000), BLANK]
ALWAYS = [prize("ten", 1_000_000), {**BLANK, "odds": 0}]


class Lotteries:
    """A marketer who drafts, an approver who opens, and members who draw."""

    def __init__(self, members):
        self.members = members
        self.harness = members.harness
        self.ann = self.harness.token("marketer", subject="ann")
        self.bob = self.harness.token("approver", subject="bob", scope="approve:finance")

    async def draft(self, *, as_=None, **more):
        asked = {
            "code": "wheel",
            "name": "Wheel of fortune",
            "unit": "hq.zj",
            "price": 0,
            "endsAt": more.pop("endsAt", utcnow() + timedelta(days=30)),
            "prizes": PRIZES,
            **more,
        }
        data = await self.harness.graph(DRAFT, as_=as_ or self.ann, input=asked)
        return data["draftLottery"]

    async def open(self, as_=None):
        return (await self.harness.graph(OPEN, as_=as_ or self.bob, code="wheel"))["openLottery"]

    async def opened(self, **more):
        await self.draft(**more)
        return (await self.open())["lottery"]

    async def close(self):
        return (await self.harness.graph(CLOSE, as_=self.ann, code="wheel"))["closeLottery"]

    def token_of(self, customer):
        return self.harness.token("customer", unit=None, customer=str(customer))

    async def draw(self, customer, *, key="k", as_=None, **more):
        asked = {"code": "wheel", "clientSeed": "c0ffee" * 4, "idempotencyKey": key, **more}
        data = await self.harness.graph(DRAW, as_=as_ or self.token_of(customer), input=asked)
        return data["drawLottery"]

    async def grant(self, customer, chances=1, *, key="g", as_=None, **more):
        asked = {
            "code": "wheel",
            "customerId": customer,
            "chances": chances,
            "reason": "birthday",
            "idempotencyKey": key,
            **more,
        }
        data = await self.harness.graph(GRANT, as_=as_ or self.ann, input=asked)
        return data["grantLotteryChances"]

    async def shown(self, as_=None):
        return (await self.harness.graph(SHOWN, as_=as_ or self.ann, code="wheel"))["shown"]

    async def mine(self, customer):
        shown = await self.harness.graph(MINE, as_=self.token_of(customer), code="wheel")
        found = shown["lottery"]
        return found["chances"], [each["node"] for each in found["draws"]["edges"]]

    async def midnight(self, days=1):
        """A day goes by, for what is written down."""
        await self.members.sql(
            "UPDATE lottery_epoch SET starts_at = starts_at - make_interval(days => :days), "
            "ends_at = ends_at - make_interval(days => :days) WHERE closed_at IS NULL",
            days=days,
        )

    async def told(self, what):
        return await self.members.announced(f"lottery.{what}")


@pytest.fixture
def lotteries(members):
    return Lotteries(members)

"""Red packets as they are drafted, opened and grabbed, in the words of the tests."""

from datetime import timedelta

import pytest

from kit.models import utcnow, uuid7

REFUSED = "__typename ... on Refusal { message }"
ANSWER = f"{REFUSED} ... on InvalidInput {{ field }}"
PACKET = "packet { state unfundedBecause left leftAmount returned seed seedHash link leaderboard { amount } }"
DRAFT = f"""mutation ($input: DraftRedPacketInput!) {{ draftRedPacket(input: $input) {{
  {ANSWER} ... on RedPacketWasDrafted {{ {PACKET} }} }} }}"""
OPEN = f"""mutation ($code: String!) {{ openRedPacket(code: $code) {{
  {REFUSED} ... on RedPacketWasOpened {{ {PACKET} }} }} }}"""
END = OPEN.replace("openRedPacket", "endRedPacket").replace("WasOpened", "WasEnded")
GRAB = f"""mutation ($input: GrabRedPacketInput!) {{ grabRedPacket(input: $input) {{
  {ANSWER} ... on RedPacketPartWasTaken {{ number amount currency isHeld }}
  ... on RedPacketTakenBefore {{ amount }} }} }}"""
SHOWN = """query ($code: String!) { redPacket(code: $code) {
  state left leftAmount seed mine { amount isMine }
  leaderboard(first: 3) { number amount isMine } } }"""
MADE = "octoreach.campaign.allotment.made.v1"
UNFUNDED = "octoreach.campaign.allotment.refused.v1"
SETTLED = ("spent_minor", "released_minor")


class Packets:
    """A marketer who drafts, an approver who opens, and members who grab."""

    def __init__(self, members):
        self.members = members
        self.harness = members.harness
        self.ann = self.harness.token("marketer", subject="ann")
        self.bob = self.harness.token("approver", subject="bob", scope="approve:finance")

    async def draft(self, *, as_=None, **more):
        asked = {
            "code": "spring",
            "name": "Spring festival",
            "unit": "hq.zj",
            "amount": 10_000,
            "parts": 10,
            "smallest": 100,
            "endsAt": utcnow() + timedelta(hours=1),
            **more,
        }
        data = await self.harness.graph(DRAFT, as_=as_ or self.ann, input=asked)
        return data["draftRedPacket"]

    async def open(self, code="spring", as_=None):
        return (await self.harness.graph(OPEN, as_=as_ or self.bob, code=code))["openRedPacket"]

    async def opened(self, **more):
        await self.draft(**more)
        packet = (await self.open(more.get("code", "spring")))["packet"]
        if "campaignCode" in more:
            await self.answer()
        return packet

    async def answer(self, reason=None, asked=None):
        """The campaign has set the money aside, or says why not."""
        asked = asked or (await self.members.announced("allotment.requested"))[-1]
        answer = {"campaign_id": uuid7(), "reason": reason, **asked}
        subject = MADE if reason is None else UNFUNDED
        for _ in range(2):
            await self.harness.hear(subject, answer)

    async def settled(self):
        """What the campaign was told was spent, and is its own again, in all."""
        told = await self.members.announced("allotment.settled")
        spent, released = (sum(each[name] for each in told) for name in SETTLED)
        return spent, released

    async def end(self, code="spring"):
        return (await self.harness.graph(END, as_=self.ann, code=code))["endRedPacket"]

    def token_of(self, customer):
        return self.harness.token("customer", unit=None, customer=str(customer))

    async def grab(self, customer, *, key="k", code="spring", as_=None, **more):
        asked = {"code": code, "idempotencyKey": key, **more}
        data = await self.harness.graph(GRAB, as_=as_ or self.token_of(customer), input=asked)
        return data["grabRedPacket"]

    async def shown(self, as_, code="spring"):
        return (await self.harness.graph(SHOWN, as_=as_, code=code))["redPacket"]

    async def crowd(self, count):
        return [await self.members.register() for _ in range(count)]

    async def cash(self, customer):
        wallets = (await self.members.points(customer, "wallets { currency available }"))["wallets"]
        return sum(each["available"] for each in wallets if each["currency"] == "cash_back")

    async def told(self, what):
        return await self.members.announced(f"red_packet.{what}")


@pytest.fixture
def packets(members):
    return Packets(members)

"""A red packet that a crowd grabs, and a lottery that one customer draws from and checks."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from local.demo import cast
from local.doors import Doors
from local.problems import Problem
from local.tokens import Wanted

PARTS = 10
GRABBERS = 16
AMOUNT = 10_000
PRIZES: tuple[dict[str, Any], ...] = (
    {
        "code": "mug",
        "name": "A mug with an octopus",
        "kind": "REWARD",
        "item": "octopus-mug",
        "odds": 10_000,
        "perDay": 5,
        "fallback": "thanks",
    },
    {
        "code": "thanks",
        "name": "A voucher",
        "kind": "VOUCHER",
        "item": "thank-you",
        "odds": 490_000,
    },
    {"code": "blank", "name": "Next time", "kind": "BLANK", "odds": 500_000},
)
ANSWER = "__typename ... on Refusal { message }"
DRAFT_PACKET = f"""mutation ($input: DraftRedPacketInput!) {{
  answer: draftRedPacket(input: $input) {{ {ANSWER} }} }}"""
OPEN_PACKET = f"mutation ($code: String!) {{ answer: openRedPacket(code: $code) {{ {ANSWER} }} }}"
GRAB = f"""mutation ($input: GrabRedPacketInput!) {{ answer: grabRedPacket(input: $input) {{
  {ANSWER} ... on RedPacketPartWasTaken {{ amount }} }} }}"""
PACKET = """query ($code: String!) { answer: redPacket(code: $code) {
  state left seedHash seed leaderboard(first: 3) { amount } } }"""
DRAFT_WHEEL = f"""mutation ($input: DraftLotteryInput!) {{
  answer: draftLottery(input: $input) {{ {ANSWER} }} }}"""
OPEN_WHEEL = f"mutation ($code: String!) {{ answer: openLottery(code: $code) {{ {ANSWER} }} }}"
DRAW = f"""mutation ($input: DrawLotteryInput!) {{ answer: drawLottery(input: $input) {{
  {ANSWER} ... on LotteryWasDrawn {{ epoch prize {{ code name }} draw {{ number link }} }} }} }}"""


async def try_luck(doors: Doors, run: str, customer: str, crowd: Sequence[str]) -> dict[str, Any]:
    """What a crowd got of a packet, and what the customer drew."""
    packet, wheel = f"packet-{run}", f"wheel-{run}"
    until = datetime.now(UTC) + timedelta(days=7)
    for_all = {"unit": cast.UNIT, "endsAt": until.isoformat()}
    sum_ = {"code": packet, "name": "Red packet", "amount": AMOUNT, "parts": PARTS, "smallest": 100}
    table = {"code": wheel, "name": "Wheel of fortune", "price": 0, "prizes": list(PRIZES)}
    await _said(doors, DRAFT_PACKET, cast.MARKETER, input=sum_ | for_all)
    await _said(doors, OPEN_PACKET, cast.APPROVER, code=packet)
    await _said(doors, DRAFT_WHEEL, cast.MARKETER, input=table | for_all)
    await _said(doors, OPEN_WHEEL, cast.APPROVER, code=wheel)
    wanted = {"code": packet, "idempotencyKey": run}
    got = await asyncio.gather(
        *(_ask(doors, GRAB, _as(each), input=wanted) for each in [customer, *crowd][:GRABBERS])
    )
    seed = hashlib.sha256(f"{run} of {customer}".encode()).hexdigest()[:32]
    drawing = {"code": wheel, "clientSeed": seed, "idempotencyKey": run}
    drawn = await _said(doors, DRAW, _as(customer), input=drawing)
    shown = await _ask(doors, PACKET, cast.ANALYST, code=packet)
    amounts = [each["amount"] for each in got if "amount" in each]
    return {"packet": {**shown, "taken": len(amounts), "sum": sum(amounts)}, "draw": drawn}


def _as(customer: str) -> Wanted:
    return Wanted("customer", customer=customer)


async def _said(doors: Doors, query: str, as_: Wanted, **variables: Any) -> dict[str, Any]:
    """The answer; a repeated run finds things as they are, any other refusal is a Problem."""
    answer = await _ask(doors, query, as_, **variables)
    if "message" in answer and answer["__typename"] != "Conflict":
        raise Problem(f"Luck was refused: {answer['message']}")
    return answer


async def _ask(doors: Doors, query: str, as_: Wanted, **variables: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await doors.graph(query, as_=as_, **variables))["answer"]
    return answer

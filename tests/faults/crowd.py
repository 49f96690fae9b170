"""People who buy, redeem, grab, draw, turn out to be one, and leave; and what must come of it."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.platform import Platform
from tests.quiet import ask

from local.demo import cast, stage, story
from local.demo.luck import DRAW, GRAB
from local.demo.people import write_people
from local.demo.rewards import REDEEM
from local.doors import Doors
from local.running.plan import SERVICES
from local.tokens import Wanted

PEOPLE = 24
PARTS = 12
SUM = 1_200
VOUCHERS = 5_000
PRICE = 150
EARNED = 500
CODE = "crowd"
OFFICER = Wanted("operator", unit="hq", subject="officer", scope="privacy:handle")
ANSWER = "__typename ... on Refusal { message }"
POINTS = "query ($id: UUID!) { customer(id: $id) { points { balance } } }"
MAKE = f"""mutation {{ answer: makeVouchers(
  voucherTypeCode: "thank-you", size: {VOUCHERS}, idempotencyKey: "{CODE}") {{ {ANSWER} }} }}"""
MERGE = f"mutation ($input: MergeCustomersInput!) {{ answer: mergeCustomers(input: $input) {{ {ANSWER} }} }}"
ERASE = f"""mutation ($r: SubjectRequestInput!) {{ answer: openSubjectRequest(input: $r) {{
  {ANSWER} ... on SubjectRequestWasOpened {{ request {{ id }} }} }} }}"""
APPROVE = f"mutation ($id: UUID!) {{ answer: approveSubjectRequest(id: $id) {{ {ANSWER} }} }}"


async def prepare(doors: Doors) -> None:
    """A reward, a red packet and a lottery for everybody."""
    for_all = {"unit": cast.UNIT, "endsAt": (datetime.now(UTC) + timedelta(days=7)).isoformat()}
    reward = {
        "code": CODE, "kind": "GIFT", "name": "A cup", "price": PRICE, "costMinor": 100,
        "stock": PEOPLE, "unit": cast.UNIT, "money": "CNY",
    }  # fmt: skip
    packet = {"code": CODE, "name": "Crowd", "amount": SUM, "parts": PARTS, "smallest": 10}
    blank = {"code": "blank", "name": "Next time", "kind": "BLANK", "odds": 1_000_000}
    lottery = {"code": CODE, "name": "Wheel", "price": 0, "prizes": [blank]}
    for name, content in (
        ("defineReward", reward),
        ("draftRedPacket", packet | for_all),
        ("draftLottery", lottery | for_all),
    ):
        kind = name[0].upper() + name[1:] + "Input"
        await stage.change(doors, name, kind, "input", content, as_=cast.MARKETER)
    for name, who in (
        ("publishReward", cast.MARKETER),
        ("openRedPacket", cast.APPROVER),
        ("openLottery", cast.APPROVER),
    ):
        await doors.graph(f'mutation {{ {name}(code: "{CODE}") {{ __typename }} }}', as_=who)


def arrive(running: Platform, folder: Path) -> None:
    people = folder / "crowd.csv"
    write_people(people, PEOPLE, CODE)
    running.local("import", "--customers", str(people))


async def live(doors: Doors) -> list[str]:
    """Everybody at once; their ids, the first two of whom are one person, the third has left."""
    await doors.graph(MAKE, as_=cast.MARKETER)
    found = (await story.everybody(doors)).items()
    people = [each for each, crm in sorted(found, key=lambda one: one[1]) if CODE in crm]
    await asyncio.gather(*(_spend_a_day(doors, each) for each in people))
    survivor, absorbed, leaver, *_ = people
    both = {"survivorId": survivor, "absorbedId": absorbed, "reason": "One identity card"}
    await doors.graph(MERGE, as_=cast.FRONT_LINE, input=both)
    wish = {"customerId": leaver, "kind": "ERASURE", "identityCheck": "card", "note": "enough"}
    opened = (await doors.graph(ERASE, as_=cast.FRONT_LINE, r=wish))["answer"]
    await doors.graph(APPROVE, as_=OFFICER, id=opened["request"]["id"])
    return people


async def _spend_a_day(doors: Doors, customer: str) -> None:
    await _buy(doors, customer)
    while await points_of(doors, customer) < PRICE:  # noqa: ASYNC110
        await asyncio.sleep(0.5)
    wanted = {"customerId": customer, "rewardCode": CODE, "idempotencyKey": customer}
    oneself = Wanted("customer", customer=customer)
    key = {"code": CODE, "idempotencyKey": customer}
    await asyncio.gather(
        doors.graph(REDEEM, as_=cast.FRONT_LINE, input=wanted),
        doors.graph(GRAB, as_=oneself, input=key),
        doors.graph(DRAW, as_=oneself, input=key | {"clientSeed": "0" * 32}),
    )


async def _buy(doors: Doors, customer: str) -> None:
    order = {
        "reference": f"{CODE}-{customer}", "customer": {"id": customer}, "channel": cast.STORE,
        "placed_at": datetime.now(UTC).isoformat(), "currency": "CNY",
        "lines": [{"product": "fibre-1000", "quantity": 1, "amount_minor": EARNED * 100}],
    }  # fmt: skip
    while True:
        placed = await doors.rest(
            "channel", "POST", "/v1/orders", as_=cast.STORE_SYSTEM, content=order, key=customer
        )
        if placed.is_success:
            return
        await asyncio.sleep(0.5)


async def points_of(doors: Doors, customer: str) -> int:
    found = (await doors.graph(POINTS, as_=cast.FRONT_LINE, id=customer))["customer"]
    return int(found["points"]["balance"]) if found and found["points"] else 0


async def what_came_of_it(doors: Doors, running: Platform, people: list[str]) -> dict[str, Any]:
    survivor, absorbed, _, *others = people
    await _until_forgotten(running)
    return {
        "together": {await points_of(doors, each) for each in (survivor, absorbed)},
        "alone": {await points_of(doors, each) for each in others},
        **{name: ask(running, "loyalty", statement) for name, statement in COUNTED.items()},
        "parked": {ask(running, each, "SELECT count(*) FROM parked_event") for each in SERVICES},
        "ledger": {(await doors.graph(LEDGER, as_=cast.ANALYST))["ledger"][each] for each in SOUND},
    }


async def _until_forgotten(running: Platform) -> None:
    async with asyncio.timeout(300):
        while ask(running, "customer", "SELECT state FROM subject_request") != "completed":  # noqa: ASYNC110
            await asyncio.sleep(0.5)


def require_exact(found: dict[str, Any]) -> None:
    """Each bought, redeemed and drew once, and the packet gave away all of itself."""
    assert found == {
        "together": {2 * (EARNED - PRICE)},
        "alone": {EARNED - PRICE},
        "redeemed": f"{PEOPLE} {PEOPLE * PRICE}",
        "stock": "0",
        "packet": f"{PARTS} {SUM}",
        "draws": f"{PEOPLE} 0",
        "vouchers": f"{VOUCHERS} {VOUCHERS}",
        "parked": {"0"},
        "ledger": {0},
    }


SOUND = (
    "sumOfEntries", "postingsOutOfBalance", "accountsOutOfBalance", "lotsOutOfBalance",
    "transfersOutOfBalance", "negativeBalances", "reportsOutOfBalance",
)  # fmt: skip
LEDGER = f"{{ ledger {{ {' '.join(SOUND)} }} }}"
COUNTED: Mapping[str, str] = {
    "redeemed": f"SELECT count(*) || ' ' || sum(price) FROM redemption WHERE reward_code = '{CODE}'",
    "stock": "SELECT stocked - given FROM reward_stock JOIN reward ON reward.id = reward_id "
    f"WHERE code = '{CODE}'",
    "packet": "SELECT count(*) || ' ' || sum(take.amount) FROM red_packet_take AS take "
    f"JOIN red_packet ON red_packet.id = packet_id WHERE code = '{CODE}'",
    "draws": "SELECT sum(draws) || ' ' || sum(draws - last) FROM (SELECT count(*) AS draws, "
    "max(number) AS last FROM lottery_draw JOIN lottery ON lottery.id = lottery_id "
    f"WHERE code = '{CODE}' GROUP BY epoch_id) AS epoch",
    "vouchers": "SELECT count(*) || ' ' || max(made) FROM voucher JOIN voucher_batch AS batch "
    f"ON batch.id = batch_id WHERE size = {VOUCHERS}",
}

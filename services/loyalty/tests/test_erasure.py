from typing import Any
from uuid import UUID

from services.loyalty.tests.clubs import Clubs
from services.loyalty.tests.packets import Packets
from sqlalchemy import text

from kit.models import utcnow, uuid7
from kit.testing.harness import Harness
from loyalty.erasure.commands import confirm_erasures
from loyalty.fulfilments.commands import request_fulfilments
from loyalty.fulfilments.models import NewFulfilment

REQUESTED = "octoreach.customer.erasure.requested.v1"
CONFIRMED = "octoreach.loyalty.erasure.confirmed.v1"
WORDS = "a word about their illness"


async def reasons(members: Any, customer: UUID, table: str) -> list[str]:
    said = text(f"SELECT reason FROM {table} WHERE account_id = :account ORDER BY id")
    account = await members.account(customer)
    async with members.harness.db.transaction() as session:
        return [each.reason for each in await session.execute(said, {"account": account})]


async def erase(harness: Harness, customer: UUID) -> None:
    content = {"request_id": uuid7(), "customer_id": customer, "alias_ids": []}
    await harness.hear(REQUESTED, content)
    for _ in range(2):
        await harness.turn(confirm_erasures)


async def test_the_ledger_stands_when_a_member_is_erased(members: Any) -> None:
    customer = await members.register()
    order = await members.order(customer, 10_000)
    balance = await members.balance(customer)

    await erase(members.harness, customer)

    assert [each["customer_id"] for each in await members.announced("erasure.confirmed")] == [
        str(customer)
    ]
    assert await members.is_sound()
    assert await members.balance(customer) == balance > 0
    await members.cancel(customer, order)
    assert await members.balance(customer) == 0
    assert await members.is_sound()


async def test_what_was_written_beside_movements_goes_and_the_movements_stay(
    members: Any, spend: Any, adjust: Any
) -> None:
    customer, other = await members.register(), await members.register()
    for each in (customer, other):
        await members.order(each, 10_000)
        await spend(each, 10, reason=WORDS)
        await adjust(each, 5, reason=WORDS)
    before = await reasons(members, customer, "posting")

    await erase(members.harness, customer)

    assert before == ["order", WORDS, WORDS]
    assert await reasons(members, customer, "posting") == ["order", "erased", "erased"]
    assert await reasons(members, customer, "adjustment") == ["erased"]
    assert await reasons(members, other, "posting") == before
    assert await reasons(members, other, "adjustment") == [WORDS]
    assert await members.balance(customer) == 95
    assert await members.is_sound()


async def test_the_erased_earn_nothing_more(members: Any) -> None:
    customer = await members.register()
    await erase(members.harness, customer)

    await members.order(customer, 10_000)

    assert await members.balance(customer) == 0
    assert (await members.ledger())["postings"] == 0


DOORS = {
    "chooseLeaderboardName": '(customerId: $id, name: "Wang Fang")',
    "joinClub": '(customerId: $id, code: "runners")',
    "openReferralCode": "(customerId: $id)",
    "grabRedPacket": '(input: {customerId: $id, code: "spring", idempotencyKey: "k"})',
    "redeemReward": '(input: {customerId: $id, rewardCode: "mug", idempotencyKey: "k"})',
}
NOBODY = ("NotFound", "RedPacketNotForThem")
TRANSFER = """mutation ($input: TransferPointsInput!) {
  transferPoints(input: $input) { __typename } }"""


async def test_nothing_more_is_kept_of_the_erased_whoever_asks_for_it(
    members: Any, shop: Any
) -> None:
    harness, packets, clubs = members.harness, Packets(members), Clubs(members)
    customer, giver = [await members.register() for _ in range(2)]
    for each in (customer, giver):
        await members.order(each, 100_000)
    await shop.sell(stock=3)
    await clubs.keep()
    await packets.opened()
    accounts = [await members.account(each) for each in (giver, customer)]
    own, others = [packets.token_of(each) for each in (customer, giver)]
    await erase(harness, customer)
    before = await harness.stored()

    answers = []
    for name, said in DOORS.items():
        query = f"mutation ($id: UUID!) {{ it: {name}{said} {{ __typename }} }}"
        answers.append((await harness.graph(query, as_=own, id=customer))["it"]["__typename"])
    clerk = (await clubs.join(customer))["__typename"]
    gift = {"fromAccountId": accounts[0], "toAccountId": accounts[1], "points": 5}
    gift |= {"reason": "for Wang", "idempotencyKey": "k"}
    given = (await harness.graph(TRANSFER, as_=others, input=gift))["transferPoints"]

    assert set(answers) <= set(NOBODY)
    assert (clerk, given["__typename"]) == ("NotFound", "NotFound")
    assert await members.points(customer, as_=own) is None
    assert await harness.stored() == before


async def test_a_late_report_opens_no_account_for_the_erased(members: Any) -> None:
    customer = uuid7()
    await erase(members.harness, customer)

    await members.register(customer)

    assert str(customer) not in [
        each["customer_id"] for each in await members.announced("account.opened")
    ]


async def test_the_vouchers_of_the_erased_are_good_no_more_and_owed_no_longer(
    members: Any, vouchers: Any
) -> None:
    customer, other = await members.register(), await members.register()
    await vouchers.a_type(mostRedemptions=10)
    codes = [await vouchers.code(customer) for _ in range(3)]
    kept = await vouchers.code(other)
    await vouchers.reserve(customer, codes[0])
    order = uuid7()
    await vouchers.redeem(customer, codes[1], order=order)

    await erase(members.harness, customer)
    await members.cancel(customer, order)

    assert [each["state"] for each in await vouchers.of(customer)] == ["WITHDRAWN"] * 3
    assert [each["state"] for each in await vouchers.of(other)] == ["OPEN"]
    figures = await vouchers.figures()
    assert (figures["outstanding"], figures["liability"]) == (1, {"minor": 1_000})
    assert (await vouchers.redeem(other, kept))["__typename"] == "VouchersWereRedeemed"
    assert (await vouchers.figures())["outstanding"] == 0


async def test_an_erasure_forgets_why_a_handout_failed_and_not_that_it_did(members: Any) -> None:
    customer = await members.register()
    gift = NewFulfilment(
        customer_id=customer, kind="gift", title="A mug", source_kind="benefit", source_id=uuid7()
    )
    async with members.harness.db.transaction() as session:
        [asked] = await request_fulfilments(session, [gift])
    failure = {
        "fulfilment_id": asked, "attempt": 1, "customer_id": customer, "source_kind": "benefit",
        "source_id": gift.source_id, "reference": "", "reason": WORDS, "by": "fang",
        "at": utcnow(),
    }  # fmt: skip
    await members.harness.hear("octoreach.channel.fulfilment.failed.v1", failure)
    await members.harness.publish()
    known = (await members.harness.stored()).count(WORDS)

    await erase(members.harness, customer)

    assert known == 2
    stored = await members.harness.stored()
    assert WORDS not in stored
    [row] = [each for each in stored.splitlines() if each.startswith("public.fulfilment ")]
    assert ",failed," in row

import asyncio
import subprocess
import sys
from collections import Counter

from services.loyalty.tests.lotteries import ALWAYS, BLANK, VERIFY, prize

from kit.models import uuid7
from loyalty.lottery.commands import draw
from loyalty.lottery.models.draws import Chance


async def test_many_who_draw_at_once_get_no_more_than_there_is(lotteries):
    crowd = [await lotteries.members.register() for _ in range(20)]
    await lotteries.opened(
        prizes=[
            prize("five", 500_000, stock=5, fallback="three"),
            prize("three", 500_000, perDay=3, stock=50, kind="MONEY"),
            {**BLANK, "odds": 0},
        ]
    )

    answers = await asyncio.gather(*(lotteries.draw(each) for each in crowd))

    drawn = Counter(each["draw"]["prizeCode"] for each in answers)
    shown = {each["code"]: each for each in (await lotteries.shown())["prizes"]}
    assert sorted(each["draw"]["number"] for each in answers) == list(range(1, 21))
    assert (drawn["five"] <= 5, drawn["three"], drawn.total()) == (True, 3, 20)
    assert shown["five"]["left"] == 5 - drawn["five"]
    assert (shown["three"]["left"], shown["three"]["leftToday"]) == (47, 0)
    assert shown["blank"]["given"] == drawn["blank"]
    balances = [await lotteries.members.balance(each) for each in crowd]
    assert sum(balances) == 10 * drawn["five"]
    assert await lotteries.members.is_sound()


async def test_the_same_key_draws_once_and_with_other_content_is_refused(lotteries):
    customer = await lotteries.members.register()
    await lotteries.opened(prizes=ALWAYS)

    answers = await asyncio.gather(*(lotteries.draw(customer) for _ in range(6)))
    other = await lotteries.draw(customer, clientSeed="bad5eed0" * 2)

    assert all(each == answers[0] for each in answers)
    assert other["__typename"] == "IdempotencyKeyReused"
    assert await lotteries.members.balance(customer) == 10
    assert len(await lotteries.told("drawn")) == 1


async def test_a_draw_costs_its_price_and_a_granted_chance_nothing(lotteries):
    customer = await lotteries.members.register()
    await lotteries.members.order(customer, 25_00)
    await lotteries.opened(price=20, prizes=[{**BLANK, "odds": 1_000_000}])
    await lotteries.grant(customer, 1)

    free = await lotteries.draw(customer, key="a")
    paid = await lotteries.draw(customer, key="b")
    poor = await lotteries.draw(customer, key="c")

    assert (free["draw"]["price"], paid["draw"]["price"]) == (0, 20)
    assert (poor["__typename"], poor["needed"], poor["balance"]) == ("NotEnoughPoints", 20, 5)
    assert await lotteries.members.balance(customer) == 5
    chances, draws = await lotteries.mine(customer)
    assert (chances, [each["price"] for each in draws]) == (0, [20, 0])
    assert await lotteries.members.is_sound()


async def test_without_a_price_it_takes_a_chance_and_each_is_used_once(lotteries):
    customer = await lotteries.members.register()
    await lotteries.opened(price=None, prizes=ALWAYS)
    await asyncio.gather(*(lotteries.grant(customer, 2) for _ in range(3)))

    answers = await asyncio.gather(*(lotteries.draw(customer, key=f"k{n}") for n in range(5)))
    reused = await lotteries.grant(customer, 3)

    kinds = Counter(each["__typename"] for each in answers)
    assert kinds == {"LotteryWasDrawn": 2, "NoChanceLeft": 3}
    assert reused["__typename"] == "IdempotencyKeyReused"
    assert await lotteries.members.balance(customer) == 20


async def test_nobody_draws_or_wins_more_often_than_one_may(lotteries):
    often, lucky = [await lotteries.members.register() for _ in range(2)]
    await lotteries.opened(drawsPerDay=2, drawsInAll=3, winsInAll=1, prizes=ALWAYS)
    blanks = "UPDATE lottery_draw SET is_win = false WHERE customer_id = :customer"

    first = await asyncio.gather(*(lotteries.draw(lucky, key=f"k{n}") for n in range(3)))
    await lotteries.draw(often, key="a")
    await lotteries.members.sql(blanks, customer=often)
    await lotteries.draw(often, key="b")
    await lotteries.members.sql(blanks, customer=often)
    today = await lotteries.draw(often, key="c")
    await lotteries.midnight()
    await lotteries.draw(often, key="d")
    await lotteries.members.sql(blanks, customer=often)
    ever = await lotteries.draw(often, key="e")

    assert Counter(each.get("limit") for each in first) == {None: 1, "wins_in_all": 2}
    assert (today["limit"], ever["limit"]) == ("draws_per_day", "draws_in_all")
    assert len(await lotteries.told("drawn")) == 4


async def test_rewards_and_vouchers_are_handed_over_and_stood_in_for_when_they_are_gone(
    lotteries, shop, vouchers, tmp_path
):
    crowd = [await lotteries.members.register() for _ in range(6)]
    await shop.sell(stock=2)
    await vouchers.a_type()
    await lotteries.opened(
        prizes=[
            prize("mug", 1_000_000, "REWARD", item="mug", stock=5, fallback="ten-off"),
            prize("ten-off", 0, "VOUCHER", item="ten", stock=3),
            {**BLANK, "odds": 0},
        ]
    )

    answers = await asyncio.gather(*(lotteries.draw(each) for each in crowd))
    await lotteries.close()

    assert Counter(each["prize"]["code"] for each in answers) == {
        "mug": 2,
        "ten-off": 3,
        "blank": 1,
    }
    assert await shop.left() == 0
    assert sum([len(await vouchers.of(each)) for each in crowd]) == 3
    told = await lotteries.told("drawn")
    assert sum(each["cost_minor"] for each in told) == 2 * 2_500
    file = tmp_path / "epoch.json"
    file.write_text((await lotteries.harness.get("/v1/lotteries/wheel/epochs/1")).text)
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, VERIFY, file], capture_output=True, text=True, check=False
    )
    assert "4 with a prize that could not be handed out" in done.stdout
    assert done.stdout.endswith("VERIFIED\n")


async def test_what_campaigns_promise_is_drawn_once_per_source_for_nothing(lotteries):
    customer = await lotteries.members.register()
    await lotteries.opened(price=20, prizes=ALWAYS)
    source, other = uuid7(), uuid7()

    async def drawn(*chances):
        async with lotteries.harness.db.transaction() as session:
            return await draw(
                session, [Chance(code, customer, "benefit", id) for code, id in chances]
            )

    first, second, unknown = await drawn(("wheel", source), ("wheel", other), ("none", uuid7()))
    (again,) = await drawn(("wheel", source))

    assert [
        (each.outcome, each.prize, each.cost_minor, each.currency) for each in (first, second)
    ] == [("won", "ten", 10, "CNY")] * 2
    assert (again.outcome, again.draw.number) == ("won", first.draw.number)
    assert (unknown.outcome, unknown.reason) == ("refused", "There is no lottery none.")
    assert await lotteries.members.balance(customer) == 20


LIMIT = """mutation ($input: FraudRuleInput!) { setFraudRule(input: $input) { __typename } }"""


async def test_a_draw_that_a_limit_holds_is_made_when_it_is_asked_for_after_its_release(lotteries):
    customer, other = [await lotteries.members.register() for _ in range(2)]
    for each in (customer, other):
        await lotteries.members.order(each, 20_00)
    terms = {
        "code": "lucky", "name": "Lucky", "kind": "VELOCITY", "actKinds": ["LOTTERY"],
        "threshold": 0, "windowSeconds": 3_600, "action": "HOLD",
    }  # fmt: skip
    await lotteries.harness.graph(LIMIT, as_=lotteries.members.operator, input=terms)
    await lotteries.opened(price=20, prizes=ALWAYS)

    held = [await lotteries.draw(each) for each in (customer, other)]
    balance = await lotteries.members.balance(customer)
    for review in await lotteries.members.announced("review.opened"):
        verdict = "releaseReview" if review["customer_id"] == str(customer) else "rejectReview"
        decide = f'mutation ($id: UUID!) {{ {verdict}(id: $id, note: "looked") {{ __typename }} }}'
        await lotteries.harness.graph(
            decide, as_=lotteries.members.operator, id=review["review_id"]
        )
    released, rejected = [await lotteries.draw(each) for each in (customer, other)]

    assert {each["__typename"] for each in held} == {"LotteryDrawIsHeld"}
    assert balance == 20
    assert released["draw"]["number"] == 1
    assert rejected["__typename"] == "LotteryNotForThem"
    assert await lotteries.members.balance(customer) == 10
    assert await lotteries.members.balance(other) == 20


async def test_two_who_are_one_have_drawn_as_often_as_both(lotteries):
    one, other = [await lotteries.members.register() for _ in range(2)]
    await lotteries.opened(drawsInAll=2, prizes=ALWAYS)
    for each in (one, other):
        await lotteries.draw(each)
    told = {"merge_id": uuid7(), "customer_id": one, "absorbed_id": other}

    await lotteries.harness.hear("octoreach.customer.customer.merged.v1", told)
    again = await lotteries.draw(one, key="again")

    assert again["limit"] == "draws_in_all"
    assert len((await lotteries.mine(one))[1]) == 2
    assert await lotteries.members.balance(one) == 20

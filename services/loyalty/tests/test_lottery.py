import asyncio
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed
from loyalty.lottery.commands import draw
from loyalty.lottery.commands.epochs import turn_lotteries
from loyalty.lottery.models.draws import Chance

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


async def test_an_epoch_commits_to_its_seed_and_the_next_and_tells_it_at_its_end(lotteries):
    customer = await lotteries.members.register()
    first = (await lotteries.opened())["epoch"]
    early = await lotteries.harness.get("/v1/lotteries/wheel/epochs/1")
    receipt = (await lotteries.draw(customer, key="a"))["draw"]

    await lotteries.midnight()
    await lotteries.harness.turn(turn_lotteries)
    await lotteries.harness.turn(turn_lotteries)
    second = (await lotteries.shown())["epoch"]

    file = (await lotteries.harness.get("/v1/lotteries/wheel/epochs/1")).json()
    opened, (revealed,) = await lotteries.told("opened"), await lotteries.told("revealed")
    assert (first["number"], first["seed"], early.status_code) == (1, None, 409)
    assert (second["number"], second["seedHash"]) == (2, first["nextSeedHash"])
    assert [each["opening_hash"] for each in opened] == [
        first["openingHash"],
        second["openingHash"],
    ]
    assert (revealed["draws"], revealed["head"]) == (1, receipt["link"])
    assert (file["seed"], file["opening_hash"]) == (revealed["seed"], first["openingHash"])
    assert [each["link"] for each in file["draws"]] == [receipt["link"]]
    assert str(customer) not in str(file)
    for path in ("none/epochs/1", "wheel/epochs/9"):
        assert (await lotteries.harness.get(f"/v1/lotteries/{path}")).status_code == 404


async def test_the_published_command_verifies_what_the_service_tells(lotteries, tmp_path):
    crowd = [await lotteries.members.register() for _ in range(12)]
    scarce = [prize("one", 600_000, stock=14, perDay=9, fallback="two"), prize("two", 100_000)]
    opening = (await lotteries.opened(prizes=[*scarce, {**BLANK, "odds": 300_000}]))["epoch"]

    for day in ("a", "b"):
        answers = await asyncio.gather(*(lotteries.draw(each, key=day) for each in crowd))
        await lotteries.midnight()
        await lotteries.harness.turn(turn_lotteries)

    files = []
    for number in (1, 2):
        files.append(tmp_path / f"{number}.json")
        path = f"/v1/lotteries/wheel/epochs/{number}"
        files[-1].write_text((await lotteries.harness.get(path)).text)
    receipts = [f"--receipt={each['draw']['number']}:{each['draw']['link']}" for each in answers]
    asked = [VERIFY, "--opening", opening["openingHash"], *receipts, *files]
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, *asked], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "wheel, epoch 1: 12 draws, each as the seed says."
    assert done.stdout.splitlines()[-1] == "VERIFIED"


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


async def test_a_draw_after_midnight_begins_the_next_epoch_by_itself(lotteries):
    customer = await lotteries.members.register()
    await lotteries.opened(prizes=[prize("ten", 1_000_000, perDay=1), {**BLANK, "odds": 0}])

    codes = [(await lotteries.draw(customer, key=key))["prize"]["code"] for key in "ab"]
    await lotteries.midnight()
    after = await asyncio.gather(*(lotteries.draw(customer, key=key) for key in "cd"))

    assert codes == ["ten", "blank"]
    assert sorted(each["prize"]["code"] for each in after) == ["blank", "ten"]
    assert [each["epoch"] for each in after] == [2, 2]
    assert len(await lotteries.told("revealed")) == 1


async def test_prizes_of_an_open_lottery_change_with_the_next_epoch_when_another_agrees(lotteries):
    await lotteries.opened()
    ends_at = (await lotteries.told("opened"))[0]["ends_at"]
    other = [prize("gold", 1, stock=1), {**BLANK, "odds": 999_999}]
    terms = {"prizes": other, "endsAt": await _end_of(lotteries)}

    price = await lotteries.draft(**terms, price=5)
    drafted = await lotteries.draft(**terms)
    own = await lotteries.open(
        as_=lotteries.harness.token("approver", subject="ann", scope="approve:finance")
    )
    await lotteries.midnight()
    await lotteries.harness.turn(turn_lotteries)
    unapproved = await lotteries.shown()
    approved = await lotteries.open()
    await lotteries.midnight(2)
    await lotteries.harness.turn(turn_lotteries)
    after = await lotteries.shown()

    assert ends_at
    assert (price["__typename"], own["__typename"]) == ("Conflict", "OwnLottery")
    assert drafted["lottery"]["nextPrizes"] == [{"code": "gold"}, {"code": "blank"}]
    assert [each["code"] for each in unapproved["prizes"]] == ["ten", "blank"]
    assert approved["__typename"] == "LotteryWasOpened"
    assert [(each["code"], each["left"]) for each in after["prizes"]] == [
        ("gold", 1),
        ("blank", None),
    ]
    assert after["nextPrizes"] is None


async def _end_of(lotteries):
    query = '{ lottery(code: "wheel") { endsAt } }'
    return (await lotteries.harness.graph(query, as_=lotteries.ann))["lottery"]["endsAt"]


async def test_a_closed_lottery_is_drawn_from_no_more_and_tells_its_seed(lotteries):
    customer = await lotteries.members.register()
    await lotteries.opened(prizes=ALWAYS)

    await lotteries.close()
    refused = await lotteries.draw(customer)

    assert refused["__typename"] == "LotteryIsClosed"
    assert len(await lotteries.told("revealed")) == 1
    assert (await lotteries.close())["__typename"] == "Conflict"
    assert await lotteries.members.balance(customer) == 0


async def test_a_lottery_whose_time_is_over_closes_by_itself(lotteries):
    customer = await lotteries.members.register()
    await lotteries.opened(prizes=ALWAYS)
    await lotteries.members.sql("UPDATE lottery SET ends_at = now() - interval '1 second'")
    await lotteries.midnight()

    refused = await lotteries.draw(customer)

    assert refused["__typename"] == "LotteryIsClosed"
    assert (await lotteries.shown())["state"] == "CLOSED"
    assert len(await lotteries.told("revealed")) == 1


async def test_a_lottery_is_for_its_unit_and_tiers_and_opened_by_another_than_its_author(lotteries):
    near = await lotteries.members.register()
    far = await lotteries.members.register(unit="hq.js")
    both = lotteries.harness.token("marketer", "approver", subject="eve", scope="approve:finance")
    await lotteries.draft(as_=both, tiers=["gold"])

    draft = await lotteries.draw(near)
    own = await lotteries.open(as_=both)
    await lotteries.open()
    answers = [await lotteries.draw(each) for each in (near, far, uuid7())]

    assert (draft["__typename"], own["__typename"]) == ("NotFound", "OwnLottery")
    assert {each["__typename"] for each in answers} == {"LotteryNotForThem"}
    assert await lotteries.told("drawn") == []


WRONG = [
    ({"price": -1}, "price"),
    ({"drawsPerDay": 0}, "drawsPerDay"),
    ({"timeZone": "Mars/Olympus"}, "timeZone"),
    ({"endsAt": utcnow() - timedelta(1)}, "endsAt"),
    ({"prizes": [prize("ten", 1)]}, "prizes"),
    ({"prizes": [prize("m", 300_000, "MONEY", currency="points"), BLANK]}, "prizes"),
    ({"prizes": [prize("r", 300_000, "REWARD", item="none"), BLANK]}, "prizes"),
    ({"prizes": [prize("v", 300_000, "VOUCHER", item="none"), BLANK]}, "prizes"),
    ({"prizes": [prize("v", 300_000, "VOUCHER"), BLANK]}, "prizes"),
    ({"code": " "}, "code"),
    ({"code": "../other"}, "code"),
    ({"tiers": ["gold"] * 21}, "tiers"),
    ({"tiers": ["gold", "golden"]}, "tiers"),
    ({"segments": ["films", ""]}, "segments[1]"),
]


async def test_a_lottery_that_can_not_be_is_refused(lotteries):
    answers = [await lotteries.draft(**more) for more, _ in WRONG]

    assert [(each["__typename"], each.get("field")) for each in answers] == [
        ("InvalidInput", field) for _, field in WRONG
    ]
    assert await lotteries.shown() is None


async def test_only_those_who_may_draw_grant_and_draft(lotteries):
    customer, other = [await lotteries.members.register() for _ in range(2)]
    await lotteries.opened()
    desk = lotteries.harness.token("front_line", unit="hq.zj.hz")

    for_other = await lotteries.draw(customer, customerId=other)
    unseen = await lotteries.grant(customer, as_=desk)
    odd = await lotteries.draw(customer, clientSeed="WORDS OF MINE")

    assert (for_other["__typename"], unseen["__typename"]) == ("NotFound", "NotFound")
    assert (odd["__typename"], odd["field"]) == ("InvalidInput", "clientSeed")
    for attempt in (
        lotteries.draw(customer, as_=lotteries.ann),
        lotteries.grant(customer, as_=lotteries.token_of(customer)),
        lotteries.draft(as_=lotteries.harness.token("marketer", unit="hq.js")),
    ):
        with pytest.raises(GraphFailed) as refused:
            await attempt
        assert refused.value.codes == ["FORBIDDEN"]


async def test_chances_are_granted_where_the_lottery_reaches_and_nowhere_else(lotteries):
    below = await lotteries.members.register(unit="hq.zj.hz")
    beside = await lotteries.members.register(unit="hq.js")
    await lotteries.opened(price=None, unit="hq.zj")
    shop, neighbour = [
        lotteries.harness.token("front_line", unit=unit) for unit in ("hq.zj.hz", "hq.js")
    ]

    granted = await lotteries.grant(below, as_=shop, key="shop")
    refused = await lotteries.grant(beside, as_=neighbour, key="neighbour")

    assert (granted["__typename"], granted["chances"]) == ("LotteryChancesWereGranted", 1)
    assert refused["__typename"] == "NotFound"
    assert [(await lotteries.mine(each))[0] for each in (below, beside)] == [1, 0]


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

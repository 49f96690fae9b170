"""An epoch commits to its seed, and anyone can verify what was drawn in it."""

import asyncio
import subprocess
import sys

from services.loyalty.tests.lotteries import BLANK, VERIFY, prize

from loyalty.lottery.commands.epochs import turn_lotteries


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

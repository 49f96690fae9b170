import asyncio
import hashlib
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed
from loyalty.red_packets.commands.opening import end_red_packets

VERIFY = Path(__file__).parents[1] / "verify" / "verify_draws.py"


async def test_however_many_grab_at_once_all_parts_go_and_the_sum_is_exact(packets):
    crowd = await packets.crowd(25)
    await packets.opened()

    answers = await asyncio.gather(*(packets.grab(each) for each in crowd))

    kinds = Counter(each["__typename"] for each in answers)
    assert kinds == {"RedPacketPartWasTaken": 10, "RedPacketIsEmpty": 15}
    taken = [each for each in answers if "amount" in each]
    assert sorted(each["number"] for each in taken) == list(range(1, 11))
    assert sum(each["amount"] for each in taken) == 10_000
    assert min(each["amount"] for each in taken) >= 100
    assert [await packets.cash(each) for each in crowd] == [
        each.get("amount", 0) for each in answers
    ]
    assert len(await packets.told("taken")) == 10
    assert [each["parts"] for each in await packets.told("emptied")] == [10]
    assert await packets.members.is_sound()


async def test_each_customer_gets_one_part_however_often_and_by_whatever_keys(packets):
    (customer,) = await packets.crowd(1)
    await packets.opened()

    same = await asyncio.gather(*(packets.grab(customer, key="same") for _ in range(5)))
    others = await asyncio.gather(*(packets.grab(customer, key=f"k{n}") for n in range(5)))

    amount = same[0]["amount"]
    assert all(each == same[0] for each in same)
    assert {(each["__typename"], each["amount"]) for each in others} == {
        ("RedPacketTakenBefore", amount)
    }
    assert await packets.cash(customer) == amount
    assert len(await packets.told("taken")) == 1


async def test_the_same_key_for_another_packet_is_refused(packets):
    (customer,) = await packets.crowd(1)
    await packets.opened()
    await packets.opened(code="autumn")
    await packets.grab(customer)

    answer = await packets.grab(customer, code="autumn")

    assert answer["__typename"] == "IdempotencyKeyReused"
    assert len(await packets.told("taken")) == 1


async def test_what_nobody_took_goes_back_to_the_funder_when_the_time_is_over(packets):
    one, late = await packets.crowd(2)
    await packets.opened(campaignCode="spring-campaign")
    amount = (await packets.grab(one))["amount"]

    await packets.harness.turn(lambda s: end_red_packets(s, utcnow() + timedelta(hours=2)))
    await packets.harness.turn(lambda s: end_red_packets(s, utcnow() + timedelta(hours=2)))

    assert (await packets.grab(late))["__typename"] == "RedPacketIsEmpty"
    (ended,) = await packets.told("ended")
    assert (ended["taken"], ended["taken_amount"], ended["returned"], ended["campaign_code"]) == (
        1,
        amount,
        10_000 - amount,
        "spring-campaign",
    )
    assert await packets.cash(late) == 0
    assert await packets.members.is_sound()


async def test_a_packet_that_is_ended_by_hand_while_all_grab_loses_and_doubles_nothing(packets):
    crowd = await packets.crowd(12)
    await packets.opened()

    answers = await asyncio.gather(*(packets.grab(each) for each in crowd[:6]), packets.end())
    answers += await asyncio.gather(*(packets.grab(each) for each in crowd[6:]))

    amounts = [each.get("amount", 0) for each in answers]
    (ended,) = await packets.told("ended")
    assert ended["taken_amount"] == sum(amounts)
    assert ended["taken_amount"] + ended["returned"] == 10_000
    assert [each["__typename"] for each in answers[7:]] == ["RedPacketIsEmpty"] * 6


async def test_the_split_is_committed_to_before_and_can_be_seen_when_all_is_gone(packets):
    first, second = await packets.crowd(2)
    opened = await packets.opened(parts=2)
    await packets.grab(first)
    before = await packets.shown(packets.token_of(first))
    too_early = await packets.harness.get("/v1/red-packets/spring/split")

    await packets.grab(second)
    after = await packets.shown(packets.token_of(first))
    file = (await packets.harness.get("/v1/red-packets/spring/split")).json()

    assert (before["state"], before["seed"], before["leaderboard"]) == ("OPEN", None, [])
    assert too_early.status_code == 409
    assert after["state"] == "EMPTIED"
    assert hashlib.sha256(bytes.fromhex(after["seed"])).hexdigest() == opened["seedHash"]
    assert [each["amount"] for each in after["leaderboard"]] == sorted(file["cut"], reverse=True)
    assert sorted(each["isMine"] for each in after["leaderboard"]) == [False, True]
    assert after["mine"] == {"amount": file["cut"][0], "isMine": True}
    assert (await packets.harness.get("/v1/red-packets/none/split")).status_code == 404


@pytest.mark.parametrize("split", ["RANDOM", "EVEN"])
async def test_the_published_command_cuts_the_same_parts(packets, tmp_path, split):
    (customer,) = await packets.crowd(1)
    seed_hash = (await packets.opened(split=split, amount=9_999))["seedHash"]
    await packets.grab(customer)
    await packets.end()

    file = tmp_path / "packet.json"
    file.write_text((await packets.harness.get("/v1/red-packets/spring/split")).text)
    asked = [sys.executable, VERIFY, "--opening", seed_hash, file]
    done = await asyncio.to_thread(
        subprocess.run, asked, capture_output=True, text=True, check=False
    )

    assert done.stdout == "spring: 10 parts make 9999, by the seed.\nVERIFIED\n"


async def test_who_ended_a_packet_before_its_time_and_why_is_kept(packets):
    await packets.crowd(1)
    await packets.opened()
    end = """mutation ($why: String!) { endRedPacket(code: "spring", reason: $why) {
      __typename ... on RedPacketWasEnded { packet { state endedBy endedBecause closedAt } } } }"""

    nameless = await packets.harness.graph(end, as_=packets.ann, why="a\nb")
    done = await packets.harness.graph(end, as_=packets.ann, why="the wrong group")

    assert nameless["endRedPacket"]["__typename"] == "InvalidInput"
    packet = done["endRedPacket"]["packet"]
    assert packet.pop("closedAt") is not None
    assert packet == {"state": "ENDED", "endedBy": "ann", "endedBecause": "the wrong group"}


async def test_an_even_split_differs_by_one_unit_at_most(packets):
    crowd = await packets.crowd(3)
    await packets.opened(amount=10, parts=3, smallest=1, split="EVEN", currency="points")

    answers = [await packets.grab(each) for each in crowd]

    assert sorted(each["amount"] for each in answers) == [3, 3, 4]
    assert sorted([await packets.members.balance(each) for each in crowd]) == [3, 3, 4]


async def test_a_packet_for_a_group_is_for_those_who_have_its_link(packets):
    (customer,) = await packets.crowd(1)
    link = (await packets.opened(byLink=True))["link"]

    without = await packets.grab(customer)
    wrong = await packets.grab(customer, link="0" * 32)
    right = await packets.grab(customer, link=link)

    assert (without["__typename"], wrong["__typename"]) == ("RedPacketNotForThem",) * 2
    assert right["__typename"] == "RedPacketPartWasTaken"


async def test_a_packet_is_for_its_unit_and_tiers_alone(packets):
    (near,) = await packets.crowd(1)
    far = await packets.members.register(unit="hq.js")
    await packets.opened(tiers=["star"])

    poor = await packets.grab(near)
    elsewhere = await packets.grab(far)
    await packets.members.order(near, 200_00)
    star = await packets.grab(near)

    assert (poor["__typename"], elsewhere["__typename"]) == ("RedPacketNotForThem",) * 2
    assert star["__typename"] == "RedPacketPartWasTaken"
    assert await packets.cash(far) == 0


async def test_a_packet_may_be_for_the_members_of_segments(packets):
    inside, outside = await packets.crowd(2)
    told = {
        "segment_id": uuid7(),
        "code": "sports-fans",
        "position": 1,
        "joined": [inside],
        "left": [outside],
    }
    await packets.harness.hear("octoreach.customer.segment.changed.v1", told)
    await packets.opened(segments=["sports-fans", "others"])

    answers = [(await packets.grab(each))["__typename"] for each in (inside, outside)]

    assert answers == ["RedPacketPartWasTaken", "RedPacketNotForThem"]


async def test_who_drafted_a_packet_does_not_open_it_and_nobody_opens_it_twice(packets):
    both = packets.harness.token("marketer", "approver", subject="eve", scope="approve:finance")
    await packets.draft(as_=both)

    own = await packets.open(as_=both)
    first, second = await asyncio.gather(packets.open(), packets.open())
    again = await packets.draft()

    assert own["__typename"] == "OwnRedPacket"
    assert {first["__typename"], second["__typename"]} == {"RedPacketWasOpened", "Conflict"}
    assert again["__typename"] == "Conflict"
    assert len(await packets.told("opened")) == 1


WRONG = [
    ({"amount": 0}, "InvalidInput", "amount"),
    ({"amount": 2**62}, "InvalidInput", "amount"),
    ({"parts": 0}, "InvalidInput", "parts"),
    ({"parts": 10_001}, "InvalidInput", "parts"),
    ({"smallest": 0}, "InvalidInput", "smallest"),
    ({"smallest": 1_001}, "InvalidInput", "smallest"),
    ({"currency": "shells"}, "NotFound", None),
    ({"currency": "growth"}, "InvalidInput", "currency"),
    ({"endsAt": utcnow() - timedelta(1)}, "InvalidInput", "endsAt"),
    ({"code": ""}, "InvalidInput", "code"),
    ({"unit": "HQ"}, "InvalidInput", "unit"),
    ({"tiers": ["gold"] * 21}, "InvalidInput", "tiers"),
    ({"tiers": ["golden"]}, "InvalidInput", "tiers"),
    ({"code": "../other"}, "InvalidInput", "code"),
]


async def test_a_packet_that_can_not_be_is_refused(packets):
    answers = [await packets.draft(**more) for more, _, _ in WRONG]

    assert [(each["__typename"], each.get("field")) for each in answers] == [
        (refusal, field) for _, refusal, field in WRONG
    ]
    assert (await packets.open())["__typename"] == "NotFound"
    assert await packets.told("opened") == []


async def test_drafts_are_nobodys_to_grab_and_unknown_packets_are_told_apart(packets):
    (customer,) = await packets.crowd(1)
    await packets.draft()

    draft = await packets.grab(customer)
    unknown = await packets.grab(customer, code="none")
    stranger = await packets.grab(uuid7())

    assert {each["__typename"] for each in (draft, unknown, stranger)} == {"NotFound"}
    assert await packets.shown(packets.token_of(customer)) is None
    assert await packets.cash(customer) == 0


async def test_customers_grab_for_themselves_and_the_front_line_for_those_it_sees(packets):
    mine, other = await packets.crowd(2)
    await packets.opened()
    desk = packets.harness.token("front_line", unit="hq.zj.hz")
    above = packets.harness.token("front_line", unit="hq.zj")

    for_other = await packets.grab(mine, customerId=other)
    unseen = await packets.grab(other, customerId=other, as_=desk)
    seen = await packets.grab(other, customerId=other, as_=above)
    nobody = await packets.grab(other, as_=above)

    assert (for_other["__typename"], unseen["__typename"]) == ("NotFound", "NotFound")
    assert seen["__typename"] == "RedPacketPartWasTaken"
    assert (nobody["__typename"], nobody["field"]) == ("InvalidInput", "customerId")
    with pytest.raises(GraphFailed) as refused:
        await packets.grab(mine, as_=packets.ann)
    assert refused.value.codes == ["FORBIDDEN"]


async def test_packets_of_other_units_are_not_there(packets):
    await packets.draft()
    js = packets.harness.token("approver", unit="hq.js", subject="kim", scope="approve:finance")

    assert (await packets.open(as_=js))["__typename"] == "NotFound"
    assert await packets.shown(js) is None
    with pytest.raises(GraphFailed) as refused:
        await packets.draft(as_=packets.harness.token("marketer", unit="hq.js"))
    assert refused.value.codes == ["FORBIDDEN"]

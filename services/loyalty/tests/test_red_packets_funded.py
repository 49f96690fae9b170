"""A packet that a campaign pays for opens with its money and accounts for all of it."""

import asyncio

from kit.models import uuid7
from loyalty.red_packets.commands import take_parts
from loyalty.red_packets.models import Grab


async def test_what_campaigns_promise_is_taken_once_per_source_without_a_link(packets):
    one, other = await packets.crowd(2)
    await packets.opened(byLink=True, parts=1, currency="points")
    source, later = uuid7(), uuid7()

    async def take(*grabs):
        async with packets.harness.db.transaction() as session:
            return await take_parts(session, [Grab("spring", *each) for each in grabs])

    first, second = await take((one, "benefit", source), (other, "benefit", later))
    (again,) = await take((one, "benefit", source))

    assert (first.outcome, first.amount_minor, first.currency) == ("taken", 10_000, "CNY")
    assert again == first
    assert (second.outcome, second.amount_minor, second.reason) == (
        "empty",
        0,
        "Every part is taken.",
    )
    assert await packets.members.balance(one) == 10_000


async def test_a_packet_that_a_campaign_pays_for_opens_once_the_money_is_there(packets):
    (customer,) = await packets.crowd(1)
    await packets.draft(campaignCode="spring-campaign", currency="points")

    packet = (await packets.open())["packet"]
    early = await packets.grab(customer)
    unseen = await packets.shown(packets.token_of(customer))
    again = await packets.open()
    (asked,) = await packets.members.announced("allotment.requested")
    await packets.answer()

    assert (packet["state"], packet["seedHash"]) == ("FUNDING", None)
    assert (early["__typename"], unseen, again["__typename"]) == ("NotFound", None, "Conflict")
    assert {
        name: asked[name] for name in ("campaign_code", "unit", "amount_minor", "currency")
    } == {
        "campaign_code": "spring-campaign",
        "unit": "hq.zj",
        "amount_minor": 10_000,
        "currency": "CNY",
    }
    assert (await packets.shown(packets.ann))["state"] == "OPEN"
    assert len(await packets.told("opened")) == 1
    assert (await packets.grab(customer))["__typename"] == "RedPacketPartWasTaken"


async def test_a_packet_without_money_is_a_draft_again_and_says_why(packets):
    (customer,) = await packets.crowd(1)
    await packets.draft(campaignCode="spring-campaign")
    await packets.open()

    await packets.answer("the campaign is paused")
    (asked,) = await packets.members.announced("allotment.requested")
    await packets.answer(asked=asked)
    refused = (await packets.draft(campaignCode="other"))["packet"]
    nothing = await packets.grab(customer)
    await packets.open()
    await packets.answer()

    assert (refused["state"], refused["unfundedBecause"]) == ("DRAFT", "the campaign is paused")
    assert nothing["__typename"] == "NotFound"
    assert len(await packets.told("opened")) == 1
    assert await packets.settled() == (0, 0)
    asked = await packets.members.announced("allotment.requested")
    assert [each["campaign_code"] for each in asked] == ["spring-campaign", "other"]


async def test_a_campaign_is_told_all_that_it_spends_and_has_back(packets):
    crowd = await packets.crowd(5)
    await packets.opened(campaignCode="spring-campaign", parts=8)
    async with packets.harness.db.transaction() as session:
        (promised,) = await take_parts(session, [Grab("spring", crowd[0], "benefit", uuid7())])

    answers = await asyncio.gather(*(packets.grab(each) for each in crowd[1:]))
    grabbed = sum(each["amount"] for each in answers)
    between = await packets.settled()
    left = (await packets.shown(packets.ann))["leftAmount"]
    await packets.end()

    assert between == (grabbed, promised.amount)
    assert await packets.settled() == (grabbed, promised.amount + left)
    assert sum(await packets.settled()) == 10_000


async def test_money_that_comes_too_late_goes_back(packets):
    await packets.draft(campaignCode="spring-campaign")
    await packets.open()
    await packets.members.sql("UPDATE red_packet SET ends_at = now()")

    await packets.answer()

    found = (await packets.draft())["packet"]
    assert found["unfundedBecause"] == "its time was over before the money was there"
    assert await packets.settled() == (0, 10_000)
    assert await packets.told("opened") == []

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed

TOUCHPOINT = "octoreach.channel.touchpoint.reported.v1"
DAY = timedelta(days=1)


async def test_a_customer_has_one_code_and_its_link_however_often_and_at_once_it_is_opened(
    members, referrals
):
    await referrals.set(link="https://example.org/join?by=")
    customer = await members.register()
    entity = {"__typename": "Customer", "id": str(customer)}
    shown = "referralCode { code link }"
    before = await members.harness.entity(entity, shown, as_=members.operator)

    codes = await asyncio.gather(*(referrals.code(customer) for _ in range(6)))

    (code,) = set(codes)
    assert before == {"referralCode": None}
    assert await members.harness.entity(entity, shown, as_=members.operator) == {
        "referralCode": {"code": code, "link": f"https://example.org/join?by={code}"}
    }


async def test_a_newcomer_names_a_code_as_people_write_it(members, referrals):
    ann, bob = await members.register(), await members.register()
    code = await referrals.code(ann)
    themselves = members.harness.token("customer", customer=str(bob))

    named = await referrals.name(bob, f" {code[:4].lower()}-{code[4:]} ", themselves)

    assert named == {
        "__typename": "ReferralWasRecorded",
        "referral": {"state": "WAITING", "referrerId": str(ann)},
    }


async def test_codes_of_nobody_of_oneself_and_for_others_are_refused(members, referrals):
    ann, bob = await members.register(), await members.register()
    code = await referrals.code(ann)
    bobs = members.harness.token("customer", customer=str(bob))

    nobodys = await referrals.name(bob, "NOBODYS1")
    own = await referrals.name(ann, code)
    anothers = await referrals.name(ann, code, bobs)

    assert (nobodys["reason"], own["reason"]) == ("unknown_code", "self_referral")
    assert anothers["__typename"] == "NotFound"
    assert await referrals.states(ann) == []


async def test_a_code_named_at_a_touchpoint_counts_once_and_nonsense_is_passed_over(
    members, referrals
):
    ann, bob, cid = [await members.register() for _ in range(3)]
    code = await referrals.code(ann)

    for customer, named in ((bob, code), (bob, code), (ann, code), (cid, "NOBODYS1"), (cid, " ")):
        await members.harness.hear(
            TOUCHPOINT,
            {
                "touchpoint_id": uuid7(), "customer_id": customer, "kind": "registered",
                "unit": "hq.zj", "channel_code": "app", "partner_code": None,
                "occurred_at": utcnow(), "properties": {"referral_code": named},
            },
        )  # fmt: skip

    assert await referrals.states(ann) == ["WAITING"]


async def test_an_order_that_is_too_small_or_too_late_does_not_qualify(members, referrals):
    await referrals.set(lowestOrderMinor=50_00, withinDays=10)
    ann = await members.register()
    small, foreign, late, enough = [await referrals.brought(ann) for _ in range(4)]

    await members.order(small, 49_99)
    await members.order(foreign, 90_00, currency="EUR")
    await members.order(late, 90_00, at=utcnow() + 11 * DAY)
    await members.order(enough, 50_00)
    await members.order(small, 50_00)

    qualified = await members.announced("referral.qualified")
    assert [each["referred_id"] for each in qualified] == [str(enough), str(small)]
    assert sorted(await referrals.states(ann)) == ["QUALIFIED", "QUALIFIED", "WAITING", "WAITING"]


async def test_of_one_referrer_no_more_count_in_a_month_than_the_terms_say(members, referrals):
    await referrals.set(mostPerMonth=2, withinDays=90)
    ann = await members.register()
    newcomers = [await referrals.brought(ann) for _ in range(5)]
    next_month = (datetime.now(UTC).replace(day=1) + 32 * DAY).replace(day=1)

    await asyncio.gather(*(members.order(each, 10_00) for each in newcomers))
    now = await referrals.states(ann)
    waiting = [
        each
        for each in newcomers
        if str(each)
        not in {t["referred_id"] for t in await members.announced("referral.qualified")}
    ]
    await members.order(waiting[0], 10_00, at=next_month)

    assert sorted(now) == ["QUALIFIED"] * 2 + ["WAITING"] * 3
    assert sorted(await referrals.states(ann)) == ["QUALIFIED"] * 3 + ["WAITING"] * 2


async def test_a_referral_keeps_the_terms_of_its_day_and_lapses_by_them(members, referrals):
    ann = await members.register()
    early = await referrals.brought(ann)
    second = await referrals.set(lowestOrderMinor=90_00)
    late = await referrals.brought(ann)

    for each in (early, late):
        await members.order(each, 50_00)
    await members.sql("UPDATE referral SET created_at = created_at - interval '31 days'")

    assert second["programme"] == {"version": 2, "withinDays": 30}
    assert await referrals.states(ann) == ["LAPSED", "QUALIFIED"]


async def test_terms_are_set_by_finance_and_by_who_has_seen_those_in_force(members, referrals):
    first = await referrals.set(withinDays=60)
    again = await referrals.set(withinDays=60)
    blind = await referrals.set(withinDays=61)
    wrong = [
        (await referrals.set(instead_of=2, **terms))["field"]
        for terms in (
            {"withinDays": 0},
            {"mostPerMonth": 0},
            {"lowestOrderMinor": -1},
            {"link": "http://example.org"},
        )
    ]
    with pytest.raises(GraphFailed) as marketer:
        await referrals.set(members.harness.token("marketer"))
    shown = await members.harness.graph(
        "{ referralProgramme(first: 5) { edges { node { version withinDays } } } }",
        as_=members.operator,
    )

    assert first["programme"] == again["programme"] == {"version": 2, "withinDays": 60}
    assert blind["__typename"] == "Conflict"
    assert wrong == ["withinDays", "mostPerMonth", "lowestOrderMinor", "link"]
    assert marketer.value.codes == ["FORBIDDEN"]
    assert [edge["node"] for edge in shown["referralProgramme"]["edges"]] == [
        {"version": 2, "withinDays": 60},
        {"version": 1, "withinDays": 365},
    ]


async def test_who_is_merged_before_their_referral_is_heard_of_gets_its_points_as_who_they_are(
    members, referrals
):
    await referrals.rewards()
    ann, old = await members.register(), await members.register()
    bob = await referrals.brought(old)
    await members.order(bob, 10_00)

    await referrals.merge(ann, old)
    await referrals.tell()

    assert await members.points(ann) == {"balance": 50, "debt": 0}
    assert await members.points(bob) == {"balance": 30, "debt": 0}
    assert await members.is_sound()


async def test_a_code_goes_on_working_after_its_owner_is_merged(members, referrals):
    ann, old = await members.register(), await members.register()
    codes = [await referrals.code(each) for each in (ann, old)]

    await referrals.merge(ann, old)
    named = [await referrals.name(await members.register(), code) for code in codes]

    assert [each["referral"]["referrerId"] for each in named] == [str(ann)] * 2
    assert await referrals.code(ann) == codes[0]

"""What marketers may give is defined whole, in their own units, or not at all."""

from services.loyalty.tests.granting import LUNCH

from kit.models import uuid7


async def test_what_is_retired_is_given_no_more(members, campaigns):
    await campaigns.privilege()
    await campaigns.endorsement()
    await campaigns.bundle("lunch", {"kind": "POINTS", "points": 1})
    customer = await members.register()
    for what, code in (("Privilege", "lounge"), ("Endorsement", "neighbours"), ("Bundle", "lunch")):
        await members.harness.graph(
            f"mutation ($code: String!) {{ retire{what}(code: $code) {{ __typename }} }}",
            as_=campaigns.marketer,
            code=code,
        )

    for kind, code in (("privilege", "lounge"), ("endorsement", "neighbours"), ("bundle", "lunch")):
        await campaigns.grant(customer, kind, reference=code)

    assert await campaigns.told() == [
        ("refused", kind, 0) for kind in ("privilege", "endorsement", "bundle")
    ]
    assert await members.balance(customer) == 0


async def test_whoever_retires_what_is_another_units_learns_nothing_of_it(members, campaigns):
    await campaigns.privilege()
    await campaigns.endorsement()
    await campaigns.bundle("lunch", {"kind": "POINTS", "points": 1})
    customer = await members.register()
    elsewhere = members.harness.token("marketer", unit="hq.gd")
    benefits = (("privilege", "lounge"), ("endorsement", "neighbours"), ("bundle", "lunch"))

    answers = [
        await members.harness.graph(
            f"""mutation {{ retired: retire{what.title()}(code: "{each}") {{
              __typename ... on NotFound {{ key }} }} }}""",
            as_=elsewhere,
        )
        for what, code in benefits
        for each in (code, "nothing")
    ]
    for what, code in benefits:
        await campaigns.grant(customer, what, reference=code)

    assert [each["retired"] for each in answers] == [
        {"__typename": "NotFound", "key": each}
        for _, code in benefits
        for each in (code, "nothing")
    ]
    assert [each[0] for each in await campaigns.told()] == ["fulfilled"] * 3


async def test_bundles_with_parts_that_make_no_sense_are_refused(campaigns):
    wrong = (
        ({"kind": "POINTS"}, "parts[0].points"),
        ({"kind": "POINTS", "points": 1, "reference": "mug"}, "parts[0].reference"),
        ({"kind": "GIFT"}, "parts[0].reference"),
        ({"kind": "GIFT", "reference": "mug", "points": 1}, "parts[0].points"),
        ({"kind": "CASH_BACK", "currency": "CNY"}, "parts[0].amountMinor"),
        ({"kind": "CASH_BACK", "amountMinor": 1}, "parts[0].currency"),
        ({"kind": "CASH_BACK", "amountMinor": 1, "currency": "XXX"}, "parts[0].currency"),
        ({"kind": "VOUCHER", "reference": "ten", "amountMinor": 1}, "parts[0].amountMinor"),
    )

    answers = [await campaigns.bundle("lunch", part) for part, _ in wrong]

    assert [each["field"] for each in answers] == [field for _, field in wrong]


async def test_a_bundle_names_what_is_given_in_its_unit_when_it_is_defined(
    members, campaigns, shop, vouchers
):
    await campaigns.privilege()
    await campaigns.privilege("gone")
    await campaigns.privilege("elsewhere", unit="hq.gd")
    await shop.sell()
    await vouchers.a_type("ten", unit="hq")
    retire = "mutation ($code: String!) { retirePrivilege(code: $code) { __typename } }"
    await members.harness.graph(retire, as_=campaigns.marketer, code="gone")
    named = [each for each in LUNCH if "reference" in each]
    lost = [{**each, "reference": "lost"} for each in named]
    ended, far = [{"kind": "PRIVILEGE", "reference": each} for each in ("gone", "elsewhere")]

    answers = [
        await campaigns.bundle("lunch", LUNCH[0], each, unit="hq.zj")
        for each in (*lost, ended, far)
    ]
    known = await members.harness.graph(
        "{ bundles { edges { node { code } } } }", as_=campaigns.marketer
    )
    defined = await campaigns.bundle("lunch", *LUNCH, unit="hq.zj")

    assert [(each["__typename"], each["field"]) for each in answers] == [
        ("InvalidInput", "parts[1].reference")
    ] * 5
    assert known["bundles"]["edges"] == []
    assert defined["__typename"] == "BundleWasDefined"


async def test_endorsements_that_make_no_sense_are_refused(campaigns):
    wrong = (
        ({"kind": "PARTNER"}, "partnerCode"),
        ({"partnerCode": "cinema"}, "partnerCode"),
        ({"kind": "PEER"}, "endorserId"),
        ({"text": ""}, "text"),
        ({"costMinor": -1}, "costMinor"),
    )

    answers = [await campaigns.endorsement(**changes) for changes, _ in wrong]

    assert [each["field"] for each in answers] == [field for _, field in wrong]


async def test_a_peer_agreed_to_be_named_and_is_somebody_the_marketer_sees(members, campaigns):
    customer = await members.register()

    silent = await campaigns.endorsement(kind="PEER", endorserId=str(customer))
    stranger = await campaigns.endorsement(kind="PEER", endorserId=str(uuid7()), evidence="x")

    assert (silent["__typename"], silent["field"]) == ("InvalidInput", "evidence")
    assert stranger["__typename"] == "NotFound"

import asyncio

import pytest
from services.loyalty.tests.rules import (
    ACTIVATE,
    CAP,
    DRAFT,
    RETIRE,
    compare,
)

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed


async def test_a_draft_gives_nothing_until_somebody_else_activates_it(rules, members):
    customer = await members.register()

    drafted = await rules.draft()
    await members.order(customer, 10_00)
    before = await members.balance(customer)
    activated = await rules.activate()
    await members.order(customer, 10_00)

    assert drafted["rule"] == {
        "code": "bonus", "version": 1, "state": "DRAFT", "words": "5 points for an order",
        "condition": None, "draftedBy": "ann",
    }  # fmt: skip
    assert before == 10
    assert (activated["rule"]["state"], activated["rule"]["activatedBy"]) == ("ACTIVE", "bob")
    assert await members.balance(customer) == 25


WORDS = [
    ({"kind": "PROPORTIONAL", "points": 1, "perMinor": 100}, "1 point for each 1.00 of an order"),
    (
        {"kind": "PROPORTIONAL", "points": 1, "perMinor": 100, "currency": "CNY"},
        "1 point for each 1.00 CNY of an order",
    ),
    ({"currency": "CNY"}, "5 points for an order in CNY"),
    (
        {"kind": "PROPORTIONAL", "perMinor": 100, "products": ["a", "b"], "partnerPercent": 50},
        "5 points for each 1.00 of a, b; 50% paid by the partner there",
    ),
    (
        {"event": "TOUCHPOINT", "touchpointKinds": ["took_part"], "timesPerDay": 2},
        "5 points for a touchpoint (took_part); at most 2 times a day",
    ),
    (
        {"event": "BIRTHDAY", "pointsPerDay": 1000, "pointsInAll": 5000},
        "5 points for a birthday; at most 1,000 points a day; at most 5,000 points in all",
    ),
]


async def test_an_approver_reads_what_a_rule_gives_for_what_and_within_which_bounds(rules):
    drafts = [await rules.draft(**terms) for terms, _ in WORDS]

    assert [each["rule"]["words"] for each in drafts] == [words for _, words in WORDS]


async def test_a_draft_that_was_written_anew_since_it_was_read_is_not_activated(rules, members):
    customer = await members.register()
    elsewhere = members.harness.token("marketer", subject="eve", unit="hq.zj")
    await rules.draft(points=5)
    read = await rules.read()
    await rules.draft(points=5_000, as_=elsewhere)

    refused = await rules.activate(draft=read)
    await members.order(customer, 10_00)

    assert refused == {
        "__typename": "Conflict",
        "message": "The draft was written anew since you read it; read it again.",
    }
    assert await rules.versions("bonus") == [(1, "DRAFT")]
    assert await members.balance(customer) == 10
    assert (await rules.activate())["__typename"] == "EarningRuleWasActivated"


async def test_nobody_activates_their_own_rule(rules, members):
    both = members.harness.token("marketer", "approver", subject="eve", scope="approve:finance")
    await rules.draft(as_=both)

    refused = await rules.activate(as_=both)

    assert refused["__typename"] == "OwnEarningRule"
    assert await rules.versions("bonus") == [(1, "DRAFT")]


@pytest.mark.parametrize(
    ("mutation", "variables", "token"),
    [
        (DRAFT, {"input": {"code": "x", "name": "x", "event": "ORDER", "kind": "FIXED",
                           "points": 1}}, ("front_line",)),
        (ACTIVATE, {"code": "bonus", "draft": str(uuid7())}, ("marketer",)),
        (RETIRE, {"code": "bonus"}, ("partner",)),
        (CAP, {"event": "ORDER", "points": 1}, ("marketer",)),
    ],
)  # fmt: skip
async def test_rules_are_changed_only_by_whose_work_it_is(members, mutation, variables, token):
    with pytest.raises(GraphFailed) as refused:
        await members.harness.graph(mutation, as_=members.harness.token(*token), **variables)

    assert refused.value.codes == ["FORBIDDEN"]


async def test_an_approver_needs_the_scope_for_finance(rules, members):
    await rules.draft()
    compliance = members.harness.token("approver", subject="joe", scope="approve:compliance")

    with pytest.raises(GraphFailed) as refused:
        await rules.activate(as_=compliance)

    assert refused.value.codes == ["FORBIDDEN"]


async def test_a_new_version_gives_from_its_activation_on_and_the_past_keeps_what_it_earned(
    rules, members
):
    customer = await members.register()
    await rules.give(points=5)
    before = utcnow()
    await members.order(customer, 1_00)

    await rules.give(points=50)
    changed = await members.balance(customer)
    await members.order(customer, 1_00, at=before)
    late = await members.balance(customer)
    await members.order(customer, 1_00)

    assert (changed, late, await members.balance(customer)) == (6, 12, 63)
    assert await rules.versions("bonus") == [(2, "ACTIVE"), (1, "RETIRED")]


async def test_a_retired_rule_gives_for_what_happened_before_alone(rules, members):
    customer = await members.register()
    await rules.give()
    before = utcnow()

    retired = await rules.retire()
    again = await rules.retire()
    await members.order(customer, 0)
    after = await members.balance(customer)
    await members.order(customer, 0, at=before)

    assert retired["rule"] == {"version": 1, "state": "RETIRED"}
    assert again["__typename"] == "NotFound"
    assert (after, await members.balance(customer)) == (0, 5)


async def test_drafting_again_writes_the_same_draft_anew(rules):
    await rules.draft(points=1)

    again = await rules.draft(points=2)

    assert again["rule"]["version"] == 1
    assert await rules.versions("bonus") == [(1, "DRAFT")]


async def test_drafts_and_activations_at_once_leave_one_draft_or_one_active_version(rules):
    await asyncio.gather(*(rules.draft(points=n) for n in range(1, 6)))
    drafts = await rules.versions("bonus")

    answers = await asyncio.gather(*(rules.activate() for _ in range(5)))

    assert drafts == [(1, "DRAFT")]
    assert sorted(each["__typename"] for each in answers) == [
        "EarningRuleWasActivated", *["NotFound"] * 4
    ]  # fmt: skip
    assert await rules.versions("bonus") == [(1, "ACTIVE")]


@pytest.mark.parametrize(
    ("field", "terms"),
    [
        ("code", {"code": "No Spaces"}),
        ("name", {"name": " "}),
        ("points", {"points": 0}),
        ("points", {"points": 10**12 + 1}),
        ("perMinor", {"perMinor": 100}),
        ("perMinor", {"kind": "PROPORTIONAL"}),
        ("kind", {"event": "BIRTHDAY", "kind": "PROPORTIONAL", "perMinor": 100}),
        ("touchpointKinds", {"touchpointKinds": ["visited"]}),
        ("campaignId", {"event": "CONVERSION"}),
        ("currency", {"currency": "XXX"}),
        ("stepsBy", {"kind": "PROGRESSIVE", "perMinor": 100}),
        ("steps[0].tier", {"kind": "PROGRESSIVE", "perMinor": 1, "stepsBy": "TIER",
                           "steps": [{"percent": 1, "fromBalance": 1}]}),
        ("steps", {"kind": "PROGRESSIVE", "perMinor": 1, "stepsBy": "BALANCE",
                   "steps": [{"percent": 1, "fromBalance": 1}, {"percent": 2, "fromBalance": 1}]}),
        ("priority", {"priority": 1_001}),
        ("partnerPercent", {"partnerPercent": 101}),
        ("pointsPerDay", {"pointsPerDay": 0}),
        ("validUntil", {"validFrom": "2026-02-01T00:00:00Z", "validUntil": "2026-01-01T00:00:00Z"}),
        ("condition.compare.fact", {"condition": {"compare": {
            "fact": "member.shoe_size", "operator": "EQUALS", "value": {"number": 42}}}}),
        ("steps", {"kind": "PROGRESSIVE", "perMinor": 1, "stepsBy": "TIER",
                   "steps": [{"percent": 200, "tier": "glod"}]}),
        ("condition.compare.value", {"condition": {"compare": {
            "fact": "member.tier", "operator": "DIFFERS", "value": {"text": "platinum"}}}}),
        ("condition.not.compare.value", {"condition": {"not": {"compare": {
            "fact": "time.weekday", "operator": "ONE_OF", "value": {"texts": ["Saturday"]}}}}}),
        ("condition.compare.value", {"condition": {"compare": {
            "fact": "member.status", "operator": "EQUALS", "value": {"text": "Active"}}}}),
        ("condition", {"condition": {"compare": {
            "fact": "property.plan", "operator": "EQUALS", "value": {"text": "M"}}}}),
    ],
)  # fmt: skip
async def test_a_rule_that_makes_no_sense_is_refused_with_the_place(rules, field, terms):
    refused = await rules.draft(**{"code": "bonus", **terms})

    assert (refused["__typename"], refused["field"]) == ("InvalidInput", field)
    assert await rules.versions("bonus") == []


BEHIND = """query ($id: UUID!) { earningBehind(postingId: $id) { points lines { ruleCode } } }"""


async def test_each_posting_can_be_explained_to_its_member_and_to_nobody_elses(rules, members):
    customer = await members.register()
    await members.order(customer, 10_00)
    found = await members.points(customer, "postings { edges { node { id } } }")
    posting = found["postings"]["edges"][0]["node"]["id"]
    token = members.harness.token

    async def behind(as_):
        return (await members.harness.graph(BEHIND, as_=as_, id=posting))["earningBehind"]

    mine = token("customer", unit=None, customer=str(customer))
    other = token("customer", unit=None, customer=str(uuid7()))

    assert await behind(mine) == {"points": 10, "lines": [{"ruleCode": "spend"}]}
    assert await behind(other) is None
    assert await behind(token("front_line", unit="hq.js")) is None
    assert await rules.explained(customer, as_=other) is None


async def test_facts_that_come_late_do_not_replace_newer_ones(rules, members):
    customer = uuid7()
    await rules.give(condition=compare("member.tags", "CONTAINS", text="new"))
    await members.register(customer, version=2, tags=["new"])
    await members.register(customer, version=1, tags=["old"])

    await members.order(customer, 0)

    assert await members.balance(customer) == 5

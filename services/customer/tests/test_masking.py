"""What is personal is shown whole to those who may see names whole, and masked to all others."""

from typing import Any
from uuid import UUID

import pytest

from customer.timeline.masking import CODED, PLAIN, REFERENCED, hide_personal
from customer.timeline.reactions import HEARD
from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed, Harness

DECLARE = """mutation ($name: String!, $type: CustomerAttributeType!, $personal: Boolean) {
  declareAttribute(name: $name, type: $type, personal: $personal) { __typename } }"""
CLASSIFY = """mutation ($name: String!, $personal: Boolean!) {
  classifyAttribute(name: $name, personal: $personal) { __typename
    ... on AttributeWasClassified { definition { name personal classifiedBy } }
    ... on Refusal { message } } }"""
SET = """mutation ($id: UUID!, $attributes: [CustomerAttributeInput!]!) {
  setAttributes(customerId: $id, attributes: $attributes) { __typename } }"""
DEFINITIONS = "{ customerAttributeDefinitions { name personal } }"
TIMELINE = "timeline { edges { node { kind title details { name value } } } }"
RULE = """mutation ($rule: ComplaintRuleInput!) { setComplaintRule(rule: $rule) { __typename } }"""
OPEN = """mutation ($id: UUID!, $complaint: ComplaintInput!) {
  openComplaint(customerId: $id, complaint: $complaint) {
    ... on ComplaintWasOpened { complaint { id words } } } }"""
COMPLAINTS = "{ complaints { edges { node { words resolution history { what note } } } } }"
TAKE = """mutation ($id: UUID!) { assignComplaint(id: $id, owner: "eve") {
  ... on ComplaintWasChanged { complaint { owner words } } } }"""
ANSWER = """mutation ($id: UUID!, $feedback: FeedbackInput!) {
  giveFeedback(customerId: $id, feedback: $feedback) { __typename } }"""
ANSWERS = "query ($id: UUID!) { feedback(customerId: $id) { edges { node { comment } } } }"


@pytest.fixture
def officer(harness: Harness) -> str:
    return harness.token("operator", subject="olga", scope="privacy:handle")


@pytest.fixture
async def somebody(harness: Harness, a_customer: Any, marketer: str, front_line: str) -> str:
    """A customer with a city, a plan code and an age."""
    for name, kind, personal in (
        ("city", "TEXT", None), ("plan", "TEXT", False), ("age", "WHOLE", None)
    ):  # fmt: skip
        await harness.graph(DECLARE, as_=marketer, name=name, type=kind, personal=personal)
    known: str = await a_customer()
    told = [{"name": n, "value": v} for n, v in (("city", "Hz"), ("plan", "M"), ("age", "42"))]
    await harness.graph(SET, as_=front_line, id=known, attributes=told)
    return known


async def test_texts_and_dates_are_personal_unless_it_is_said_otherwise(
    harness: Harness, marketer: str
) -> None:
    for kind in ("TEXT", "DATE", "WHOLE", "DECIMAL", "BOOLEAN"):
        await harness.graph(DECLARE, as_=marketer, name=kind.lower(), type=kind)
    await harness.graph(DECLARE, as_=marketer, name="plan", type="TEXT", personal=False)
    await harness.graph(DECLARE, as_=marketer, name="salary", type="WHOLE", personal=True)

    found = (await harness.graph(DEFINITIONS, as_=marketer))["customerAttributeDefinitions"]

    assert {each["name"]: each["personal"] for each in found} == {
        "boolean": False, "date": True, "decimal": False, "plan": False, "salary": True,
        "text": True, "whole": False,
    }  # fmt: skip


async def test_personal_attributes_are_masked_for_those_who_see_no_names(
    somebody: str, customer_of: Any, marketer: str, front_line: str
) -> None:
    fields = "attributes { name value masked }"

    whole = await customer_of(somebody, fields, as_=front_line)
    masked = await customer_of(somebody, fields, as_=marketer)

    assert [(e["name"], e["value"], e["masked"]) for e in whole["attributes"]] == [
        ("age", "42", False), ("city", "Hz", False), ("plan", "M", False)
    ]  # fmt: skip
    assert [(e["name"], e["value"], e["masked"]) for e in masked["attributes"]] == [
        ("age", "42", False), ("city", "***", True), ("plan", "M", False)
    ]  # fmt: skip


async def test_that_an_attribute_is_not_personal_only_an_officer_may_say(
    harness: Harness, somebody: str, customer_of: Any, marketer: str, officer: str
) -> None:
    province = harness.token("operator", unit="hq.zj", scope="privacy:handle")
    with pytest.raises(GraphFailed) as refused:
        await harness.graph(CLASSIFY, as_=marketer, name="city", personal=False)
    with pytest.raises(GraphFailed) as partly:
        await harness.graph(CLASSIFY, as_=province, name="city", personal=False)
    with pytest.raises(GraphFailed) as again:
        await harness.graph(DECLARE, as_=marketer, name="city", type="TEXT", personal=False)
    still = await customer_of(somebody, "attributes { name masked }", as_=marketer)
    opened = await harness.graph(CLASSIFY, as_=officer, name="city", personal=False)
    closed = await harness.graph(CLASSIFY, as_=marketer, name="age", personal=True)
    unknown = await harness.graph(CLASSIFY, as_=marketer, name="shoe", personal=True)

    assert {each.value.codes[0] for each in (refused, partly, again)} == {"FORBIDDEN"}
    assert [e["masked"] for e in still["attributes"]] == [False, True, False]
    assert opened["classifyAttribute"]["definition"] == {
        "name": "city", "personal": False, "classifiedBy": "olga"
    }  # fmt: skip
    assert closed["classifyAttribute"]["definition"]["classifiedBy"] == "max"
    assert unknown["classifyAttribute"]["__typename"] == "NotFound"
    seen = await customer_of(somebody, "attributes { name masked }", as_=marketer)
    assert [e["masked"] for e in seen["attributes"]] == [True, False, False]


async def test_what_channels_and_colleagues_wrote_is_masked_on_the_timeline(
    harness: Harness, a_customer: Any, customer_of: Any, marketer: str, front_line: str
) -> None:
    known = await a_customer()
    about = {"customer_id": known, "channel_code": "app", "occurred_at": utcnow()}
    await harness.hear(
        "octoreach.channel.touchpoint.reported.v1",
        {**about, "touchpoint_id": uuid7(), "kind": "ran_low", "properties": {"place": "Pier 4"}},
    )
    await harness.hear(
        "octoreach.channel.task.progressed.v1",
        {**about, "task_id": uuid7(), "status": "declined", "reason": "Is ill", "by": "ada"},
    )

    whole = await customer_of(known, TIMELINE, as_=front_line)
    masked = await customer_of(known, TIMELINE, as_=marketer)

    assert _told(whole, "place", "reason") == {"place": "Pier 4", "reason": "Is ill"}
    assert _told(masked, "place", "reason") == {"place": "***", "reason": "***"}
    assert _told(masked, "channel_code", "by") == {"channel_code": "app", "by": "ada"}


@pytest.mark.parametrize("happening", HEARD, ids=lambda each: each.__name__)
def test_each_detail_of_an_entry_is_known_as_a_code_or_masked(happening: Any) -> None:
    details = [[name, "told"] for name in happening.shown]

    hidden = {
        name for name, value in hide_personal(happening.entry_kind, details) if value != "told"
    }

    assert hidden <= {"reason", "reference"}
    assert "reason" not in hidden or happening.entry_kind not in CODED
    assert "reference" not in hidden or happening.entry_kind not in REFERENCED
    assert not PLAIN & {"reason", "reference"}


@pytest.mark.parametrize("kind", ["points_reversed", "points_returned"])
def test_why_points_were_taken_back_or_returned_may_be_words_and_is_masked(kind: str) -> None:
    details = [("points", "30"), ("reason", "Her husband bought it")]

    assert hide_personal(kind, details) == [("points", "30"), ("reason", "***")]


async def test_a_complaint_is_read_by_the_front_line_whoever_owns_it_and_noted(
    harness: Harness, a_customer: Any, marketer: str, front_line: str, officer: str
) -> None:
    known = await a_customer()
    rule = {"category": "billing", "name": "Billing", "hoursToResolve": 48, "warningHours": 4,
            "owner": "max"}  # fmt: skip
    await harness.graph(RULE, as_=marketer, rule=rule)
    told = {"category": "billing", "words": "I, Wang, was billed twice", "idempotencyKey": "k"}
    await harness.graph(OPEN, as_=front_line, id=known, complaint=told)
    other = harness.token("marketer", unit="hq", subject="eve")
    [id_] = [
        each["node"]["id"]
        for each in (await harness.graph("{ complaints { edges { node { id } } } }", as_=other))[
            "complaints"
        ]["edges"]
    ]
    taken = await harness.graph(TAKE, as_=other, id=id_)

    seen = {}
    for name, token in (("ada", front_line), ("max", marketer), ("eve", other)):
        found = (await harness.graph(COMPLAINTS, as_=token))["complaints"]["edges"]
        seen[name] = [edge["node"]["words"] for edge in found]

    whole = ["I, Wang, was billed twice"]
    assert taken["assignComplaint"]["complaint"] == {"owner": "eve", "words": "***"}
    assert seen == {"ada": whole, "max": ["***"], "eve": ["***"]}
    audit = (
        "query ($id: UUID) { accessAudit(customerId: $id) { edges { node { by whole fields } } } }"
    )
    noted = (await harness.graph(audit, as_=officer, id=known))["accessAudit"]["edges"]
    looks = [each["node"] for each in noted if "complaints" in each["node"]["fields"]]
    readers = {(each["by"], each["whole"]) for each in looks}
    assert readers == {("ada", True), ("max", False), ("eve", False)}


async def test_comments_are_masked_for_those_who_see_no_names(
    harness: Harness, a_customer: Any, marketer: str, front_line: str
) -> None:
    known = await a_customer()
    said = {"kind": "CSAT", "score": 5, "comment": "Mrs Li at Pier 4 was kind"}
    await harness.graph(ANSWER, as_=front_line, id=known, feedback=said)

    comments = [
        (await harness.graph(ANSWERS, as_=token, id=known))["feedback"]["edges"][0]["node"]
        for token in (front_line, marketer)
    ]

    assert [each["comment"] for each in comments] == ["Mrs Li at Pier 4 was kind", "***"]


@pytest.mark.parametrize("teller", ["campaign", "channel", "loyalty"])
async def test_looks_at_other_services_come_into_the_same_audit_once(
    harness: Harness, a_customer: Any, officer: str, teller: str
) -> None:
    known = await a_customer()
    seen_at = utcnow()
    look = {
        "id": uuid7(), "at": seen_at, "person_id": UUID(known), "by": "ada", "role": "front_line",
        "unit": "hq.zj", "purpose": "", "fields": ["orders"], "whole": True,
    }  # fmt: skip
    told = {"batch": uuid7(), "service": teller, "looks": [look]}

    for _ in range(2):
        await harness.hear(f"octoreach.{teller}.accesses.noted.v1", told, event_id=told["batch"])

    audit = """query ($id: UUID) { accessAudit(customerId: $id) { edges { node {
      service at by unit fields whole } } } }"""
    nodes = [
        e["node"]
        for e in (await harness.graph(audit, as_=officer, id=known))["accessAudit"]["edges"]
    ]
    assert [e for e in nodes if e["service"] != "customer"] == [
        {"service": teller, "at": seen_at.isoformat(), "by": "ada", "unit": "hq.zj",
         "fields": ["orders"], "whole": True}
    ]  # fmt: skip


def _told(customer: Any, *names: str) -> dict[str, str]:
    details = [
        detail
        for edge in customer["timeline"]["edges"]
        for detail in edge["node"]["details"]
        if detail["name"] in names
    ]
    return {each["name"]: each["value"] for each in details}

"""What customers may ask about their data, and what becomes of it."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from services.customer.tests.desk import MARKER, Desk, stored_beside_outbox

from customer.erasure.commands import confirm_erasures
from customer.subject_requests.progress import watch_deadlines
from kit.models import utcnow
from kit.testing.harness import GraphFailed, Harness

REQUESTED = "octoreach.customer.erasure.requested.v1"


async def test_a_request_is_taken_down_once_with_the_proof_of_identity(
    desk: Desk, a_customer: Any
) -> None:
    customer = await a_customer()

    unproven = await desk.open(customer, "ERASURE", identityCheck=" ")
    first = await desk.open(customer, "ERASURE")
    again = await desk.open(customer, "ERASURE", identityCheck="Again.")

    assert (unproven["__typename"], unproven["field"]) == ("InvalidInput", "identityCheck")
    assert again == first
    assert first["request"] == {
        "id": first["request"]["id"],
        "kind": "ERASURE",
        "state": "RECEIVED",
        "openedBy": "ada",
        "identityCheck": "Saw their passport.",
        "outcome": "",
        "missing": [],
        "history": [{"step": "received", "by": "ada", "note": ""}],
    }


async def test_the_same_request_at_the_same_moment_is_one(desk: Desk, a_customer: Any) -> None:
    customer = await a_customer()

    answers = await asyncio.gather(*(desk.open(customer, "EXPORT") for _ in range(5)))

    assert len({each["request"]["id"] for each in answers}) == 1


async def test_only_a_privacy_officer_handles_requests_and_only_of_their_units(
    harness: Harness, desk: Desk, a_customer: Any
) -> None:
    opened = (await desk.open(await a_customer(), "RESTRICTION"))["request"]
    operator = harness.token("operator", scope="tasks:work")
    elsewhere = harness.token("operator", unit="hq.gd", scope="privacy:handle")

    with pytest.raises(GraphFailed) as refused:
        await desk.approve(opened["id"], as_=operator)
    strange = await desk.approve(opened["id"], as_=elsewhere)

    assert refused.value.codes == ["FORBIDDEN"]
    assert strange["__typename"] == "NotFound"
    assert (await desk.see(opened["id"]))["state"] == "RECEIVED"


async def test_restricted_means_a_flag_that_everybody_hears_of_until_it_is_lifted(
    harness: Harness, desk: Desk, a_customer: Any, customer_of: Any
) -> None:
    customer = await a_customer()

    done = await desk.open(customer, "RESTRICTION", as_=desk.oneself(customer))

    assert done["request"]["state"] == "COMPLETED"
    assert done["request"]["identityCheck"] == "Signed in as the customer."
    assert (await customer_of(customer, "specialLists { list }"))["specialLists"] == [
        {"list": "RESTRICTED"}
    ]
    assert (await harness.events_recorded())[-1]["special_lists"] == ["restricted"]
    await desk.approved(customer, "LIFTING")
    assert (await customer_of(customer, "specialLists { list }"))["specialLists"] == []


async def test_computed_tags_leave_the_restricted_alone_until_it_is_lifted(
    harness: Harness, desk: Desk, a_customer: Any, define_tag: Any, customer_of: Any
) -> None:
    golden = {"fact": "tier", "operator": "EQUALS", "value": {"text": "gold"}}
    await define_tag("golden", {"compare": golden})
    customer = await a_customer()
    await desk.approved(customer, "RESTRICTION")

    tier = {"customer_id": customer, "version": 1, "to_tier": "gold"}
    await harness.hear("octoreach.loyalty.tier.changed.v1", tier)

    assert (await customer_of(customer, "tags { tag }"))["tags"] == []
    await desk.approved(customer, "LIFTING")
    assert (await customer_of(customer, "tags { tag }"))["tags"] == [{"tag": "golden"}]


async def test_the_flag_of_a_restriction_is_not_put_or_taken_by_hand(
    harness: Harness, desk: Desk, a_customer: Any, customer_of: Any
) -> None:
    customer = await a_customer()
    await desk.approved(customer, "RESTRICTION")
    query = """mutation ($id: UUID!) { removeFromSpecialList(customerId: $id, list: RESTRICTED) {
      __typename ... on InvalidInput { field } } }"""

    data = await harness.graph(query, as_=desk.front_line, id=customer)

    assert data["removeFromSpecialList"] == {"__typename": "InvalidInput", "field": "list"}
    assert len((await customer_of(customer, "specialLists { list }"))["specialLists"]) == 1


async def test_a_refused_request_says_why_and_takes_nothing_more(
    desk: Desk, a_customer: Any
) -> None:
    opened = (await desk.open(await a_customer(), "ERASURE"))["request"]

    refused = await desk.refuse(opened["id"], "There is an open contract.")
    late = await desk.approve(opened["id"])

    assert refused["request"]["outcome"] == "There is an open contract."
    assert late["__typename"] == "Conflict"
    assert [each["step"] for each in (await desk.see(opened["id"]))["history"]] == [
        "received",
        "refused",
    ]


async def test_a_deadline_that_comes_near_is_warned_of_once(
    harness: Harness, desk: Desk, a_customer: Any
) -> None:
    near = (await desk.open(await a_customer("crm:A-1"), "ERASURE"))["request"]["id"]
    far = (await desk.open(await a_customer("crm:A-2"), "ERASURE"))["request"]["id"]
    await desk.sql(
        f"UPDATE subject_request SET due_at = now() + interval '1 day' WHERE id = '{near}'"
    )

    for _ in range(2):
        await harness.turn(watch_deadlines)

    told = await harness.events_recorded("octoreach.customer.subject_request.warned.v1")
    assert [each["request_id"] for each in told] == [near]
    soon = (utcnow() + timedelta(days=2)).isoformat()
    assert await desk.listed(f'dueBefore: "{soon}"') == [near]
    assert await desk.listed("states: [RECEIVED], kinds: [ERASURE]") == [far, near]
    assert await desk.listed("states: [COMPLETED]") == []


async def test_an_erasure_is_complete_when_every_service_has_confirmed_it(
    harness: Harness, desk: Desk, a_customer: Any
) -> None:
    customer = await a_customer(f"crm:{MARKER}", f"email:{MARKER}@x.example", name=MARKER)
    other = await desk.open(customer, "CORRECTION", correction={"name": MARKER}, note=MARKER)
    request = await desk.approved(customer, "ERASURE", note=MARKER)
    [asked] = await harness.events_recorded(REQUESTED)
    told = {each: asked[each] for each in ("request_id", "customer_id", "alias_ids")}
    await harness.publish()

    await harness.hear(REQUESTED, told)
    for _ in range(2):
        await harness.turn(confirm_erasures)
    [own] = await harness.events_recorded("octoreach.customer.erasure.confirmed.v1")
    await confirm(harness, "customer", own)
    for service in ("campaign", "campaign", "channel"):
        await confirm(harness, service, {**told, "rows": 1})
    waiting = await desk.see(request["id"])
    await confirm(harness, "loyalty", {**told, "rows": 0})

    assert waiting["missing"] == ["loyalty"]
    assert (await desk.see(request["id"]))["state"] == "COMPLETED"
    assert (await desk.see(other["request"]["id"]))["state"] == "REFUSED"
    assert MARKER not in await stored_beside_outbox(harness)
    again = await desk.open(customer, "ERASURE")
    assert again["request"]["id"] == request["id"]
    assert (await desk.open(customer, "EXPORT"))["__typename"] == "NotFound"


WRITTEN = [
    """recordConsent(customerId: $id, consent: { purpose: "marketing", granted: true,
      evidence: $word, place: $word })""",
    "putOnSpecialList(customerId: $id, list: TEST, reason: $word)",
    "removeFromSpecialList(customerId: $id, list: TEST, reason: $word)",
    "giveFeedback(customerId: $id, feedback: { kind: NPS, score: 9, comment: $word })",
    """openComplaint(customerId: $id, complaint: { category: "contact", words: $word,
      idempotencyKey: $word })""",
    "openSubjectRequest(input: { customerId: $id, kind: RESTRICTION, note: $word })",
    "mergeCustomers(input: { survivorId: $id, absorbedId: $other, reason: $word })",
]


async def test_nothing_that_people_wrote_of_the_erased_is_left_in_any_table(
    harness: Harness, desk: Desk, a_customer: Any
) -> None:
    customer, other = await a_customer(f"crm:{MARKER}"), await a_customer("crm:B")
    oneself = harness.token("customer", unit=None, subject=MARKER, customer=customer)
    for each in WRITTEN:
        unused = each.replace("$other", "")
        also = ", $other: UUID!" if each != unused else ""
        query = f"mutation ($id: UUID!, $word: String!{also}) {{ {each} {{ __typename }} }}"
        as_ = oneself if "openSubjectRequest" in each else desk.front_line
        named = {"other": other} if also else {}
        answer = await harness.graph(query, as_=as_, id=customer, word=MARKER, **named)
        assert not str(answer).endswith(("InvalidInput'}}", "NotFound'}}")), answer
    await desk.approved(customer, "ERASURE", note=MARKER)
    [asked] = await harness.events_recorded(REQUESTED)
    told = {each: asked[each] for each in ("request_id", "customer_id", "alias_ids")}
    await harness.publish()

    await harness.hear(REQUESTED, told)
    for _ in range(2):
        await harness.turn(confirm_erasures)

    left = [row for row in (await stored_beside_outbox(harness)).splitlines() if MARKER in row]
    assert [row for row in left if not row.startswith("accesses.")] == []


async def confirm(harness: Harness, service: str, content: dict[str, Any]) -> None:
    subject = f"octoreach.{service}.erasure.confirmed.v1"
    await harness.hear(subject, {**content, "service": service}, event_id=uuid4())


async def test_what_is_heard_of_the_erased_later_resurrects_nothing(
    harness: Harness, desk: Desk, a_customer: Any
) -> None:
    customer = await a_customer(f"crm:{MARKER}")
    await desk.approved(customer, "ERASURE")
    [asked] = await harness.events_recorded(REQUESTED)
    await harness.hear(REQUESTED, {k: asked[k] for k in ("request_id", "customer_id", "alias_ids")})
    named = {"customer_id": customer, "scheme": "crm", "value": MARKER, "unit": "hq.zj"}
    touched = {
        "touchpoint_id": uuid4(), "customer_id": customer, "kind": "visited",
        "channel_code": "store", "partner_code": None, "unit": "hq.zj",
        "occurred_at": utcnow(), "received_at": utcnow(), "properties": {"said": MARKER},
    }  # fmt: skip

    await harness.hear("octoreach.channel.customer.named.v1", named)
    await harness.hear("octoreach.channel.touchpoint.reported.v1", touched)

    assert MARKER not in await stored_beside_outbox(harness)


async def test_what_was_asked_before_a_merge_is_done_for_whoever_they_are_by_then(
    harness: Harness, desk: Desk, a_customer: Any
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")
    erasure = (await desk.open(bob, "ERASURE"))["request"]["id"]
    restriction = (await desk.open(bob, "RESTRICTION"))["request"]["id"]
    merged = await harness.graph(
        """mutation ($input: MergeCustomersInput!) { mergeCustomers(input: $input) {
          __typename } }""",
        as_=desk.front_line,
        input={"survivorId": ada, "absorbedId": bob, "reason": "The same person"},
    )
    assert merged["mergeCustomers"]["__typename"] == "CustomersWereMerged"

    again = [(await desk.open(each, "ERASURE"))["request"]["id"] for each in (ada, bob)]
    listed = await desk.listed(f'customerId: "{ada}"')
    own = await desk.see(erasure, as_=desk.oneself(bob))
    await desk.approve(restriction)
    await desk.approve(erasure)

    assert again == [erasure, erasure]
    assert sorted(listed) == sorted([erasure, restriction])
    assert own["id"] == erasure
    assert (await desk.see(restriction))["state"] == "COMPLETED"
    [asked] = await harness.events_recorded(REQUESTED)
    assert (asked["customer_id"], asked["alias_ids"]) == (ada, [bob])

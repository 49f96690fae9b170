"""What customers may ask about their data, and what becomes of it."""

import asyncio
import base64
import io
import socket
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
import uvicorn
from sqlalchemy import text

from customer.erasure.commands import confirm_erasures
from customer.settings import settings as own_settings
from customer.subject_requests import collecting
from customer.subject_requests.collecting import collect_archives
from customer.subject_requests.progress import forget_archives, watch_deadlines
from kit.models import utcnow
from kit.testing.harness import KEY, KEY_ID, GraphFailed, Harness

REQUEST = "id kind state openedBy identityCheck outcome missing history { step by note }"
OPEN = f"""mutation ($input: SubjectRequestInput!) {{ openSubjectRequest(input: $input) {{
  __typename ... on SubjectRequestWasOpened {{ request {{ {REQUEST} }} }}
  ... on Refusal {{ message }} ... on InvalidInput {{ field }} }} }}"""
HANDLE = f"""mutation ($id: UUID!%s) {{ answer: %s(id: $id%s) {{
  __typename ... on SubjectRequestWasHandled {{ request {{ {REQUEST} }} }}
  ... on Refusal {{ message }} ... on InvalidInput {{ field }} }} }}"""
REQUESTED = "octoreach.customer.erasure.requested.v1"
MARKER = "zebra-crossing"


class Desk:
    """Where requests are taken down and handled."""

    def __init__(self, harness: Harness, front_line: str) -> None:
        self.harness = harness
        self.front_line = front_line
        self.officer = harness.token("operator", subject="olga", scope="privacy:handle")

    def oneself(self, customer: str) -> str:
        return self.harness.token("customer", unit=None, subject="self", customer=customer)

    async def open(self, customer: str, kind: str, *, as_: str | None = None, **told: Any) -> Any:
        given = {"identityCheck": "Saw their passport.", **told}
        asked = {"customerId": customer, "kind": kind, **given}
        data = await self.harness.graph(OPEN, as_=as_ or self.front_line, input=asked)
        return data["openSubjectRequest"]

    async def approve(self, id: str, *, as_: str | None = None) -> Any:
        query = HANDLE % ("", "approveSubjectRequest", "")
        return (await self.harness.graph(query, as_=as_ or self.officer, id=id))["answer"]

    async def refuse(self, id: str, reason: str) -> Any:
        query = HANDLE % (", $reason: String!", "refuseSubjectRequest", ", reason: $reason")
        return (await self.harness.graph(query, as_=self.officer, id=id, reason=reason))["answer"]

    async def approved(self, customer: str, kind: str, **told: Any) -> Any:
        opened = await self.open(customer, kind, **told)
        return (await self.approve(opened["request"]["id"]))["request"]

    async def see(self, id: str, *, as_: str | None = None) -> Any:
        query = f"query ($id: UUID!) {{ subjectRequest(id: $id) {{ {REQUEST} }} }}"
        return (await self.harness.graph(query, as_=as_ or self.officer, id=id))["subjectRequest"]

    async def listed(self, filters: str, *, as_: str | None = None, **values: Any) -> list[str]:
        query = f"{{ subjectRequests({filters}) {{ edges {{ node {{ id }} }} }} }}"
        data = await self.harness.graph(query, as_=as_ or self.officer, **values)
        return [edge["node"]["id"] for edge in data["subjectRequests"]["edges"]]

    async def sql(self, statement: str) -> None:
        async with self.harness.db.transaction() as session:
            await session.execute(text(statement))


@pytest.fixture
def desk(harness: Harness, front_line: str) -> Desk:
    return Desk(harness, front_line)


@pytest.fixture
async def served(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The service behind a real port, where everybody's part of an archive is asked for."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        key = f"{KEY_ID}:{base64.b64encode(KEY).decode()}"
        urls = ",".join(f"{each}={url}" for each in ("customer", "campaign", "channel"))
        monkeypatch.setenv("GATEWAY_SIGNATURE_KEYS", key)
        monkeypatch.setenv("SERVICE_URLS", urls)
        own_settings.cache_clear()
        server = uvicorn.Server(uvicorn.Config(harness.running, lifespan="off", log_config=None))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield url
        server.should_exit = True
        await serving


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


async def test_a_correction_is_made_whole_or_not_at_all(
    harness: Harness, desk: Desk, a_customer: Any, customer_of: Any
) -> None:
    customer = await a_customer("email:wrong@x.example", name="Wang")
    await a_customer("email:taken@x.example")

    def replaced(right: str) -> dict[str, Any]:
        identifier = {"scheme": "email", "wrong": "wrong@x.example", "right": right}
        return {"name": "Wang Fang", "identifiers": [identifier]}

    opened = await desk.open(customer, "CORRECTION", correction=replaced("taken@x.example"))
    taken = await desk.approve(opened["request"]["id"])
    held = await customer_of(customer, "name identifiers { value }")
    await desk.refuse(opened["request"]["id"], "That address is somebody else's.")
    done = await desk.approved(customer, "CORRECTION", correction=replaced("right@x.example"))

    assert taken["__typename"] == "IdentifierTaken"
    assert held == {"name": "Wang", "identifiers": [{"value": "wrong@x.example"}]}
    assert done["state"] == "COMPLETED"
    assert await customer_of(customer, "name identifiers { value }") == {
        "name": "Wang Fang",
        "identifiers": [{"value": "right@x.example"}],
    }
    assert "wrong@x.example" not in await stored_beside_outbox(harness)


CORRECTIONS = """query ($id: UUID!) { subjectRequest(id: $id) {
  note corrections { fact wrong right } } }"""


async def test_whoever_handles_a_correction_sees_what_is_to_be_corrected(
    harness: Harness, desk: Desk, a_customer: Any
) -> None:
    customer = await a_customer("email:wrong@x.example")
    identifier = {"scheme": "email", "wrong": "wrong@x.example", "right": "right@x.example"}
    correction = {"name": "Wang Fang", "identifiers": [identifier]}
    opened = await desk.open(customer, "CORRECTION", note="A typo.", correction=correction)
    id = opened["request"]["id"]

    whole = await harness.graph(CORRECTIONS, as_=desk.front_line, id=id)
    masked = await harness.graph(CORRECTIONS, as_=desk.officer, id=id)
    await desk.approve(id)
    after = await harness.graph(CORRECTIONS, as_=desk.front_line, id=id)

    assert whole["subjectRequest"] == {
        "note": "A typo.",
        "corrections": [
            {"fact": "name", "wrong": None, "right": "Wang Fang"},
            {"fact": "identifiers.email", "wrong": "wrong@x.example", "right": "right@x.example"},
        ],
    }
    assert masked["subjectRequest"]["note"] == "***"
    assert {each["right"] for each in masked["subjectRequest"]["corrections"]} == {"***"}
    assert after["subjectRequest"]["corrections"] == []


@pytest.mark.parametrize(
    ("correction", "field"),
    [
        ({}, "correction"),
        ({"name": " "}, "correction.name"),
        ({"attributes": [{"name": "nope", "value": "1"}]}, "correction.attributes.nope"),
        (
            {"identifiers": [{"scheme": "email", "wrong": "a@x.cn", "right": "b@x.cn"}]},
            "correction.identifiers.0.wrong",
        ),
        (
            {"identifiers": [{"scheme": "crm", "wrong": "C-1", "right": ""}]},
            "correction.identifiers.0.right",
        ),
    ],
)
async def test_a_correction_that_nobody_could_approve_is_refused_when_it_is_asked_for(
    desk: Desk, a_customer: Any, correction: dict[str, Any], field: str
) -> None:
    customer = await a_customer("crm:C-1")

    refused = await desk.open(customer, "CORRECTION", correction=correction)

    assert (refused["__typename"], refused["field"]) == ("InvalidInput", field)
    assert await desk.listed("first: 5") == []


async def test_a_second_correction_is_not_taken_for_the_one_that_is_open(
    desk: Desk, a_customer: Any, customer_of: Any
) -> None:
    customer = await a_customer("crm:C-1", name="Wang")
    first = await desk.open(customer, "CORRECTION", correction={"name": "Wang Fang"})

    again = await desk.open(customer, "CORRECTION", correction={"name": "Wang Fang"})
    other = await desk.open(customer, "CORRECTION", correction={"name": "Li Fang"})
    await desk.approve(first["request"]["id"])

    assert again["request"]["id"] == first["request"]["id"]
    assert other["__typename"] == "Conflict"
    assert (await customer_of(customer, "name"))["name"] == "Wang Fang"


async def test_an_identifier_that_was_checked_can_be_corrected_too(
    harness: Harness, desk: Desk, a_customer: Any, customer_of: Any
) -> None:
    customer = await a_customer("crm:C-1")
    await harness.graph(
        "mutation ($id: UUID!) { addIdentifier(customerId: $id, identifier: "
        '{ scheme: "email", value: "wrong@x.example", verified: true }) { __typename } }',
        as_=desk.front_line,
        id=customer,
    )
    wrong = {"scheme": "email", "wrong": "Wrong@x.example", "right": "right@x.example"}

    done = await desk.approved(customer, "CORRECTION", correction={"identifiers": [wrong]})

    assert done["state"] == "COMPLETED"
    held = await customer_of(customer, "identifiers { value verifiedAt }")
    assert held["identifiers"] == [
        {"value": "C-1", "verifiedAt": None},
        {"value": "right@x.example", "verifiedAt": None},
    ]


async def stored_beside_outbox(harness: Harness) -> str:
    await harness.publish()
    return await harness.stored()


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


async def test_an_archive_waits_for_a_service_that_is_down_and_says_which(
    harness: Harness, desk: Desk, a_customer: Any, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "TURN_SECONDS", 300)
    monkeypatch.setattr(collecting, "DEADLINE_SECONDS", 300)
    customer = await a_customer("crm:C-1", name=MARKER)
    oneself = desk.oneself(customer)
    id = (await desk.open(customer, "EXPORT", as_=oneself))["request"]["id"]

    await harness.turn(collect_archives)
    waiting = await desk.see(id)
    early = await harness.get(f"/v1/subject-requests/{id}/archive", as_=oneself)
    monkeypatch.setenv("SERVICE_URLS", f"loyalty={served}")
    own_settings.cache_clear()
    await harness.turn(collect_archives)

    assert (waiting["state"], waiting["missing"]) == ("IN_PROGRESS", ["loyalty"])
    assert early.status_code == 409
    whole = await harness.get(f"/v1/subject-requests/{id}/archive", as_=oneself)
    zipped = zipfile.ZipFile(io.BytesIO(whole.content))
    assert zipped.testzip() is None
    assert orjson.loads(zipped.read("customer/customer.json"))[0]["name"] == MARKER
    manifest = orjson.loads(zipped.read("manifest.json"))
    assert {each["service"] for each in manifest["files"]} == {
        "customer", "campaign", "channel", "loyalty"
    }  # fmt: skip
    assert "What we hold about you" in zipped.read("index.html").decode()
    assert (await desk.see(id))["history"][-1]["step"] == "downloaded"


async def test_a_long_timeline_comes_whole_and_in_pages(
    harness: Harness, desk: Desk, a_customer: Any, served: str
) -> None:
    customer = await a_customer()
    await desk.sql(f"""INSERT INTO timeline_entry
      (customer_id, occurred_at, id, kind, source, title, details, heard_at)
      SELECT '{customer}', now() - n * interval '1 minute', gen_random_uuid(), 'touchpoint',
      'channel', 'Entry ' || n, '[]', now() FROM generate_series(1, 1203) AS n""")
    await desk.open(customer, "EXPORT", as_=desk.oneself(customer))

    await harness.turn(collect_archives)

    async with harness.db.reading() as session:
        kept = await session.execute(
            text("SELECT service, rows FROM archive_page WHERE holding = 'timeline_entry'")
        )
        pages = [row.rows for row in kept if row.service == "customer"]
    assert sorted(pages) == [203, 500, 500]


async def test_an_archive_is_its_requesters_alone_and_for_a_few_days(
    harness: Harness, desk: Desk, a_customer: Any, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = await a_customer()
    monkeypatch.setenv("SERVICE_URLS", own_urls(served))
    own_settings.cache_clear()
    id = (await desk.approved(customer, "EXPORT"))["id"]
    await harness.turn(collect_archives)
    path = f"/v1/subject-requests/{id}/archive"
    colleague = harness.token("front_line", unit="hq.zj", subject="bob")

    answers = [
        (await harness.get(path, as_=token)).status_code
        for token in (desk.front_line, desk.oneself(customer), colleague, desk.officer)
    ]

    assert answers == [200, 200, 404, 404]
    await desk.sql("UPDATE subject_request SET archive_until = now()")
    await harness.turn(forget_archives)
    assert (await harness.get(path, as_=desk.front_line)).status_code == 409
    assert "archive_page" not in await harness.stored()


def own_urls(url: str) -> str:
    return ",".join(f"{each}={url}" for each in ("customer", "campaign", "channel", "loyalty"))


async def test_what_is_held_is_given_to_our_own_processes_alone(
    harness: Harness, desk: Desk, a_customer: Any
) -> None:
    asked = {"ids": [await a_customer()]}

    answer = await harness.post("/personal/collect", asked, as_=desk.officer)

    assert answer.status_code == 401


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

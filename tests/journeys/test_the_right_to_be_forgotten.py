"""A customer asks for all their data, and then to be forgotten, by every service and the bus."""

import asyncio
import io
import subprocess
import time
import zipfile
from datetime import UTC, datetime
from typing import Any

import httpx
import nats
import pytest
from tests.platform import Platform, platform

from local.demo import cast
from local.doors import Doors
from local.folder import Folder
from local.postgres import binary
from local.running.databases import database_url
from local.running.plan import SERVICES
from local.tokens import Wanted

pytestmark = pytest.mark.timeout(900)
MARKER = "zebra-crossing-4711"
NUMBER = "+8613847114711"
MARKS = (MARKER, NUMBER, NUMBER.removeprefix("+86"))
OFFICER = Wanted("operator", unit="hq", subject="officer", scope="privacy:handle")
REGISTER = """mutation ($c: NewCustomerInput!) { registerCustomer(input: $c) {
  ... on CustomerWasRegistered { customer { id } } ... on Refusal { message } } }"""
DECLARE = """mutation { declareAttribute(name: "nickname", type: TEXT) { __typename } }"""
CONSENT = """mutation ($id: UUID!, $c: ConsentInput!) { recordConsent(customerId: $id, consent: $c) {
  __typename } }"""
OPEN = """mutation ($r: SubjectRequestInput!) { openSubjectRequest(input: $r) {
  ... on SubjectRequestWasOpened { request { id state } } ... on Refusal { message } } }"""
APPROVE = "mutation ($id: UUID!) { approveSubjectRequest(id: $id) { __typename } }"
STATE = """query ($id: UUID!) { subjectRequest(id: $id) {
  state missing parts { service rows problem } } }"""
STORY = (
    "query ($id: UUID!) { customer(id: $id) { timeline(first: 50) { edges { node { kind } } } } }"
)
LEDGER = "{ ledger { sumOfEntries postingsOutOfBalance accountsOutOfBalance negativeBalances } }"


def test_who_asks_to_be_forgotten_is_forgotten_everywhere() -> None:
    with platform("--empty") as running:
        running.demo("--people", "3", "--events", "3", "--rate", "3", "--run", "one")
        archive, ledger = asyncio.run(lives_and_leaves(running))
        held = {service: rows_of(running, service) for service in SERVICES}
        messages = asyncio.run(messages_of(running))
        traces = httpx.get(f"{running.plan.url('desk')}/api/traces", timeout=60).text
        logs = {each.name: each.read_text() for each in Folder(running.folder).logs.glob("*")}

    zipped = zipfile.ZipFile(io.BytesIO(archive))
    assert {name.partition("/")[0] for name in zipped.namelist()} >= set(SERVICES)
    assert MARKER in "".join(zipped.read(name).decode() for name in zipped.namelist())
    assert set(ledger.values()) == {0}
    for place, content in {**held, "stream": messages, "traces": traces, **logs}.items():
        for mark in MARKS:
            assert mark not in content, f"{mark} is still in {place}"


async def lives_and_leaves(running: Platform) -> tuple[bytes, dict[str, int]]:
    async with Doors(Folder(running.folder)) as doors:
        customer = await somebody(doors)
        oneself = Wanted("customer", subject=MARKER[:5], customer=customer)
        export = await asked(doors, customer, "EXPORT", oneself)
        await until(doors, export, "COMPLETED", oneself)
        url = f"{running.plan.url('customer')}/v1/subject-requests/{export}/archive"
        headers = {"authorization": f"Bearer {doors.token(oneself)}"}
        archive = (await doors.client.get(url, headers=headers)).raise_for_status().content
        erasure = await asked(doors, customer, "ERASURE", cast.FRONT_LINE)
        await doors.graph(APPROVE, as_=OFFICER, id=erasure)
        await meets(doors, {"id": customer}, "too-late")
        await until(doors, erasure, "COMPLETED", OFFICER)
        ledger = (await doors.graph(LEDGER, as_=cast.OPERATOR))["ledger"]
    return archive, ledger


async def somebody(doors: Doors) -> str:
    """Somebody with a mark in everything that can hold one, known to every service."""
    await doors.graph(DECLARE, as_=cast.MARKETER)
    identifiers = [
        {"scheme": "msisdn", "value": NUMBER},
        {"scheme": "email", "value": f"{MARKER}@x.example"},
    ]
    told = {
        "unit": cast.CITY, "identifiers": identifiers, "name": MARKER,
        "attributes": [{"name": "nickname", "value": MARKER}],
    }  # fmt: skip
    data = await doors.graph(REGISTER, as_=cast.FRONT_LINE, c=told)
    customer = str(data["registerCustomer"]["customer"]["id"])
    consent = {"purpose": "marketing", "granted": True, "evidence": f"said {MARKER}"}
    await doors.graph(CONSENT, as_=cast.FRONT_LINE, id=customer, c=consent)
    await meets(doors, {"scheme": "msisdn", "value": NUMBER}, "in-time")
    order = {
        "reference": "forget-me", "customer": {"id": customer}, "channel": cast.APP,
        "placed_at": datetime.now(UTC).isoformat(), "currency": "CNY",
        "lines": [{"product": "fibre-1000", "quantity": 1, "amount_minor": 9_900}],
    }  # fmt: skip
    while True:
        placed = await doors.rest(
            "channel", "POST", "/v1/orders", as_=cast.PARTNER_SYSTEM, content=order, key="forget-me"
        )
        if placed.status_code == 201:
            break
        await asyncio.sleep(0.5)
    kinds: set[str] = set()
    while not kinds >= {"touchpoint", "order_placed", "points_earned"}:
        await asyncio.sleep(0.5)
        story = await doors.graph(STORY, as_=cast.FRONT_LINE, id=customer)
        kinds = {edge["node"]["kind"] for edge in story["customer"]["timeline"]["edges"]}
    return customer


async def meets(doors: Doors, customer: dict[str, str], name: str) -> None:
    event = {
        "id": name, "kind": "ran_low", "channel": cast.APP, "customer": customer,
        "occurred_at": datetime.now(UTC).isoformat(), "properties": {"said": MARKER},
    }  # fmt: skip
    content = {"events": [event]}
    path = "/v1/touchpoint-events"
    await doors.rest("channel", "POST", path, as_=cast.PARTNER_SYSTEM, content=content)


async def asked(doors: Doors, customer: str, kind: str, by: Wanted) -> str:
    request = {"customerId": customer, "kind": kind, "identityCheck": MARKER, "note": MARKER}
    answer = (await doors.graph(OPEN, as_=by, r=request))["openSubjectRequest"]
    return str(answer["request"]["id"])


async def until(doors: Doors, request: str, state: str, by: Wanted) -> None:
    deadline = time.monotonic() + 300
    found: Any = None
    while time.monotonic() < deadline:
        found = (await doors.graph(STATE, as_=by, id=request))["subjectRequest"]
        if found["state"] == state:
            return
        await asyncio.sleep(1)
    raise AssertionError(found)


def rows_of(running: Platform, service: str) -> str:
    """Every row of every table, as the database's own dump tells them."""
    url = database_url(Folder(running.folder), running.plan, service)
    dump = [str(binary("pg_dump")), "--data-only", "--inserts", url]
    return subprocess.run(dump, check=True, capture_output=True, text=True).stdout


async def messages_of(running: Platform) -> str:
    """Everything that lies in the streams."""
    connection = await nats.connect(f"nats://127.0.0.1:{running.plan.ports['nats']}")
    js = connection.jetstream()
    found: list[str] = []
    for service in SERVICES:
        state = (await js.stream_info(service.upper())).state
        subscription = await js.subscribe(f"octoreach.{service}.>", ordered_consumer=True)
        for _ in range(state.messages):
            message = await subscription.next_msg(timeout=60)
            found.append(f"{message.headers} {message.data.decode()}")
    await connection.close()
    return "\n".join(found)

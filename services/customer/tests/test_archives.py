"""An archive is collected from every service, and is its requester's alone."""

import asyncio
import base64
import io
import socket
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import uvicorn
from services.customer.tests.desk import MARKER, Desk
from sqlalchemy import text

from customer.settings import settings as own_settings
from customer.subject_requests import collecting
from customer.subject_requests.collecting import collect_archives
from customer.subject_requests.progress import forget_archives
from kit.testing.harness import KEY, KEY_ID, Harness


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
        monkeypatch.setattr(collecting, "TURN_SECONDS", 300)
        monkeypatch.setattr(collecting, "DEADLINE_SECONDS", 300)
        own_settings.cache_clear()
        server = uvicorn.Server(uvicorn.Config(harness.running, lifespan="off", log_config=None))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield url
        server.should_exit = True
        await serving


async def test_an_archive_waits_for_a_service_that_is_down_and_says_which(
    harness: Harness, desk: Desk, a_customer: Any, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
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


async def test_what_one_table_holds_for_two_reasons_comes_in_two_files(
    harness: Harness, desk: Desk, a_customer: Any, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob, eve = [await a_customer(f"crm:{each}") for each in "ABE"]
    merge = """mutation ($input: MergeCustomersInput!) { mergeCustomers(input: $input) {
      ... on CustomersWereMerged { merge { id } } } }"""
    unmerge = (
        'mutation ($id: UUID!) { unmergeCustomers(mergeId: $id, reason: "Two") { __typename } }'
    )
    merges = []
    for survivor, absorbed in ((ada, bob), (eve, ada)):
        told = {"survivorId": survivor, "absorbedId": absorbed, "reason": "One"}
        answer = await harness.graph(merge, as_=desk.front_line, input=told)
        merges.append(answer["mergeCustomers"]["merge"]["id"])
    await harness.graph(unmerge, as_=desk.front_line, id=merges[1])
    monkeypatch.setenv("SERVICE_URLS", own_urls(served))
    own_settings.cache_clear()
    id = (await desk.open(ada, "EXPORT", as_=desk.oneself(ada)))["request"]["id"]

    await harness.turn(collect_archives)

    whole = await harness.get(f"/v1/subject-requests/{id}/archive", as_=desk.oneself(ada))
    zipped = zipfile.ZipFile(io.BytesIO(whole.content))
    names = zipped.namelist()
    assert len(names) == len(set(names))
    held = [name for name in names if name.startswith("customer/customer_merge")]
    found = [[row["id"] for row in orjson.loads(zipped.read(name))] for name in held]
    assert [sorted(each) for each in found] == [merges[:1], merges]
    assert names[2] == "customer/customer.json"


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

"""The page on which customers say themselves how they may be approached."""

import asyncio
import base64
import os
import re
import shutil
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import time_machine
from playwright.async_api import Page, Route, async_playwright, expect
from pydantic import ValidationError
from sqlalchemy import text

from customer.preferences import rest
from customer.preferences.limits import Limit, forget_page_buckets
from customer.preferences.links import make_link
from customer.settings import DEVELOPMENT_KEY, CustomerSettings, settings
from kit.database import Database
from kit.models import utcnow
from kit.testing.harness import GraphFailed, Harness

CHANGED = "octoreach.customer.customer.changed.v1"
LINK = """
mutation ($id: UUID!, $kind: String) { preferenceLink(customerId: $id, channelKind: $kind) {
  __typename
  ... on PreferenceLinkWasMade { link { url expiresAt listUnsubscribe listUnsubscribePost } }
  ... on InvalidInput { field }
} }
"""
HISTORY = """
query ($id: UUID!) { consentHistory(customerId: $id) { edges { node {
  purpose channelKind granted source textVersion place recordedBy } } } }
"""
ADDRESS = "https://my.example.com"
KEYS = {name: base64.b64encode(name.encode() * 32).decode() for name in ("a", "b")}
Send = Callable[..., Awaitable[Any]]


def configure(monkeypatch: pytest.MonkeyPatch, *keys: str) -> None:
    told = ",".join(f"{name}:{KEYS[name]}" for name in keys)
    monkeypatch.setenv("PREFERENCE_LINK_KEYS", told)
    monkeypatch.setenv("PREFERENCE_URL", ADDRESS)
    settings.cache_clear()


@pytest.fixture(autouse=True)
def _configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    configure(monkeypatch, "a")
    yield
    settings.cache_clear()


@pytest.fixture
def link(harness: Harness, front_line: str) -> Send:
    """The path of a fresh link for a customer."""

    async def make(id_: str, kind: str | None = None, *, as_: str = front_line) -> str:
        answer = (await harness.graph(LINK, as_=as_, id=id_, kind=kind))["preferenceLink"]
        return str(answer["link"]["url"]).removeprefix(ADDRESS)

    return make


def fields(page: str, *, untick: tuple[str, ...] = (), tick: tuple[str, ...] = ()) -> dict:
    """The form as a browser would send it back, with some boxes changed."""
    ticked = set(re.findall(r'name="yes" value="([^"]+)" checked', page))
    code = re.search(r'name="form" value="([^"]+)"', page)
    assert code
    return {
        "form": code[1],
        "shown": re.findall(r'name="shown" value="([^"]+)"', page),
        "yes": sorted((ticked - set(untick)) | set(tick)),
        "action": "save",
    }


async def post(harness: Harness, path: str, form: dict, **headers: str) -> httpx.Response:
    return await harness.http.post(path, data=form, headers=headers)


async def history(harness: Harness, as_: str, id_: str) -> list[dict[str, Any]]:
    answer = await harness.graph(HISTORY, as_=as_, id=id_)
    return [edge["node"] for edge in answer["consentHistory"]["edges"]]


async def standing(customer_of: Send, id_: str) -> set[tuple[str | None, bool]]:
    answer = await customer_of(id_, "consents { channelKind granted }")
    return {(each["channelKind"], each["granted"]) for each in answer["consents"]}


async def test_what_is_switched_on_counts_with_its_evidence_and_nothing_else_is_touched(
    harness: Harness, a_customer, customer_of, front_line: str, link: Send
) -> None:
    known = await a_customer()
    path = await link(known)
    page = await harness.http.get(path)

    answer = await post(harness, path, fields(page.text, tick=("marketing:sms",)))

    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?lang=en&done=saved")
    assert await standing(customer_of, known) == {("sms", True)}
    assert await history(harness, front_line, known) == [
        {
            "purpose": "marketing",
            "channelKind": "sms",
            "granted": True,
            "source": "PREFERENCE_PAGE",
            "textVersion": "2026-11-en",
            "place": ADDRESS,
            "recordedBy": "customer",
        }
    ]
    assert len(await harness.events_recorded(CHANGED)) == 1


async def test_an_old_page_changes_only_what_was_clicked_on_it(
    harness: Harness, a_customer, customer_of, link: Send
) -> None:
    known = await a_customer()
    path = await link(known)
    old = (await harness.http.get(path)).text
    await post(harness, path, fields(old, tick=("marketing:email",)))

    await post(harness, path, fields(old, tick=("marketing:sms",)))
    await post(harness, path, fields(old))

    assert await standing(customer_of, known) == {("email", True), ("sms", True)}


async def test_everything_is_stopped_with_one_button(
    harness: Harness, a_customer, customer_of, link: Send
) -> None:
    known = await a_customer()
    path = await link(known)
    form = fields((await harness.http.get(path)).text, tick=("marketing:sms", "marketing:push"))
    await post(harness, path, form)

    answer = await post(harness, path, {**form, "action": "stop"})

    assert answer.headers["location"].endswith("done=stopped")
    assert await standing(customer_of, known) == {(None, False)}


@pytest.mark.parametrize("way", ["data", "files"])
async def test_one_click_in_the_mail_program_says_no_to_mails(
    harness: Harness, a_customer, customer_of, front_line: str, link: Send, way: str
) -> None:
    known = await a_customer()
    answer = await harness.graph(LINK, as_=front_line, id=known, kind="email")
    made = answer["preferenceLink"]["link"]
    assert made["listUnsubscribe"] == f"<{made['url']}>"
    name, _, value = made["listUnsubscribePost"].partition("=")
    body = {name: value} if way == "data" else {name: (None, value)}

    for _ in range(2):
        answer = await harness.http.post(made["url"].removeprefix(ADDRESS), **{way: body})

    assert answer.status_code == 200
    assert "You are unsubscribed." in answer.text
    assert await standing(customer_of, known) == {("email", False)}
    told = await history(harness, front_line, known)
    assert {each["source"] for each in told} == {"UNSUBSCRIBE"}
    assert len(await harness.events_recorded(CHANGED)) == 1


async def test_looking_changes_nothing(harness: Harness, a_customer, link: Send) -> None:
    path = await link(await a_customer())

    for _ in range(3):
        assert (await harness.http.get(f"{path}?done=stopped")).status_code == 200

    assert await harness.events_recorded(CHANGED) == []


@pytest.mark.parametrize(
    ("wrong", "headers"),
    [
        ({"form": ""}, {}),
        ({"form": "0" * 64}, {}),
        ({}, {"sec-fetch-site": "cross-site"}),
    ],
)
async def test_a_form_that_is_not_from_our_page_is_refused_and_changes_nothing(
    harness: Harness, a_customer, link: Send, wrong: dict, headers: dict
) -> None:
    path = await link(await a_customer())
    form = fields((await harness.http.get(path)).text, tick=("marketing:sms",))

    answer = await post(harness, path, form | wrong, **headers)

    assert answer.status_code == 403
    assert "were not saved" in answer.text
    assert await harness.events_recorded(CHANGED) == []


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"x" * 30_000, b"form=1&" * 600])
async def test_what_is_no_form_is_refused(
    harness: Harness, a_customer, link: Send, body: bytes
) -> None:
    path = await link(await a_customer())

    for kind in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"):
        answer = await harness.http.post(path, content=body, headers={"content-type": kind})
        assert answer.status_code == 403

    assert await harness.events_recorded(CHANGED) == []


async def test_a_link_that_was_changed_is_none_of_ours(
    harness: Harness, a_customer, link: Send
) -> None:
    path = await link(await a_customer())
    header, claims, signature = path.removeprefix("/preferences/").split(".")
    other = (await link(await a_customer("crm:C-2"))).removeprefix("/preferences/").split(".")[1]
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    forged = (
        f"{header}.{other}.{signature}",
        f"{header}.{claims}.{signature[:-6]}AAAAAA",
        f"{unsigned}.{claims}.",
        "nothing",
        "x" * 2_000,
    )

    answers = [await harness.http.get(f"/preferences/{each}") for each in forged]

    assert [each.status_code for each in answers] == [404] * len(forged)
    assert all("This is not a link of ours." in each.text for each in answers)


async def test_a_token_of_the_platform_is_no_link(harness: Harness, front_line: str) -> None:
    assert (await harness.http.get(f"/preferences/{front_line}")).status_code == 404


async def test_whether_somebody_exists_can_not_be_told_from_an_old_link(
    harness: Harness, a_customer, link: Send
) -> None:
    path = await link(await a_customer())
    nobody = make_link(uuid4()).url.removeprefix(ADDRESS)

    with time_machine.travel(utcnow() + timedelta(days=31), tick=False):
        expired = await harness.http.get(path)
    gone = await harness.http.get(nobody)

    assert (expired.status_code, gone.status_code) == (410, 410)
    assert expired.text == gone.text
    assert "This link no longer works." in gone.text


async def test_keys_are_changed_without_breaking_links_that_are_out(
    harness: Harness, a_customer, link: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = await a_customer()
    old = await link(known)
    page = (await harness.http.get(old)).text

    configure(monkeypatch, "b", "a")
    new = await link(known)
    assert (await harness.http.get(old)).status_code == 200
    assert (await post(harness, old, fields(page))).status_code == 303

    configure(monkeypatch, "b")
    assert (await harness.http.get(new)).status_code == 200
    assert (await harness.http.get(old)).status_code == 404


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({}, "takes keys of its own"),
        ({"preference_link_keys": f"a:{DEVELOPMENT_KEY}"}, "takes keys of its own"),
        ({"preference_link_keys": "a:c2hvcnQ="}, "32 bytes"),
        ({"preference_link_keys": "a:!"}, "base64"),
        ({"preference_link_keys": f"a:{KEYS['a']}", "preference_url": "http://my.de"}, "https"),
    ],
)
def test_production_refuses_weak_settings(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, str], reason: str
) -> None:
    monkeypatch.delenv("PREFERENCE_LINK_KEYS")

    with pytest.raises(ValidationError, match=reason):
        CustomerSettings(environment="production", **told)


async def test_a_link_is_made_for_ones_own_customers_only(
    harness: Harness, a_customer, front_line: str
) -> None:
    known = await a_customer()
    elsewhere = harness.token("front_line", unit="hq.gd")
    themself = harness.token("customer", unit=None, customer=known)

    foreign = await harness.graph(LINK, as_=elsewhere, id=known)
    own = await harness.graph(LINK, as_=themself, id=known)
    wrong = await harness.graph(LINK, as_=front_line, id=known, kind="No!")

    assert foreign["preferenceLink"] == {"__typename": "NotFound"}
    assert own["preferenceLink"]["__typename"] == "PreferenceLinkWasMade"
    assert wrong["preferenceLink"] == {"__typename": "InvalidInput", "field": "channelKind"}
    with pytest.raises(GraphFailed) as failed:
        await harness.graph(LINK, as_=harness.token("analyst", unit="hq"), id=known)
    assert failed.value.codes == ["FORBIDDEN"]


@pytest.mark.parametrize(
    ("accepted", "query", "title"),
    [
        ("", "", "Your preferences"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "", "您的偏好设置"),
        ("fr, en;q=0.5, zh;q=0.1", "", "Your preferences"),
        ("en", "?lang=zh", "您的偏好设置"),
        ("zh;q=0, de", "?lang=xx", "Your preferences"),
    ],
)
async def test_the_page_speaks_the_readers_language(
    harness: Harness, a_customer, link: Send, accepted: str, query: str, title: str
) -> None:
    path = await link(await a_customer())

    page = await harness.http.get(path + query, headers={"accept-language": accepted})

    assert f"<h1>{title}</h1>" in page.text


async def test_the_page_gives_nothing_away(harness: Harness, a_customer, link: Send) -> None:
    path = await link(await a_customer("msisdn:+8613800005678", name="Ada Lovelace"))

    page = await harness.http.get(path)

    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert "Ada" not in page.text
    assert "5678" not in page.text


async def test_who_asks_too_often_waits(
    harness: Harness, a_customer, link: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest.CHANGES, "most", 2)
    path = await link(await a_customer())
    form = fields((await harness.http.get(path)).text)

    answers = [await post(harness, path, form) for _ in range(3)]

    assert [each.status_code for each in answers] == [303, 303, 429]
    assert answers[-1].headers["retry-after"] == "60"


async def test_a_limit_holds_over_all_processes_and_fills_up_again(harness: Harness) -> None:
    limit = Limit("test", 5, 60)
    processes = [Database(str(harness.running.settings.async_database_url())) for _ in range(2)]

    asked = [limit.allows(db, "ada") for db in processes * 5]
    allowed = await asyncio.gather(*asked, limit.allows(processes[0], "bob"))
    async with harness.db.transaction() as session:
        await session.execute(text("UPDATE page_bucket SET at = at - interval '24 seconds'"))
    later = [await limit.allows(processes[1], "ada") for _ in range(3)]
    for db in processes:
        await db.close()

    assert (sum(allowed[:-1]), allowed[-1]) == (5, True)
    assert later == [True, True, False]


async def test_of_who_asked_only_a_digest_is_kept_and_not_for_long(
    harness: Harness, a_customer, link: Send
) -> None:
    known = await a_customer()
    await harness.http.get(await link(known))
    statement = text("SELECT * FROM page_bucket")
    async with harness.db.reading() as session:
        kept = (await session.execute(statement)).all()

    async with harness.db.transaction() as session:
        await session.execute(text("UPDATE page_bucket SET at = at - interval '11 minutes'"))
    await harness.turn(forget_page_buckets)

    assert len(kept) == 1
    assert str(known) not in str(kept)
    async with harness.db.reading() as session:
        assert (await session.execute(statement)).all() == []


@pytest.fixture
async def browser_page(harness: Harness) -> Any:
    """A page of a real browser without scripts, whose requests the service answers."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert program, "This test takes a browser: apt-get install chromium, or set CHROMIUM to one."

    async def serve(route: Route) -> None:
        request = route.request
        kept = ("content-type", "accept-language")
        answer = await harness.http.request(
            request.method,
            request.url.removeprefix(ADDRESS),
            content=request.post_data_buffer,
            headers={name: value for name, value in request.headers.items() if name in kept},
        )
        headers = dict(answer.headers)
        if answer.is_redirect:
            # An intercepted answer can't redirect: the browser is shown where it leads.
            answer = await harness.http.get(headers["location"])
            headers = dict(answer.headers)
        await route.fulfill(status=answer.status_code, headers=headers, body=answer.content)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        context = await browser.new_context(
            java_script_enabled=False, viewport={"width": 360, "height": 740}, locale="en-GB"
        )
        page = await context.new_page()
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        await page.route("**/*", serve)
        yield page
        await browser.close()


async def test_a_customer_on_a_phone_switches_and_sees_it_confirmed(
    browser_page: Page, harness: Harness, a_customer, customer_of, link: Send
) -> None:
    known = await a_customer()
    page = browser_page

    await page.goto(ADDRESS + await link(known))
    await page.get_by_label("text message (SMS)").check()
    await page.get_by_role("button", name="Save my choices").click()

    await expect(page.get_by_role("status")).to_have_text(
        "Your choices are saved and count from now on."
    )
    await expect(page.get_by_label("text message (SMS)")).to_be_checked()
    assert await standing(customer_of, known) == {("sms", True)}
    width = await page.locator("body").bounding_box()
    assert width is not None
    assert width["width"] <= 360

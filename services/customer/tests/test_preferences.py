"""The page on which customers say themselves how they may be approached."""

import os
import shutil
from typing import Any

import pytest
from playwright.async_api import Page, Route, async_playwright, expect
from services.customer.tests.preference_page import ADDRESS, LINK, Send, fields, post

from kit.testing.harness import Harness

pytestmark = pytest.mark.usefixtures("configured")

CHANGED = "octoreach.customer.customer.changed.v1"
HISTORY = """
query ($id: UUID!) { consentHistory(customerId: $id) { edges { node {
  purpose channelKind granted source textVersion place recordedBy } } } }
"""


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
        ({"form": "é" * 64}, {}),
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

"""GraphiQL in a real browser that reaches nothing but the gateway."""

import os
import shutil

import pytest
from playwright.async_api import async_playwright

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def test_a_browser_gets_a_page_and_a_program_an_answer(front):
    page = await front.http.get("/graphql", headers=BROWSER)
    answer = await front.http.get("/graphql?query={__typename}", headers=BROWSER)

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "http://" not in page.text.replace("http://www.w3.org", "")
    assert "https://" not in page.text
    assert answer.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "name", ["nothing.js", "..%2f..%2fviews.py", "%2e%2e/views.py", "fetch.umd.py", ""]
)
async def test_only_its_own_files_are_served(front, name):
    assert (await front.http.get(f"/graphiql/{name}")).status_code == 404


async def test_queries_and_subscriptions_run_in_the_browser(front):
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert chromium, "This test takes a browser: apt-get install chromium, or set CHROMIUM to one."

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page()
        refused: list[str] = []
        page.on("requestfailed", lambda request: refused.append(request.url))
        page.on("console", lambda m: refused.append(m.text) if m.type == "error" else None)
        await page.goto(f"{front.url}/graphql")
        await run(page, "{ book(id: 5) { title } }")
        await page.get_by_text('"Book 5"').wait_for(timeout=60_000)
        await run(page, "subscription { bookAdded(count: 2) { rating title } }")
        await page.get_by_text('"Book 1"').wait_for(timeout=60_000)
        await browser.close()

    assert refused == []


async def run(page, query: str) -> None:
    editor = page.locator(".graphiql-query-editor .CodeMirror")
    await editor.wait_for(timeout=60_000)
    await editor.evaluate("(node, query) => node.CodeMirror.setValue(query)", query)
    await page.wait_for_timeout(1_000)
    await page.get_by_label("Execute query").click()

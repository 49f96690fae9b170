import os
import secrets
import shutil

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from playwright.sync_api import Page, expect, sync_playwright

NOON = 1_800_000_000_000_000_000


@pytest.fixture
def page():
    """A page of a real browser: CHROMIUM, or the one that Debian's package brings."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert program, "This test takes a browser: apt-get install chromium, or set CHROMIUM to one."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        yield page
        browser.close()


def test_a_person_finds_a_trace_and_sees_where_it_failed(page: Page, desk: httpx.Client) -> None:
    trace_id = secrets.token_bytes(16)
    export = ExportTraceServiceRequest()
    resource = export.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "loyalty"
    spans = resource.scope_spans.add().spans
    times = {"start_time_unix_nano": NOON, "end_time_unix_nano": NOON + 2_000_000}
    spans.add(trace_id=trace_id, span_id=b"rootroot", name="<b>story</b>", **times)
    failed = spans.add(trace_id=trace_id, span_id=b"failfail", parent_span_id=b"rootroot", **times)
    failed.name, failed.status.code, failed.status.message = "spend_points", 2, "3 are left."
    failed.attributes.add(key="points").value.int_value = 5
    kind = {"content-type": "application/x-protobuf"}
    desk.post("/v1/traces", content=export.SerializeToString(), headers=kind).raise_for_status()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(f"{desk.base_url}")
    page.get_by_label("Name or trace id").fill("story")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="<b>story</b>").click()
    page.get_by_label("loyalty: spend_points, 2.0 ms, failed").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("<b>story</b>")
    expect(page.get_by_text("1 failed")).to_be_visible()
    expect(page.get_by_text("3 are left.")).to_be_visible()
    expect(page.get_by_role("row", name="points 5")).to_be_visible()
    assert page.url.endswith(f"/traces/{trace_id.hex()}")
    assert complaints == []

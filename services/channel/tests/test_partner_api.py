import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as chosen
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from kit.settings import Settings
from kit.testing.harness import Harness
from local.ports import free_port

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 4


@pytest.fixture
def served(settings: Settings) -> Iterator[str]:
    """The service in a process of its own; answers with its address."""
    port = free_port()
    environment = {
        "ENVIRONMENT": "local",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "LOG_LEVEL": "error",
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "NATS_URL": settings.nats_url.get_secret_value(),
        "OIDC_ISSUER": settings.oidc_issuer,
        "OIDC_JWKS_URL": settings.oidc_jwks_url,
    }
    command = [sys.executable, "-m", "channel", "serve"]
    process = subprocess.Popen(command, env=os.environ | environment)
    try:
        _wait_for(f"http://127.0.0.1:{port}/livez")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(100)


def _wait_for(url: str) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            httpx.get(url, timeout=5).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
async def test_whatever_is_sent_is_answered_as_the_description_says(
    harness: Harness, world: None, served: str, mode: GenerationMode
) -> None:
    scope = (
        "touchpoints:write orders:write tasks:work fulfilments:work payouts:handle settlements:read"
    )
    token = harness.token("partner", "operator", unit="hq", partner="acme", scope=scope)

    def ask_everything() -> int:
        api = schemathesis.openapi.from_url(f"{served}/openapi.json")
        operations = [each.ok() for each in api.get_all_operations()]
        for operation in operations:
            _ask(operation, mode, {"Authorization": f"Bearer {token}"})
        return len(operations)

    assert await asyncio.to_thread(ask_everything) == 20


def _ask(operation: Any, mode: GenerationMode, headers: dict[str, str]) -> None:
    @chosen(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        case.query.pop("wait", None)
        case.call_and_validate(headers=headers, checks=CHECKS)

    ask()


async def test_the_manual_needs_nothing_from_elsewhere(harness: Harness) -> None:
    page = await harness.get("/docs")
    names = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png", "start.js")
    parts = {name: await harness.get(f"/docs/{name}") for name in names}
    other = await harness.get("/docs/__init__.py")

    assert page.status_code == 200
    assert "http" not in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert {part.status_code for part in parts.values()} == {200}
    assert parts["start.js"].headers["content-type"].startswith("text/javascript")
    assert len(parts["swagger-ui-bundle.js"].content) > 500_000
    assert other.status_code == 404


async def test_without_a_token_nothing_is_answered(harness: Harness, world: None) -> None:
    answers = [
        await harness.post("/v1/touchpoint-events", {"events": [{}]}),
        await harness.get("/v1/tasks"),
        await harness.get("/v1/fulfilments"),
        await harness.post("/v1/orders", {}, key="k"),
        await harness.post("/v1/imports", {}),
    ]

    assert [answer.status_code for answer in answers] == [401] * 5
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}

"""Whoever calls a service over REST reads what every operation, parameter and field is."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.contracts.test_what_is_heard_is_what_is_told import SERVICES

from kit.app import Service
from kit.openapi import rest_api

GENERATED = {"HTTPValidationError", "ValidationError"}
EACH = pytest.mark.parametrize("service", [pytest.param(each, id=each.name) for each in SERVICES])


def described(service: Service) -> dict[str, Any]:
    return rest_api(service.title, service.summary, service.routers).openapi()


def parts(api: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each thing that is to say what it is, by name."""
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation
            for each in operation.get("parameters", ()):
                yield f"{method} {path} {each['name']}", each
    for name, schema in api["components"]["schemas"].items():
        if name in GENERATED or "enum" in schema:
            continue
        yield name, schema
        for field, content in schema.get("properties", {}).items():
            yield f"{name}.{field}", content


@EACH
def test_every_operation_parameter_and_field_says_what_it_is(service: Service) -> None:
    unsaid = [
        name
        for name, each in parts(described(service))
        if not {"description", "$ref"} & each.keys()
    ]

    assert unsaid == []


@EACH
async def test_where_there_is_something_to_call_there_is_a_manual_without_the_internet(
    service: Service,
) -> None:
    api = rest_api(service.title, service.summary, service.routers)
    transport = httpx.ASGITransport(api)

    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        page = await client.get("/docs")
        names = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png", "start.js")
        files = [(await client.get(f"/docs/{name}")).status_code for name in names]

    expected = 200 if described(service)["paths"] else 404
    assert (page.status_code, files) == (expected, [expected] * 4)
    assert expected == 404 or (service.title in page.text and "http" not in page.text)

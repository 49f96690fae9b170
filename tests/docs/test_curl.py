"""Every curl command of the partners' guide is one that the partner API would take."""

import json
import re
import shlex
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import pytest
from jsonschema import Draft202012Validator

GUIDE = (Path(__file__).parents[2] / "docs" / "partners.md").read_text()
SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
PLAIN = re.compile(r"^```json\n(.*?)^```", re.MULTILINE | re.DOTALL)
OURS = ("/v1/imports", "/v1/payout-batches")
FILLED_IN = {
    "$API": "",
    "$TILL": "",
    "$REDEMPTION": "01920f1e-5c3b-7000-8000-000000000005",
    "$TOKEN": "token",
    "$TASK": "01920f1e-5c3b-7000-8000-000000000001",
    "$FULFILMENT": "01920f1e-5c3b-7000-8000-000000000004",
    "$ORDER": "01920f1e-5c3b-7000-8000-000000000003",
    "$(date -u +%FT%TZ)": "2026-01-05T09:30:00Z",
}


class Call(NamedTuple):
    """What a curl command sends."""

    method: str
    url: str
    headers: dict[str, str]
    body: str | None


def calls() -> list[Call]:
    text = "\n".join(SHELL.findall(GUIDE)).replace("\\\n", " ")
    commands = re.split(r"^(?=curl |export )", text, flags=re.MULTILINE)
    return [read(command) for command in commands if command.startswith("curl ")]


def read(command: str) -> Call:
    words = [filled_in(word) for word in shlex.split(command)]
    after = list(pairwise(words))
    headers = [value.partition(": ") for flag, value in after if flag == "-H"]
    body = next((value for flag, value in after if flag == "-d"), None)
    method = next((value for flag, value in after if flag == "-X"), "POST" if body else "GET")
    url = next(word for word in words if word.startswith("/"))
    return Call(method, url, {name.lower(): value for name, _, value in headers}, body)


def filled_in(word: str) -> str:
    for name, value in FILLED_IN.items():
        word = word.replace(name, value)
    return word


CALLS = calls()


def operation_of(api: dict, call: Call) -> tuple[str, dict]:
    """The one operation with this path and method."""
    path = urlsplit(call.url).path
    (found,) = [
        (template, methods[call.method.lower()])
        for template, methods in api["paths"].items()
        if re.fullmatch(re.sub(r"\{\w+\}", "[0-9a-f-]{36}", template), path)
    ]
    return found


def problems_with(api: dict, schema: dict, content: object) -> list[str]:
    validator = Draft202012Validator({**schema, "components": api["components"]})
    return [error.message for error in validator.iter_errors(content)]


def test_the_guide_shows_every_operation_that_partners_have(api):
    shown = {operation_of(api, call)[0] for call in CALLS}

    assert shown == {path for path in api["paths"] if not path.startswith(OURS)}


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.method} {call.url}")
def test_a_command_is_what_the_api_takes(api, call: Call):
    _, operation = operation_of(api, call)
    parameters = {each["name"]: each for each in operation.get("parameters", [])}
    query = dict(parse_qsl(urlsplit(call.url).query))
    needed = {name.lower() for name, each in parameters.items() if each["in"] == "header"}

    assert set(query) <= {name for name, each in parameters.items() if each["in"] == "query"}
    assert needed <= set(call.headers)
    assert call.headers["authorization"] == "Bearer token"
    assert ("requestBody" in operation) == (call.body is not None)
    if call.body is not None:
        assert call.headers["content-type"] == "application/json"
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert problems_with(api, schema, json.loads(call.body)) == []


@pytest.mark.parametrize(
    ("number", "name"),
    list(
        enumerate(
            [
                "TouchpointReceipt",
                "TaskPage",
                "FulfilmentPage",
                "QuoteView",
                "FundedMonthPage",
                "Problem",
            ]
        )
    ),
)
def test_an_answer_is_what_the_api_gives(api, number: int, name: str):
    content = json.loads(PLAIN.findall(GUIDE)[number])

    assert problems_with(api, {"$ref": f"#/components/schemas/{name}"}, content) == []


def test_a_field_that_the_api_does_not_take_is_found_out(api):
    order = next(call for call in CALLS if call.url == "/v1/orders")
    content = json.loads(order.body or "") | {"colour": "red"}

    assert problems_with(api, {"$ref": "#/components/schemas/OrderRequest"}, content) == [
        "Additional properties are not allowed ('colour' was unexpected)"
    ]

from pathlib import Path

import httpx
import pytest

from local.doors import Doors
from local.folder import Folder
from local.running.plan import Plan
from local.tokens import Wanted


@pytest.fixture
def doors(tmp_path: Path) -> Doors:
    folder = Folder(tmp_path)
    folder.plan.parent.mkdir(parents=True, exist_ok=True)
    Plan.chosen(5000, {}).write(folder)
    return Doors(folder)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("application/x-ndjson", b'{"name": "Ada"}\n{"name": "Bob"}\n'),
        ("application/x-ndjson; charset=utf-8", b'{"name": "Ada"}\n{"name": "Bob"}\n'),
        ("text/csv; charset=utf-8", b"name\nAda\n"),
        ("application/zip", b"PK"),
        ("application/json", b"[]"),
        ("application/json", b""),
    ],
)
async def test_a_page_of_whatever_form_comes_as_it_is(
    doors: Doors, kind: str, content: bytes
) -> None:
    page = httpx.Response(200, content=content, headers={"content-type": kind})
    doors.client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: page))

    async with doors:
        answer = await doors.rest("customer", "GET", "/v1/lines", as_=Wanted("operator", "hq"))

    assert answer.content == content


async def test_what_a_subgraph_could_not_answer_while_it_came_back_is_asked_again(
    doors: Doors,
) -> None:
    away = {"errors": [{"extensions": {"code": "UNAVAILABLE"}}]}
    answers = iter([httpx.Response(200, json=away), httpx.Response(200, json={"data": {"a": 1}})])
    doors.client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: next(answers)))

    async with doors:
        found = await doors.graph("{ a }", as_=Wanted("operator", "hq"))

    assert found == {"a": 1}

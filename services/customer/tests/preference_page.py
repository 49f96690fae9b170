"""The page for customers and the links to it, in the words of the tests."""

import base64
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

from customer.settings import settings
from kit.testing.harness import Harness

LINK = """
mutation ($id: UUID!, $kind: String) { preferenceLink(customerId: $id, channelKind: $kind) {
  __typename
  ... on PreferenceLinkWasMade { link { url expiresAt listUnsubscribe listUnsubscribePost } }
  ... on InvalidInput { field }
} }
"""
ADDRESS = "https://my.example.com"
Send = Callable[..., Awaitable[Any]]
KEYS = {name: base64.b64encode(name.encode() * 32).decode() for name in ("a", "b")}


def configure(monkeypatch: pytest.MonkeyPatch, *keys: str) -> None:
    told = ",".join(f"{name}:{KEYS[name]}" for name in keys)
    monkeypatch.setenv("PREFERENCE_LINK_KEYS", told)
    monkeypatch.setenv("PREFERENCE_URL", ADDRESS)
    settings.cache_clear()


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
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

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from services.customer.tests.amendments import add_identifier, change, officer, remove_identifier
from services.customer.tests.computed_tags import tags_of
from services.customer.tests.desk import desk
from services.customer.tests.exporting import saying_why
from services.customer.tests.groups import (
    a_group,
    add_member,
    details,
    parent_of,
    put_below,
    remove_member,
)
from services.customer.tests.importing import importing
from services.customer.tests.merges import alter, merge, unmerge
from services.customer.tests.preference_page import configured, link
from services.customer.tests.segments import a_segment, create_segment, members_of, tag

from customer.app import customer
from customer.reckoning.pages import reckon_next_page
from customer.settings import settings as own_settings
from kit.app import Service
from kit.testing.harness import Harness

__all__ = [
    "a_group",
    "a_segment",
    "add_identifier",
    "add_member",
    "alter",
    "change",
    "configured",
    "create_segment",
    "desk",
    "details",
    "importing",
    "link",
    "members_of",
    "merge",
    "officer",
    "parent_of",
    "put_below",
    "remove_identifier",
    "remove_member",
    "saying_why",
    "tag",
    "tags_of",
    "unmerge",
]

REGISTER = """
mutation ($input: NewCustomerInput!) { registerCustomer(input: $input) {
  __typename
  ... on CustomerWasRegistered { customer {
    id version kind status name unit timeZone identifiers { scheme value } attributes { name value }
  } }
  ... on Refusal { message }
  ... on InvalidInput { field }
  ... on IdentifierTaken { scheme customerId }
} }
"""

DEFINE_TAG = """
mutation ($input: TagDefinitionInput!) { defineTag(input: $input) {
  __typename
  ... on TagWasDefined { definition {
    tag kind rule halfLifeDays fadesBelow version retired
    reckoning { state population evaluated changed }
  } }
  ... on Refusal { message }
  ... on InvalidInput { field }
  ... on TagsInACircle { tags }
} }
"""


@pytest.fixture(autouse=True)
def _as_on_a_laptop(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The service's own settings, without what production would have to be told."""
    monkeypatch.setenv("ENVIRONMENT", "local")
    own_settings.cache_clear()
    yield
    own_settings.cache_clear()


@pytest.fixture
def service() -> Service:
    return customer


@pytest.fixture
def front_line(harness: Harness) -> str:
    return harness.token("front_line", unit="hq.zj", subject="ada")


@pytest.fixture
def marketer(harness: Harness) -> str:
    return harness.token("marketer", unit="hq", subject="max")


@pytest.fixture
def operator(harness: Harness) -> str:
    return harness.token("operator", unit="hq", subject="olga")


@pytest.fixture
def register(harness: Harness, front_line: str) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Sends `registerCustomer` and answers with its result."""

    async def send(*identifiers: str, as_: str = front_line, **told: Any) -> dict[str, Any]:
        pairs = [identifier.partition(":") for identifier in identifiers or ("crm:C-1",)]
        told.setdefault("unit", "hq.zj.hz")
        told["identifiers"] = [{"scheme": scheme, "value": value} for scheme, _, value in pairs]
        return (await harness.graph(REGISTER, as_=as_, input=told))["registerCustomer"]

    return send


@pytest.fixture
def a_customer(register: Callable[..., Awaitable[dict[str, Any]]]) -> Callable[..., Awaitable[str]]:
    """Registers somebody and answers with their id."""

    async def make(*identifiers: str, **told: Any) -> str:
        answer = await register(*identifiers, **told)
        return str(answer["customer"]["id"])

    return make


@pytest.fixture
def customer_of(harness: Harness, front_line: str) -> Callable[..., Awaitable[Any]]:
    """Reads fields of a customer by id."""

    async def read(id_: str, fields: str, *, as_: str = front_line) -> Any:
        query = f"query ($id: UUID!) {{ customer(id: $id) {{ {fields} }} }}"
        return (await harness.graph(query, as_=as_, id=id_))["customer"]

    return read


@pytest.fixture
def reckon_everything(harness: Harness) -> Callable[..., Awaitable[int]]:
    """Lets rules be asked of everybody until none is left; how many pages that took."""

    async def turn() -> int:
        pages = 0
        while True:
            async with harness.db.transaction() as session:
                if await reckon_next_page(session) is None:
                    return pages
            pages += 1

    return turn


@pytest.fixture
def define_tag(harness: Harness, marketer: str) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Sends `defineTag` and answers with its result."""

    async def send(tag: str, rule: Any = None, *, as_: str = marketer, **told: Any) -> Any:
        told = {"tag": tag, "name": tag, "unit": "hq", "rule": rule} | told
        return (await harness.graph(DEFINE_TAG, as_=as_, input=told))["defineTag"]

    return send

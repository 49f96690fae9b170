"""A link opens one customer's page for some days, and nobody else's."""

import asyncio
import base64
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from pydantic import ValidationError
from services.customer.tests.preference_page import (
    ADDRESS,
    KEYS,
    LINK,
    Send,
    configure,
    fields,
    post,
)
from sqlalchemy import text

from customer.limits.buckets import Limit, forget_page_buckets
from customer.preferences import rest
from customer.preferences.links import make_link
from customer.settings import DEVELOPMENT_KEY, CustomerSettings
from kit.database import Database
from kit.models import utcnow
from kit.testing.harness import GraphFailed, Harness

pytestmark = pytest.mark.usefixtures("configured")


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


async def test_a_limit_fills_up_again_when_the_clock_has_been_put_back(harness: Harness) -> None:
    limit = Limit("test", 2, 60)
    asked = [await limit.allows(harness.db, "ada") for _ in range(3)]
    async with harness.db.transaction() as session:
        await session.execute(text("UPDATE page_bucket SET at = at + interval '1 day'"))

    later = [await limit.allows(harness.db, "ada") for _ in range(3)]

    assert asked == [True, True, False]
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
        await session.execute(text("UPDATE page_bucket SET at = at - interval '26 hours'"))
    await harness.turn(forget_page_buckets)

    assert len(kept) == 1
    assert str(known) not in str(kept)
    async with harness.db.reading() as session:
        assert (await session.execute(statement)).all() == []

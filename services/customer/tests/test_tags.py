import asyncio
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import update
from sqlmodel import col

from customer.profiles.models import Customer
from customer.tags.commands import expire_tags
from kit.models import utcnow
from kit.testing.harness import GraphFailed, Harness

CHANGED = "octoreach.customer.customer.changed.v1"
RESULT = """{
  __typename
  ... on CustomerWasChanged { customer { version tags { tag source } } }
  ... on Refusal { message }
  ... on InvalidInput { field }
} }"""
TAG = (
    "mutation ($id: UUID!, $tag: String!, $expires: DateTime) "
    "{ tagCustomer(customerId: $id, tag: $tag, expiresAt: $expires) " + RESULT
)
UNTAG = "mutation ($id: UUID!, $tag: String!) { untagCustomer(customerId: $id, tag: $tag) " + RESULT
LIST = """
mutation ($id: UUID!, $list: SpecialList!, $reason: String!) {
  putOnSpecialList(customerId: $id, list: $list, reason: $reason) {
    __typename
    ... on CustomerWasChanged { customer { version specialLists { list reason } } }
    ... on InvalidInput { field }
} }
"""
UNLIST = """
mutation ($id: UUID!, $list: SpecialList!) { removeFromSpecialList(customerId: $id, list: $list) {
  ... on CustomerWasChanged { customer { version specialLists { list reason } } }
} }
"""


async def test_a_tag_goes_on_and_comes_off_with_one_announcement_each(
    harness: Harness, a_customer, marketer: str
) -> None:
    known = await a_customer()

    on = await harness.graph(TAG, as_=marketer, id=known, tag="vip-lounge")
    again = await harness.graph(TAG, as_=marketer, id=known, tag="vip-lounge")
    off = await harness.graph(UNTAG, as_=marketer, id=known, tag="vip-lounge")

    tagged = {"version": 2, "tags": [{"tag": "vip-lounge", "source": "hand"}]}
    assert on["tagCustomer"]["customer"] == again["tagCustomer"]["customer"] == tagged
    assert off["untagCustomer"]["customer"] == {"version": 3, "tags": []}
    told = [event["tags"] for event in await harness.events_recorded(CHANGED)]
    assert told == [["vip-lounge"], []]


@pytest.mark.parametrize(
    ("tag", "days", "field"), [("VIP!", None, "tag"), ("", None, "tag"), ("vip", -1, "expiresAt")]
)
async def test_a_tag_that_makes_no_sense_is_refused(
    harness: Harness, a_customer, marketer: str, tag: str, days: int | None, field: str
) -> None:
    known = await a_customer()
    expires = None if days is None else utcnow() + timedelta(days=days)

    refusal = await harness.graph(TAG, as_=marketer, id=known, tag=tag, expires=expires)

    assert (refusal["tagCustomer"]["__typename"], refusal["tagCustomer"]["field"]) == (
        "InvalidInput",
        field,
    )
    assert await harness.events_recorded(CHANGED) == []


@pytest.mark.parametrize("expires", ["2999-01-31T09:30:00", "2999-01-31", "soon", 7])
async def test_a_moment_without_its_zone_is_refused_as_none(
    harness: Harness, a_customer, customer_of, marketer: str, expires: Any
) -> None:
    known = await a_customer()

    with pytest.raises(GraphFailed) as failed:
        await harness.graph(TAG, as_=marketer, id=known, tag="vip", expires=expires)

    assert failed.value.codes == ["BAD_USER_INPUT"]
    assert "with its zone, such as 2026-01-05T09:30:00+08:00" in str(failed.value)
    assert (await customer_of(known, "version"))["version"] == 1


async def test_a_moment_is_answered_in_utc_whatever_its_offset_was(
    harness: Harness, a_customer, customer_of, marketer: str
) -> None:
    known = await a_customer()

    await harness.graph(TAG, as_=marketer, id=known, tag="vip", expires="2999-01-31T09:30:00+08:00")

    worn = await customer_of(known, "tags { expiresAt }")
    assert worn["tags"] == [{"expiresAt": "2999-01-31T01:30:00+00:00"}]


async def test_tags_put_on_at_once_are_all_there(
    harness: Harness, a_customer, customer_of, marketer: str
) -> None:
    known = await a_customer()
    tags = [f"tag-{number}" for number in range(8)]

    await asyncio.gather(*(harness.graph(TAG, as_=marketer, id=known, tag=tag) for tag in tags))

    answer = await customer_of(known, "version tags { tag }")
    assert answer["version"] == 9
    assert sorted(each["tag"] for each in answer["tags"]) == tags


async def test_a_tag_falls_off_when_its_time_is_over_and_others_learn_of_it(
    harness: Harness, a_customer, customer_of, marketer: str
) -> None:
    known, other = await a_customer("crm:C-1"), await a_customer("crm:C-2")
    soon = utcnow() + timedelta(hours=1)
    for id_, tag, expires in (
        (known, "short", soon),
        (known, "long", utcnow() + timedelta(days=9)),
        (other, "for-good", None),
    ):
        await harness.graph(TAG, as_=marketer, id=id_, tag=tag, expires=expires)

    with time_machine.travel(soon, tick=False):
        for _ in range(2):
            await harness.turn(expire_tags)

    assert await customer_of(known, "version tags { tag }") == {
        "version": 4,
        "tags": [{"tag": "long"}],
    }
    assert (await customer_of(other, "version"))["version"] == 2
    told = [event["tags"] for event in await harness.events_recorded(CHANGED)]
    assert told == [["short"], ["short", "long"], ["for-good"], ["long"]]


async def test_tags_that_expire_are_found_by_their_expiry(harness: Harness, a_customer) -> None:
    known = await a_customer()
    past = utcnow() - timedelta(days=1)
    tags = [{"tag": "old", "source": "import", "expires_at": past.isoformat()}]
    async with harness.db.transaction() as session:
        await session.execute(
            update(Customer).where(col(Customer.id) == known).values(tags=tags, tags_expire_at=past)
        )

    async with harness.db.transaction() as session:
        await expire_tags(session)

    assert [event["tags"] for event in await harness.events_recorded(CHANGED)] == [[]]


async def test_a_special_list_keeps_its_first_reason_and_is_announced_by_name(
    harness: Harness, a_customer, front_line: str
) -> None:
    known = await a_customer()

    for reason in ("Asked us to", "Again"):
        on = await harness.graph(
            LIST, as_=front_line, id=known, list="DO_NOT_CONTACT", reason=reason
        )
    off = await harness.graph(UNLIST, as_=front_line, id=known, list="DO_NOT_CONTACT")

    listed = [{"list": "DO_NOT_CONTACT", "reason": "Asked us to"}]
    assert on["putOnSpecialList"]["customer"] == {"version": 2, "specialLists": listed}
    assert off["removeFromSpecialList"]["customer"] == {"version": 3, "specialLists": []}
    told = [event["special_lists"] for event in await harness.events_recorded(CHANGED)]
    assert told == [["do_not_contact"], []]


async def test_nobody_goes_on_a_special_list_without_a_reason(
    harness: Harness, a_customer, marketer: str
) -> None:
    known = await a_customer()

    refusal = await harness.graph(LIST, as_=marketer, id=known, list="TEST", reason=" ")

    assert refusal["putOnSpecialList"] == {"__typename": "InvalidInput", "field": "reason"}
    assert await harness.events_recorded(CHANGED) == []

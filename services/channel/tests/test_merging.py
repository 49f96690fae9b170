"""Two customers who turn out to be one have one history in every channel."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from channel.merging.commands import gather_stray_rows
from channel.touchpoints.models import TouchpointEvent
from kit.models import utcnow, uuid7
from kit.testing.harness import Harness

MERGED = "octoreach.customer.customer.merged.v1"
UNMERGED = "octoreach.customer.customer.unmerged.v1"
REPORTED = "octoreach.channel.touchpoint.reported.v1"
PLACED = "octoreach.channel.order.placed.v1"
STORY = "id touchpoints { edges { node { id } } } orders { edges { node { reference } } }"


@pytest.fixture
async def two(world: None, register_customer) -> tuple[UUID, UUID]:
    return await register_customer("crm:C-1"), await register_customer("crm:C-2")


def merge(survivor: UUID, absorbed: UUID, merge_id: UUID) -> dict[str, Any]:
    return {"merge_id": merge_id, "customer_id": survivor, "absorbed_id": absorbed}


def unmerge(survivor: UUID, restored: UUID, merge_id: UUID) -> dict[str, Any]:
    return {"merge_id": merge_id, "customer_id": survivor, "restored_id": restored}


async def story(harness: Harness, customer: UUID, as_: str) -> dict[str, Any]:
    reference = {"__typename": "Customer", "id": str(customer)}
    found = await harness.entity(reference, STORY, as_=as_)
    return {
        "id": found["id"],
        "touchpoints": len(found["touchpoints"]["edges"]),
        "orders": sorted(each["node"]["reference"] for each in found["orders"]["edges"]),
    }


async def test_the_survivor_has_the_history_of_both_until_the_merge_is_taken_back(
    harness: Harness, two, report, a_touchpoint, place, an_order, operator
) -> None:
    ada, bob = two
    await report(a_touchpoint("t-1"), a_touchpoint("t-2", customer={"id": str(bob)}))
    await place(an_order("B-1", customer={"id": str(bob)}))
    before = [await story(harness, each, operator) for each in two]
    merge_id = uuid4()

    event = await harness.hear(MERGED, merge(ada, bob, merge_id))
    await harness.hear(MERGED, merge(ada, bob, merge_id), event_id=event)
    await harness.hear(MERGED, merge(ada, bob, merge_id))

    whole = {"id": str(ada), "touchpoints": 2, "orders": ["B-1"]}
    assert [await story(harness, each, operator) for each in two] == [whole, whole]

    await harness.hear(UNMERGED, unmerge(ada, bob, merge_id))
    assert [await story(harness, each, operator) for each in two] == before


async def test_whoever_reports_under_the_old_id_or_identifier_means_the_survivor(
    harness: Harness, two, report, a_touchpoint, place, an_order, operator
) -> None:
    ada, bob = two
    await harness.hear(MERGED, merge(ada, bob, uuid4()))

    await report(
        a_touchpoint("t-1", customer={"id": str(bob)}),
        a_touchpoint("t-2", customer={"scheme": "crm", "value": "C-2"}),
    )
    await place(an_order("B-1", customer={"scheme": "crm", "value": "C-2"}))

    told = await harness.events_recorded(REPORTED) + await harness.events_recorded(PLACED)
    assert [each["customer_id"] for each in told] == [str(ada)] * 3
    themselves = harness.token("customer", customer=str(bob), unit=None)
    assert (await story(harness, ada, themselves))["touchpoints"] == 2


async def test_tasks_of_the_absorbed_are_the_survivors(
    harness: Harness, two, dispatch, place, an_order
) -> None:
    ada, bob = two
    early = await dispatch(customer_id=str(bob))
    await harness.hear(MERGED, merge(ada, bob, uuid4()))
    late = await dispatch(customer_id=str(bob))

    answers = [
        await place(an_order(reference, customer={"id": str(ada)}, task_id=task))
        for reference, task in (("A-1", early), ("A-2", late))
    ]

    assert [each.status_code for each in answers] == [201, 201]


async def test_a_merge_taken_back_before_it_is_heard_of_changes_nothing(
    harness: Harness, two, report, a_touchpoint, operator
) -> None:
    ada, bob = two
    await report(a_touchpoint("t-1", customer={"id": str(bob)}))
    merge_id = uuid4()

    await harness.hear(UNMERGED, unmerge(ada, bob, merge_id))
    await harness.hear(MERGED, merge(ada, bob, merge_id))

    assert (await story(harness, bob, operator))["touchpoints"] == 1
    assert (await story(harness, ada, operator))["touchpoints"] == 0


async def test_what_was_written_while_they_were_merged_finds_its_way(
    harness: Harness, two, operator
) -> None:
    ada, bob = two
    await harness.hear(MERGED, merge(ada, bob, uuid4()))
    async with harness.db.transaction() as session:
        session.add(
            TouchpointEvent(
                id=uuid7(),
                reporter="",
                client_id="late",
                kind="visited",
                channel_code="hz-store",
                channel_kind="own_store",
                partner_code=None,
                unit="hq.zj.hz",
                customer_id=bob,
                occurred_at=utcnow(),
                received_at=utcnow(),
            )
        )

    async with harness.db.transaction() as session:
        await gather_stray_rows(session)

    assert (await story(harness, ada, operator))["touchpoints"] == 1

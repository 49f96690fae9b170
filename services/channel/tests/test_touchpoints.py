import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from kit.models import utcnow
from kit.testing.harness import Harness

Send = Callable[..., Awaitable[Any]]
REPORTED = "octoreach.channel.touchpoint.reported.v1"
NAMED = "octoreach.channel.customer.named.v1"
Make = Callable[..., dict[str, Any]]


async def test_an_event_is_kept_and_told_with_all_that_is_known(
    harness: Harness, world: None, report: Send, a_touchpoint: Make, register_customer: Send
) -> None:
    customer = await register_customer("crm:C-1")
    event = a_touchpoint(kind="ran_low", properties={"left_mb": 120, "plan": "M", "roaming": True})

    receipt = await report(event)

    assert receipt == {"accepted": 1, "repeated": 0, "rejected": []}
    told = (await harness.events_recorded(REPORTED))[0]
    received = told.pop("received_at")
    assert abs((utcnow() - _time(received)).total_seconds()) < 60
    assert _time(told.pop("occurred_at")) == _time(event["occurred_at"])
    assert UUID(told.pop("touchpoint_id")).version == 7
    assert told == {
        "subject": REPORTED,
        "customer_id": str(customer),
        "kind": "ran_low",
        "channel_code": "acme-app",
        "channel_kind": "app",
        "partner_code": "acme",
        "unit": "hq.zj.hz",
        "properties": {"left_mb": 120, "plan": "M", "roaming": True},
    }


async def test_an_event_reported_many_times_at_once_is_kept_once(
    harness: Harness, world: None, report: Send, a_touchpoint: Make
) -> None:
    event = a_touchpoint()

    receipts = await asyncio.gather(*(report(event, event) for _ in range(10)))

    assert sum(receipt["accepted"] for receipt in receipts) == 1
    assert sum(receipt["repeated"] for receipt in receipts) == 19
    assert len(await harness.events_recorded(REPORTED)) == 1
    assert len(await harness.events_recorded(NAMED)) == 1


async def test_an_event_id_belongs_to_the_partner_who_chose_it(
    harness: Harness, world: None, report: Send, a_touchpoint: Make, operator: str
) -> None:
    await report(a_touchpoint("t-1"))

    receipt = await report(a_touchpoint("t-1", channel="hz-store"), as_=operator)

    assert receipt == {"accepted": 1, "repeated": 0, "rejected": []}
    assert len(await harness.events_recorded(REPORTED)) == 2


async def test_wrong_events_are_told_apart_and_the_good_ones_go_in(
    harness: Harness, world: None, report: Send, a_touchpoint: Make, a_channel: Send
) -> None:
    stranger = str(uuid4())
    late = (utcnow() - timedelta(days=401)).isoformat()
    early = (utcnow() + timedelta(minutes=6)).isoformat()

    receipt = await report(
        a_touchpoint("good"),
        a_touchpoint("b", channel="hz-store"),
        a_touchpoint("c", customer={"id": stranger}),
        a_touchpoint("d", occurred_at=late),
        a_touchpoint("e", occurred_at=early),
        a_touchpoint("f", unit="hq.gd"),
        a_touchpoint("g", kind="Visited!"),
        a_touchpoint("h", customer={"scheme": "crm"}),
        a_touchpoint("i", customer={"scheme": "email", "value": "nobody"}),
        a_touchpoint("j", properties={"list": [1]}),
        a_touchpoint("k", surplus=1),
        "no event at all",
        a_touchpoint("m", channel="a\x00b"),
    )

    assert (receipt["accepted"], receipt["repeated"]) == (1, 0)
    assert [(each["index"], each["field"]) for each in receipt["rejected"]] == [
        (1, "channel"),
        (2, "customer.id"),
        (3, "occurred_at"),
        (4, "occurred_at"),
        (5, "unit"),
        (6, "kind"),
        (7, "customer.value"),
        (8, "customer"),
        (9, "properties.list"),
        (10, "surplus"),
        (11, ""),
        (12, "channel"),
    ]
    assert receipt["rejected"][7]["message"] == "Value error, is not an e-mail address"
    assert len(await harness.events_recorded(REPORTED)) == 1
    assert len(await harness.events_recorded(NAMED)) == 1


@pytest.mark.parametrize("number", [0, 501])
async def test_a_batch_has_bounds(
    harness: Harness, world: None, acme: str, a_touchpoint: Make, number: int
) -> None:
    events = [a_touchpoint(f"t-{each}") for each in range(number)]

    answer = await harness.post("/v1/touchpoint-events", {"events": events}, as_=acme)

    assert (answer.status_code, answer.json()["title"]) == (422, "InvalidInput")
    assert await harness.events_recorded(REPORTED) == []


async def test_a_batch_of_500_is_taken_whole(
    harness: Harness, world: None, report: Send, a_touchpoint: Make
) -> None:
    events = [
        a_touchpoint(f"t-{each}", customer={"scheme": "crm", "value": f"C-{each % 100}"})
        for each in range(500)
    ]

    receipt = await report(*events)

    assert receipt == {"accepted": 500, "repeated": 0, "rejected": []}
    assert len(await harness.events_recorded(NAMED)) == 100


@pytest.mark.parametrize(
    ("roles", "claims", "status"),
    [
        (("partner",), {"partner": "acme", "scope": "tasks:work"}, 403),
        (("partner",), {"scope": "touchpoints:write"}, 403),
        (("front_line",), {"scope": "touchpoints:write"}, 403),
    ],
)
async def test_who_may_not_report_is_told_so(
    harness: Harness,
    world: None,
    a_touchpoint: Make,
    roles: tuple[str, ...],
    claims: dict[str, str],
    status: int,
) -> None:
    token = harness.token(*roles, **claims)

    answer = await harness.post("/v1/touchpoint-events", {"events": [a_touchpoint()]}, as_=token)

    assert answer.status_code == status
    assert await harness.events_recorded(REPORTED) == []


async def test_a_suspended_partner_is_turned_away(
    harness: Harness, world: None, advance_partner: Send, a_touchpoint: Make, acme: str
) -> None:
    await advance_partner("acme", "SUSPENDED", "complaints")

    answer = await harness.post("/v1/touchpoint-events", {"events": [a_touchpoint()]}, as_=acme)

    assert answer.status_code == 403
    assert answer.json()["detail"] == "The partner acme is suspended; it acts only while active."
    assert await harness.events_recorded(REPORTED) == []


async def test_our_own_systems_report_on_channels_of_their_unit(
    harness: Harness, world: None, report: Send, a_touchpoint: Make
) -> None:
    elsewhere = harness.token("operator", unit="hq.gd", scope="touchpoints:write")

    receipt = await report(a_touchpoint(channel="hz-store"), as_=elsewhere)

    assert receipt["rejected"] == [
        {"index": 0, "field": "channel", "message": "is not a channel that is open to you"}
    ]


async def test_a_customers_touchpoints_are_seen_newest_first_in_their_unit(
    harness: Harness, world: None, report: Send, a_touchpoint: Make, register_customer: Send
) -> None:
    customer = await register_customer("crm:C-1")
    now = utcnow()
    for number in range(3):
        at = (now - timedelta(hours=3 - number)).isoformat()
        await report(a_touchpoint(f"t-{number}", kind=f"kind_{number}", occurred_at=at))
    fields = "touchpoints(first: 2) { edges { node { kind } } pageInfo { hasNextPage } }"
    reference = {"__typename": "Customer", "id": str(customer)}

    seen = await harness.entity(reference, fields, as_=harness.token("front_line", unit="hq.zj"))
    hidden = await harness.entity(reference, fields, as_=harness.token("marketer", unit="hq.gd"))
    own = await harness.entity(
        reference, fields, as_=harness.token("customer", unit=None, customer=str(customer))
    )
    anothers = await harness.entity(
        reference, fields, as_=harness.token("customer", unit="hq", customer=str(uuid4()))
    )

    assert seen == {
        "touchpoints": {
            "edges": [{"node": {"kind": "kind_2"}}, {"node": {"kind": "kind_1"}}],
            "pageInfo": {"hasNextPage": True},
        }
    }
    assert own == seen
    assert (hidden, anothers) == (None, None)


def _time(text: str) -> Any:
    return datetime.fromisoformat(text)

import itertools
from uuid import UUID, uuid4

import pytest

from kit.models import utcnow
from kit.testing.harness import Harness

NAMED = "octoreach.channel.customer.named.v1"
PLACED = "octoreach.channel.order.placed.v1"
REGISTERED = "octoreach.customer.customer.registered.v1"
MERGED = "octoreach.customer.customer.merged.v1"
CHANGED = "octoreach.customer.customer.changed.v1"


def named(id_: UUID | str, value: str = "cdnow-17", unit: str = "hq.zj") -> dict:
    return {
        "customer_id": id_,
        "scheme": "crm",
        "value": value,
        "unit": unit,
        "partner_code": "acme",
    }


def placed(id_: UUID | str, *products: str, at: str = "1997-01-12T00:00:00+00:00") -> dict:
    return {
        "order_id": uuid4(),
        "customer_id": id_,
        "task_id": None,
        "channel_code": "web",
        "partner_code": None,
        "unit": "hq.zj",
        "amount_minor": 2985,
        "currency": "USD",
        "lines": [
            {"product_code": product, "quantity": 2, "amount_minor": 1} for product in products
        ],
        "placed_at": at,
        "imported": True,
    }


async def test_somebody_named_elsewhere_is_registered_with_the_id_they_got_there(
    harness: Harness, customer_of
) -> None:
    id_ = uuid4()

    await harness.hear(NAMED, named(id_))

    assert await customer_of(str(id_), "id version status unit identifiers { value }") == {
        "id": str(id_),
        "version": 1,
        "status": "PROSPECT",
        "unit": "hq.zj",
        "identifiers": [{"value": "cdnow-17"}],
    }
    [registered] = await harness.events_recorded()
    assert (registered["subject"], registered["customer_id"]) == (REGISTERED, str(id_))


async def test_being_named_again_changes_and_announces_nothing(harness: Harness) -> None:
    id_ = uuid4()
    event = await harness.hear(NAMED, named(id_))

    await harness.hear(NAMED, named(id_), event_id=event)
    await harness.hear(NAMED, named(id_))

    assert len(await harness.events_recorded()) == 1


async def test_who_is_known_by_the_identifier_already_goes_by_both_ids(
    harness: Harness, a_customer, customer_of, marketer: str
) -> None:
    known = await a_customer("crm:cdnow-17")
    other = str(uuid4())

    await harness.hear(NAMED, named(other))

    assert await customer_of(other, "id") == {"id": known}
    entity = {"__typename": "Customer", "id": other}
    assert await harness.entity(entity, "id version", as_=marketer) == {"id": known, "version": 1}
    told = [each["subject"] for each in await harness.events_recorded()]
    assert told == [REGISTERED, MERGED]


async def test_two_ids_for_one_identifier_in_one_batch_are_one_customer(
    harness: Harness, customer_of
) -> None:
    ids = [uuid4(), uuid4(), uuid4()]

    await hear_together(harness, *((NAMED, named(id_)) for id_ in ids))

    assert [await customer_of(str(id_), "id") for id_ in ids] == [{"id": str(ids[0])}] * 3
    told = [each["subject"] for each in await harness.events_recorded()]
    assert sorted(told) == [MERGED, MERGED, REGISTERED]


async def test_an_identifier_nobody_could_normalise_still_names_somebody(
    harness: Harness, customer_of
) -> None:
    id_ = uuid4()

    await harness.hear(NAMED, {**named(id_), "scheme": "msisdn", "value": "17"})

    assert await customer_of(str(id_), "identifiers { scheme value }") == {
        "identifiers": [{"scheme": "msisdn", "value": "17"}]
    }


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_an_order_may_come_before_its_customer_is_known(
    harness: Harness, customer_of, order: tuple[int, ...]
) -> None:
    id_ = uuid4()
    events = [
        (NAMED, named(id_)),
        (PLACED, placed(id_, "cd", at="1997-03-01T00:00:00+00:00")),
        (PLACED, placed(id_, "cd", "poster", at="1997-01-12T00:00:00+00:00")),
    ]

    for place in order:
        await harness.hear(*events[place])

    answer = await customer_of(str(id_), "status holdings { productCode since until }")
    assert answer["status"] == "ACTIVE"
    assert sorted(answer["holdings"], key=lambda each: each["productCode"]) == [
        {"productCode": "cd", "since": "1997-01-12T00:00:00+00:00", "until": None},
        {"productCode": "poster", "since": "1997-01-12T00:00:00+00:00", "until": None},
    ]
    told = (await harness.events_recorded())[-1]
    assert sorted(each["product_code"] for each in told["holdings"]) == ["cd", "poster"]


async def test_what_was_ordered_under_another_id_is_held_by_the_one_who_is_known(
    harness: Harness, a_customer, customer_of
) -> None:
    known = await a_customer("crm:cdnow-17")
    other = str(uuid4())
    await harness.hear(PLACED, placed(other, "cd"))

    await harness.hear(NAMED, named(other))
    await harness.hear(PLACED, placed(other, "poster"))

    answer = await customer_of(
        known, "version status holdings { productCode } timeline { edges { node { kind } } }"
    )
    assert answer == {
        "version": 3,
        "status": "ACTIVE",
        "holdings": [{"productCode": "cd"}, {"productCode": "poster"}],
        "timeline": {"edges": [{"node": {"kind": "order_placed"}}] * 2},
    }


async def test_many_named_and_ordering_in_one_batch_are_announced_once_each(
    harness: Harness,
) -> None:
    ids = [uuid4() for _ in range(20)]
    events = [(NAMED, named(id_, f"c-{n}")) for n, id_ in enumerate(ids)]
    events += [(PLACED, placed(id_, "cd")) for id_ in ids * 2]

    await hear_together(harness, *events)

    told = await harness.events_recorded()
    assert [each["subject"] for each in told] == [REGISTERED] * 20 + [CHANGED] * 20
    assert [each["version"] for each in told] == [1] * 20 + [2] * 20


async def hear_together(harness: Harness, *events: tuple[str, dict]) -> None:
    import orjson

    from kit.reactions import Message

    messages = [
        Message(uuid4(), subject, utcnow().isoformat(), "", orjson.dumps(content))
        for subject, content in events
    ]
    outcomes = await harness.running.hearing.hear(messages)
    assert [each.failure for each in outcomes] == [None] * len(messages)

import asyncio
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY
from sqlalchemy.exc import DBAPIError

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed
from loyalty.fulfilments.commands import measure_overdue_fulfilments, request_fulfilments
from loyalty.fulfilments.models import NewFulfilment

REQUESTED = "octoreach.loyalty.fulfilment.requested.v1"
COMPLETED = "octoreach.channel.fulfilment.completed.v1"
FAILED = "octoreach.channel.fulfilment.failed.v1"
REPEAT = """mutation ($id: UUID!, $reason: String!) { repeatFulfilment(id: $id, reason: $reason) {
  __typename
  ... on FulfilmentWasRepeated { fulfilment { state attempt reason reference } }
  ... on Refusal { message }
} }"""
LISTED = """query ($state: FulfilmentState!, $olderThan: DateTime) {
  fulfilments(state: $state, olderThan: $olderThan) { edges { node { title } } }
}"""
ONE = "query ($id: UUID!) { fulfilment(id: $id) { title } }"


@pytest.fixture
def request_all(members):
    async def act(*wanted):
        async with members.harness.db.transaction() as session:
            return await request_fulfilments(session, wanted)

    return act


def a_gift(customer, **more):
    return NewFulfilment(
        **{
            "customer_id": customer,
            "kind": "gift",
            "title": "A mug",
            "reward_code": "mug",
            "source_kind": "benefit",
            "source_id": uuid7(),
            **more,
        }
    )


def the_end(fulfilment, customer, *, attempt=1, reference="", reason=""):
    return {
        "fulfilment_id": fulfilment,
        "attempt": attempt,
        "customer_id": customer,
        "source_kind": "benefit",
        "source_id": uuid7(),
        "reference": reference,
        "reason": reason,
        "by": "fang",
        "at": utcnow(),
    }


async def states(members, customer, as_=None, fields="state reference reason"):
    found = await members.harness.entity(
        {"__typename": "Customer", "id": str(customer)},
        f"fulfilments {{ edges {{ node {{ {fields} }} }} }}",
        as_=as_ or members.operator,
    )
    return found["fulfilments"] and [each["node"] for each in found["fulfilments"]["edges"]]


async def listed(members, as_=None, state="REQUESTED", older_than=None):
    found = await members.harness.graph(
        LISTED, as_=as_ or members.operator, state=state, olderThan=older_than
    )
    return [each["node"]["title"] for each in found["fulfilments"]["edges"]]


async def test_what_is_requested_is_announced_with_all_that_the_arms_need(members, request_all):
    customer, source = await members.register(unit="hq.zj.hz"), uuid7()

    (fulfilment,) = await request_all(
        a_gift(customer, source_kind="redemption", source_id=source, partner_code="acme")
    )

    assert await members.harness.events_recorded(REQUESTED) == [
        {
            "subject": REQUESTED,
            "fulfilment_id": str(fulfilment),
            "attempt": 1,
            "customer_id": str(customer),
            "unit": "hq.zj.hz",
            "kind": "gift",
            "reward_code": "mug",
            "title": "A mug",
            "quantity": 1,
            "amount_minor": 0,
            "currency": "",
            "partner_code": "acme",
            "source_kind": "redemption",
            "source_id": str(source),
        }
    ]


async def test_a_source_requested_by_many_at_once_is_fulfilled_once(members, request_all):
    customer = await members.register()
    one, other = a_gift(customer), a_gift(customer)

    answers = await asyncio.gather(
        request_all(one, other, one), *(request_all(other, one) for _ in range(9))
    )

    assert len({tuple(sorted(set(each))) for each in answers}) == 1
    assert answers[0][0] == answers[0][2] == answers[1][1]
    assert len(await states(members, customer)) == 2
    assert len(await members.harness.events_recorded(REQUESTED)) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "cash_back"},
        {"kind": "unicorn"},
        {"amount_minor": -1, "currency": "CNY"},
        {"amount_minor": 1},
        {"quantity": 0},
    ],
)
async def test_nothing_and_less_than_nothing_is_not_handed_out(members, request_all, wrong):
    customer = await members.register()

    with pytest.raises(DBAPIError, match="check constraint"):
        await request_all(a_gift(customer, **wrong))

    assert await states(members, customer) == []
    assert await members.harness.events_recorded(REQUESTED) == []


async def test_an_end_is_kept_with_its_reference_and_stands(members, request_all):
    customer = await members.register()
    (fulfilment,) = await request_all(a_gift(customer))
    end = the_end(fulfilment, customer, reference="R-17")

    event = await members.harness.hear(COMPLETED, end)
    await members.harness.hear(COMPLETED, end, event_id=event)
    await members.harness.hear(FAILED, the_end(fulfilment, customer, reason="too late"))

    fields = "state reference reason history { what by reference reason }"
    assert await states(members, customer, fields=fields) == [
        {
            "state": "COMPLETED",
            "reference": "R-17",
            "reason": "",
            "history": [
                {"what": "requested", "by": None, "reference": None, "reason": None},
                {"what": "completed", "by": "fang", "reference": "R-17", "reason": None},
            ],
        }
    ]


async def test_an_end_of_something_unknown_changes_nothing(members, request_all):
    customer = await members.register()
    await request_all(a_gift(customer))

    await members.harness.hear(COMPLETED, the_end(uuid7(), customer))

    assert [each["state"] for each in await states(members, customer)] == ["REQUESTED"]


async def repeat(members, fulfilment, reason="there are mugs again", as_=None):
    data = await members.harness.graph(
        REPEAT, as_=as_ or members.operator, id=fulfilment, reason=reason
    )
    return data["repeatFulfilment"]


async def test_what_failed_is_tried_again_and_late_news_of_the_first_try_changes_nothing(
    members, request_all
):
    customer = await members.register()
    (fulfilment,) = await request_all(a_gift(customer))
    await members.harness.hear(FAILED, the_end(fulfilment, customer, reason="no mugs left"))
    before = await states(members, customer)

    repeated = await repeat(members, fulfilment)
    await members.harness.hear(FAILED, the_end(fulfilment, customer, reason="no mugs left"))
    between = await states(members, customer)
    await members.harness.hear(COMPLETED, the_end(fulfilment, customer, attempt=2))

    assert before == [{"state": "FAILED", "reference": "", "reason": "no mugs left"}]
    assert repeated["fulfilment"] == {
        "state": "REQUESTED",
        "attempt": 2,
        "reason": "",
        "reference": "",
    }
    assert between == [{"state": "REQUESTED", "reference": "", "reason": ""}]
    assert [each["state"] for each in await states(members, customer)] == ["COMPLETED"]
    told = await members.harness.events_recorded(REQUESTED)
    assert [each["attempt"] for each in told] == [1, 2]


async def test_of_many_who_repeat_at_once_one_does(members, request_all):
    customer = await members.register()
    (fulfilment,) = await request_all(a_gift(customer))
    await members.harness.hear(FAILED, the_end(fulfilment, customer, reason="no mugs left"))

    answers = await asyncio.gather(*(repeat(members, fulfilment) for _ in range(5)))

    assert sorted(each["__typename"] for each in answers) == [
        *["Conflict"] * 4,
        "FulfilmentWasRepeated",
    ]
    assert len(await members.harness.events_recorded(REQUESTED)) == 2


@pytest.mark.parametrize(
    ("source", "failed", "reason", "message"),
    [
        (
            "benefit",
            False,
            "why not",
            "The fulfilment is requested; one that failed can be repeated.",
        ),
        (
            "redemption",
            True,
            "why not",
            "The points came back when it failed: the customer redeems anew.",
        ),
        ("benefit", True, " ", "takes 1 to 200 characters"),
    ],
)
async def test_what_is_not_owed_any_more_or_still_on_its_way_is_not_repeated(
    members, request_all, source, failed, reason, message
):
    customer = await members.register()
    (fulfilment,) = await request_all(a_gift(customer, source_kind=source))
    if failed:
        await members.harness.hear(FAILED, the_end(fulfilment, customer, reason="no mugs left"))
    before = await states(members, customer)

    refused = await repeat(members, fulfilment, reason)

    assert refused["message"] == message
    assert await states(members, customer) == before
    assert len(await members.harness.events_recorded(REQUESTED)) == 1


async def test_each_sees_what_is_theirs_to_see(members, request_all):
    customer = await members.register(unit="hq.zj.hz")
    (fulfilment,) = await request_all(a_gift(customer))
    token = members.harness.token
    near, far = token("operator", unit="hq.zj"), token("operator", unit="hq.gd")
    self = token("customer", customer=str(customer))
    other = token("customer", customer=str(uuid7()))

    seen = [
        (await members.harness.graph(ONE, as_=each, id=fulfilment))["fulfilment"]
        for each in (near, self, far, other)
    ]

    assert seen == [{"title": "A mug"}, {"title": "A mug"}, None, None]
    assert await states(members, customer, as_=far) is None
    assert [await listed(members, as_=each) for each in (near, far)] == [["A mug"], []]
    assert (await repeat(members, fulfilment, as_=far))["__typename"] == "NotFound"
    for forbidden in (token("marketer"), self):
        with pytest.raises(GraphFailed) as failed:
            await listed(members, as_=forbidden)
        assert failed.value.codes == ["FORBIDDEN"]


def overdue(kind):
    return REGISTRY.get_sample_value("fulfilments_overdue", {"kind": kind})


async def test_what_takes_too_long_is_listed_and_counted(members, request_all):
    customer = await members.register()
    (late, _) = await request_all(
        a_gift(customer, title="old", kind="top_up", amount_minor=10_00, currency="CNY"),
        a_gift(customer, title="new"),
    )
    await members.sql(
        "UPDATE fulfilment SET requested_at = now() - interval '25 hours' WHERE id = :id", id=late
    )

    await members.harness.turn(measure_overdue_fulfilments)

    assert await listed(members) == ["old", "new"]
    assert await listed(members, older_than=utcnow() - timedelta(days=1)) == ["old"]
    assert await listed(members, state="COMPLETED") == []
    assert (overdue("top_up"), overdue("gift")) == (1, 0)

    await members.harness.hear(COMPLETED, the_end(late, customer))
    await members.harness.turn(measure_overdue_fulfilments)

    assert overdue("top_up") == 0

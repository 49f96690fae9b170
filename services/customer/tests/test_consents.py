import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer.profiles.commands import newcomer
from kit.testing.harness import GraphFailed, Harness

CHANGED = "octoreach.customer.customer.changed.v1"
RECORD = """
mutation ($id: UUID!, $consent: ConsentInput!) { recordConsent(customerId: $id, consent: $consent) {
  __typename
  ... on CustomerWasChanged { customer { version consents { purpose channelKind granted } } }
  ... on Refusal { message }
  ... on InvalidInput { field }
  ... on NotFound { kind }
} }
"""
HISTORY = """
query ($id: UUID!) { consentHistory(customerId: $id) { edges { node {
  purpose channelKind granted evidence recordedBy } } } }
"""


async def record(harness: Harness, as_: str, id_: str, granted: bool, **more: str) -> dict:
    told = {"purpose": "marketing", "granted": granted, "evidence": "Said so on the phone", **more}
    return (await harness.graph(RECORD, as_=as_, id=id_, consent=told))["recordConsent"]


async def test_consent_counts_at_once_and_is_announced_as_one_fact(
    harness: Harness, a_customer, front_line: str
) -> None:
    known = await a_customer()

    answer = await record(harness, front_line, known, True)

    assert answer["customer"] == {
        "version": 2,
        "consents": [{"purpose": "marketing", "channelKind": None, "granted": True}],
    }
    [changed] = await harness.events_recorded(CHANGED)
    assert changed["consents"] == [{"purpose": "marketing", "channel_kind": None, "granted": True}]


async def test_the_last_decision_counts_and_every_one_is_kept(
    harness: Harness, a_customer, front_line: str
) -> None:
    known = await a_customer()
    await record(harness, front_line, known, True)
    await record(harness, front_line, known, False, channelKind="sms")

    answer = await record(harness, front_line, known, False, evidence="Wrote a letter")

    assert answer["customer"]["consents"] == [
        {"purpose": "marketing", "channelKind": "sms", "granted": False},
        {"purpose": "marketing", "channelKind": None, "granted": False},
    ]
    history = (await harness.graph(HISTORY, as_=front_line, id=known))["consentHistory"]
    assert [edge["node"] for edge in history["edges"]] == [
        {
            "purpose": "marketing",
            "channelKind": channel_kind,
            "granted": granted,
            "evidence": evidence,
            "recordedBy": "ada",
        }
        for channel_kind, granted, evidence in (
            (None, False, "Wrote a letter"),
            ("sms", False, "Said so on the phone"),
            (None, True, "Said so on the phone"),
        )
    ]


async def test_saying_it_again_is_evidence_and_no_change(
    harness: Harness, a_customer, front_line: str
) -> None:
    known = await a_customer()
    await record(harness, front_line, known, True)

    answer = await record(harness, front_line, known, True, evidence="Ticked a box")

    history = (await harness.graph(HISTORY, as_=front_line, id=known))["consentHistory"]
    assert answer["customer"]["version"] == 2
    assert len(history["edges"]) == 2
    assert len(await harness.events_recorded(CHANGED)) == 1


async def test_customers_decide_for_themselves_and_for_nobody_else(
    harness: Harness, a_customer
) -> None:
    one, other = await a_customer("crm:C-1"), await a_customer("crm:C-2")
    themself = harness.token("customer", unit=None, customer=one)

    own = await record(harness, themself, one, False)
    foreign = await record(harness, themself, other, True)

    assert own["customer"]["version"] == 2
    assert (foreign["__typename"], foreign["kind"]) == ("NotFound", "customer")
    with pytest.raises(GraphFailed) as failed:
        await harness.graph(HISTORY, as_=themself, id=other)
    assert failed.value.codes == ["REFUSED"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"purpose": "Marketing!"}, "purpose"),
        ({"channelKind": ""}, "channelKind"),
        ({"channelKind": "e-mail"}, "channelKind"),
        ({"channelKind": "texts"}, "channelKind"),
        ({"evidence": "  "}, "evidence"),
        ({"evidence": "a\0b"}, "evidence"),
        ({"evidence": "x" * 1_001}, "evidence"),
        ({"textVersion": ""}, "textVersion"),
        ({"place": "x" * 201}, "place"),
        ({"decidedAt": "2999-01-01T00:00:00Z"}, "decidedAt"),
    ],
)
async def test_a_decision_without_purpose_or_evidence_is_refused_and_not_kept(
    harness: Harness, a_customer, front_line: str, wrong: dict, field: str
) -> None:
    known = await a_customer()

    refusal = await record(harness, front_line, known, True, **wrong)

    history = (await harness.graph(HISTORY, as_=front_line, id=known))["consentHistory"]
    assert (refusal["__typename"], refusal["field"]) == ("InvalidInput", field)
    assert history["edges"] == []
    assert await harness.events_recorded(CHANGED) == []


async def test_decisions_at_once_leave_one_for_each_purpose(
    harness: Harness, a_customer, customer_of, front_line: str
) -> None:
    known = await a_customer()

    await asyncio.gather(
        *(record(harness, front_line, known, number % 2 == 0) for number in range(10))
    )

    answer = await customer_of(known, "version consents { purpose }")
    assert answer["consents"] == [{"purpose": "marketing"}]
    assert answer["version"] == 1 + len(await harness.events_recorded(CHANGED))


async def test_the_whole_evidence_is_kept(harness: Harness, a_customer, front_line: str) -> None:
    known = await a_customer()
    told = {
        "source": "STORE",
        "textVersion": "2026-03",
        "place": "hz-store",
        "decidedAt": "2026-05-01T12:00:00+08:00",
    }

    await record(harness, front_line, known, True, **told)

    history = await harness.graph(
        "query ($id: UUID!) { consentHistory(customerId: $id) { edges { node { "
        "source textVersion place decidedAt } } } }",
        as_=front_line,
        id=known,
    )
    (edge,) = history["consentHistory"]["edges"]
    assert edge["node"] == {**told, "decidedAt": "2026-05-01T04:00:00+00:00"}


async def standing(customer_of, id_: str) -> set[tuple[str | None, bool]]:
    answer = await customer_of(id_, "consents { channelKind granted }")
    return {(each["channelKind"], each["granted"]) for each in answer["consents"]}


async def test_a_no_to_everything_takes_every_earlier_yes_along(
    harness: Harness, a_customer, customer_of, front_line: str
) -> None:
    known = await a_customer()
    await record(harness, front_line, known, True, channelKind="sms")
    await record(harness, front_line, known, True, purpose="research", channelKind="sms")

    await record(harness, front_line, known, False)

    answer = await customer_of(known, "consents { purpose channelKind granted }")
    assert answer["consents"] == [
        {"purpose": "research", "channelKind": "sms", "granted": True},
        {"purpose": "marketing", "channelKind": None, "granted": False},
    ]


@pytest.mark.parametrize("kind", [None, "sms"])
async def test_a_yes_that_was_given_before_the_no_reopens_nothing_when_told_late(
    harness: Harness, a_customer, customer_of, front_line: str, kind: str | None
) -> None:
    known = await a_customer()
    early, late = "2026-05-01T12:00:00Z", "2026-05-02T12:00:00Z"
    await record(harness, front_line, known, False, decidedAt=late)

    more = {"channelKind": kind} if kind else {}
    await record(harness, front_line, known, True, decidedAt=early, **more)

    assert await standing(customer_of, known) == {(None, False)}
    assert len(await harness.events_recorded(CHANGED)) == 1


async def test_a_no_said_again_outweighs_a_yes_from_in_between_that_is_told_late(
    harness: Harness, a_customer, customer_of, front_line: str
) -> None:
    known = await a_customer()
    for day, granted in ((1, False), (5, False), (3, True)):
        decided_at = f"2026-05-0{day}T12:00:00Z"
        await record(harness, front_line, known, granted, decidedAt=decided_at)

    assert await standing(customer_of, known) == {(None, False)}
    assert len(await harness.events_recorded(CHANGED)) == 1


async def test_a_yes_to_everything_leaves_a_no_to_one_kind_standing(
    harness: Harness, a_customer, customer_of, front_line: str
) -> None:
    known = await a_customer()
    await record(harness, front_line, known, False, channelKind="sms")

    await record(harness, front_line, known, True)

    assert await standing(customer_of, known) == {("sms", False), (None, True)}


async def test_decisions_are_told_on_the_timeline(
    harness: Harness, a_customer, customer_of, front_line: str
) -> None:
    known = await a_customer()

    await record(harness, front_line, known, False, channelKind="call_centre_out", source="CALL")

    answer = await customer_of(
        known, "timeline { edges { node { kind source title details { name value } } } }"
    )
    (edge,) = answer["timeline"]["edges"]
    assert edge["node"] == {
        "kind": "consent_withdrawn",
        "source": "customer",
        "title": "Said no to marketing by call centre out",
        "details": [{"name": "source", "value": "call"}, {"name": "by", "value": "ada"}],
    }


DECISIONS = st.lists(
    st.tuples(
        st.sampled_from([None, "sms", "email"]),
        st.booleans(),
        st.integers(min_value=1, max_value=9),
    ),
    max_size=8,
    unique_by=lambda each: each[2],
)


@given(DECISIONS, st.randoms())
def test_whatever_the_order_they_are_told_in_no_yes_outlives_a_later_no(decisions, order) -> None:
    start = datetime(2026, 5, 1, tzinfo=UTC)
    customer = newcomer(("crm", "C-1"), unit="hq", time_zone="UTC")
    told = list(decisions)
    order.shuffle(told)

    for kind, granted, day in told:
        customer.consent("marketing", kind, granted, start + timedelta(days=day))

    said = {each["channel_kind"]: each["granted"] for each in customer.consents}
    for kind in ("sms", "email"):
        relevant = [each for each in decisions if each[0] in (None, kind)]
        if relevant and not max(relevant, key=lambda each: each[2])[1]:
            assert not said.get(kind, said.get(None, False))

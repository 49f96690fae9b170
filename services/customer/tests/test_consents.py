import asyncio

import pytest

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
        ({"evidence": "  "}, "evidence"),
        ({"evidence": "a\0b"}, "evidence"),
        ({"evidence": "x" * 1_001}, "evidence"),
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

"""What customers are owed is handed out once, whoever is at it and whatever comes twice."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from hypothesis import HealthCheck, given
from hypothesis import settings as chosen
from hypothesis import strategies as st

from kit.models import utcnow
from kit.testing.harness import GraphFailed, Harness

Send = Callable[..., Awaitable[Any]]
REQUESTED = "octoreach.loyalty.fulfilment.requested.v1"
COMPLETED = "octoreach.channel.fulfilment.completed.v1"
FAILED = "octoreach.channel.fulfilment.failed.v1"
SAID = """
  __typename
  ... on FulfilmentIsOver { state reference reason }
  ... on Refusal { message }
"""
CLAIMED = "... on FulfilmentWasClaimed { work { state claimedBy } }"
ENDED = "... on FulfilmentWasEnded { work { state reference reason claimedBy } }"
CLAIM = f"mutation ($id: UUID!) {{ claimFulfilment(id: $id) {{ {SAID} {CLAIMED} }} }}"
COMPLETE = f"""mutation ($id: UUID!, $reference: String!) {{
  completeFulfilment(id: $id, reference: $reference) {{ {SAID} {ENDED} }} }}"""
FAIL = f"""mutation ($id: UUID!, $reason: String!) {{
  failFulfilment(id: $id, reason: $reason) {{ {SAID} {ENDED} }} }}"""
TO_DO = """query ($state: HandoutState!, $kind: HandoutKind) {
  fulfilmentWork(state: $state, kind: $kind) { edges { node { title } } }
}"""


@pytest.fixture
def ask(harness: Harness) -> Send:
    """Lets the loyalty service ask for something, and answers with its id."""

    async def send(title: str = "A mug", *, event_id: Any = None, **told: Any) -> str:
        event = {
            "fulfilment_id": str(uuid4()),
            "attempt": 1,
            "customer_id": str(uuid4()),
            "unit": "hq.zj.hz",
            "kind": "gift",
            "reward_code": "mug",
            "title": title,
            "quantity": 1,
            "amount_minor": 0,
            "currency": "",
            "partner_code": None,
            "source_kind": "redemption",
            "source_id": str(uuid4()),
            **told,
        }
        await harness.hear(REQUESTED, event, event_id=event_id)
        return str(event["fulfilment_id"])

    return send


@pytest.fixture
def claim(mutate: Send, front_line: str) -> Send:
    async def send(fulfilment: str, *, as_: str = front_line) -> Any:
        return await mutate(CLAIM, as_=as_, id=fulfilment)

    return send


@pytest.fixture
def complete(mutate: Send, front_line: str) -> Send:
    async def send(fulfilment: str, reference: str = "R-1", *, as_: str = front_line) -> Any:
        return await mutate(COMPLETE, as_=as_, id=fulfilment, reference=reference)

    return send


@pytest.fixture
def fail(mutate: Send, front_line: str) -> Send:
    async def send(fulfilment: str, reason: str = "none left", *, as_: str = front_line) -> Any:
        return await mutate(FAIL, as_=as_, id=fulfilment, reason=reason)

    return send


@pytest.fixture
def to_do(harness: Harness, front_line: str) -> Send:
    async def read(*, as_: str = front_line, state: str = "OPEN", kind: str | None = None) -> Any:
        found = await harness.graph(TO_DO, as_=as_, state=state, kind=kind)
        return [edge["node"]["title"] for edge in found["fulfilmentWork"]["edges"]]

    return read


async def told(harness: Harness) -> list[tuple[str, str, str]]:
    return [
        (each["subject"].split(".")[3], each["reference"], each["reason"])
        for each in await harness.events_recorded()
        if each["subject"] in (COMPLETED, FAILED)
    ]


async def work(harness: Harness, fulfilment: str, fields: str, as_: str) -> Any:
    reference = {"__typename": "Fulfilment", "id": fulfilment}
    return (await harness.entity(reference, f"work {{ {fields} }}", as_=as_))["work"]


async def test_a_gift_is_claimed_and_handed_over_and_the_platform_is_told(
    harness: Harness, world: None, ask: Send, claim: Send, complete: Send, to_do: Send
) -> None:
    customer, source = str(uuid4()), str(uuid4())
    fulfilment = await ask(customer_id=customer, source_id=source)
    open_before = await to_do()

    claimed = await claim(fulfilment)
    completed = await complete(fulfilment, " SN-7 ")

    assert open_before == ["A mug"]
    assert claimed["work"] == {"state": "CLAIMED", "claimedBy": "fang"}
    assert completed["work"] == {
        "state": "COMPLETED",
        "reference": "SN-7",
        "reason": "",
        "claimedBy": "fang",
    }
    assert (await to_do(), await to_do(state="COMPLETED")) == ([], ["A mug"])
    (event,) = await harness.events_recorded(COMPLETED)
    del event["at"]
    assert event == {
        "subject": COMPLETED,
        "fulfilment_id": fulfilment,
        "attempt": 1,
        "customer_id": customer,
        "source_kind": "redemption",
        "source_id": source,
        "reference": "SN-7",
        "reason": "",
        "by": "fang",
    }


async def test_of_ten_who_claim_at_once_one_has_it(
    harness: Harness, world: None, ask: Send, claim: Send
) -> None:
    fulfilment = await ask()
    staff = [harness.token("front_line", unit="hq.zj.hz", subject=f"p{n}") for n in range(10)]

    answers = await asyncio.gather(*(claim(fulfilment, as_=each) for each in staff))

    assert Counter(each["__typename"] for each in answers) == {
        "FulfilmentWasClaimed": 1,
        "FulfilmentTakenByAnother": 9,
    }


async def test_the_same_outcome_many_times_at_once_is_told_once(
    harness: Harness, world: None, ask: Send, claim: Send, complete: Send
) -> None:
    fulfilment = await ask()
    await claim(fulfilment)

    answers = await asyncio.gather(*(complete(fulfilment) for _ in range(10)))

    assert {each["__typename"] for each in answers} == {"FulfilmentWasEnded"}
    assert await told(harness) == [("completed", "R-1", "")]


async def test_of_two_different_outcomes_at_once_one_stands(
    harness: Harness, world: None, ask: Send, claim: Send, complete: Send, fail: Send
) -> None:
    fulfilment = await ask()
    await claim(fulfilment)

    answers = await asyncio.gather(
        complete(fulfilment), complete(fulfilment, "R-2"), fail(fulfilment)
    )

    assert Counter(each["__typename"] for each in answers) == {
        "FulfilmentWasEnded": 1,
        "FulfilmentIsOver": 2,
    }
    assert len(await told(harness)) == 1


async def test_an_outcome_after_the_lease_counts_unless_somebody_else_took_it(
    harness: Harness, world: None, ask: Send, claim: Send, complete: Send, to_do: Send
) -> None:
    mine, theirs = await ask("mine"), await ask("theirs")
    token = harness.token("front_line", unit="hq.zj.hz", subject="fang", seconds=86_400)
    other = harness.token("front_line", unit="hq.zj.hz", subject="other", seconds=86_400)
    await claim(mine, as_=token)
    await claim(theirs, as_=token)

    with time_machine.travel(utcnow() + timedelta(minutes=16)):
        open_again = await to_do(as_=other)
        await claim(theirs, as_=other)
        late = await complete(mine, as_=token)
        too_late = await complete(theirs, as_=token)

    assert open_again == ["mine", "theirs"]
    assert late["__typename"] == "FulfilmentWasEnded"
    assert too_late["__typename"] == "FulfilmentTakenByAnother"
    assert await told(harness) == [("completed", "R-1", "")]


async def test_what_nobody_claimed_has_no_outcome(
    harness: Harness, world: None, ask: Send, complete: Send, to_do: Send
) -> None:
    fulfilment = await ask()

    refused = await complete(fulfilment)

    assert refused == {
        "__typename": "FulfilmentNotClaimed",
        "message": "Claim the fulfilment first.",
    }
    assert (await to_do(), await told(harness)) == (["A mug"], [])


async def test_a_failure_says_why(
    harness: Harness, world: None, ask: Send, claim: Send, fail: Send, complete: Send
) -> None:
    fulfilment = await ask()
    await claim(fulfilment)

    silent = await fail(fulfilment, "  ")
    failed = await fail(fulfilment, "none left")
    after = await complete(fulfilment)

    assert silent["message"] == "takes 1 to 500 characters"
    assert failed["work"] == {
        "state": "FAILED",
        "reference": "",
        "reason": "none left",
        "claimedBy": "fang",
    }
    assert (after["__typename"], after["state"]) == ("FulfilmentIsOver", "FAILED")
    assert await told(harness) == [("failed", "", "none left")]


async def test_what_is_asked_for_again_is_open_again_whatever_comes_late(
    harness: Harness, world: None, ask: Send, claim: Send, fail: Send, operator: str
) -> None:
    asked = {"customer_id": str(uuid4()), "source_id": str(uuid4())}
    fulfilment = await ask(**asked)
    await claim(fulfilment)
    await fail(fulfilment)

    await ask(**asked, fulfilment_id=fulfilment, attempt=2)
    again = await work(harness, fulfilment, "state attempt reason", operator)
    await ask(**asked, fulfilment_id=fulfilment, attempt=1)
    await claim(fulfilment)
    await ask(**asked, fulfilment_id=fulfilment, attempt=2)

    assert again == {"state": "OPEN", "attempt": 2, "reason": ""}
    fields = "state attempt history { what by }"
    assert await work(harness, fulfilment, fields, operator) == {
        "state": "CLAIMED",
        "attempt": 2,
        "history": [
            {"what": "requested", "by": None},
            {"what": "claimed", "by": "fang"},
            {"what": "failed", "by": "fang"},
            {"what": "requested", "by": None},
            {"what": "claimed", "by": "fang"},
        ],
    }


async def test_everybody_sees_and_does_what_is_theirs(
    harness: Harness, world: None, a_partner: Send, ask: Send, claim: Send, to_do: Send, acme: str
) -> None:
    ours = await ask("ours")
    acmes = await ask("acme's", kind="partner_reward", partner_code="acme")
    paid = await ask("paid", kind="cash_back", amount_minor=5_00, currency="CNY")
    far = await ask("far", unit="hq.gd")
    nowhere = await ask("nowhere", unit="")
    await a_partner("other")
    token = harness.token
    outlet = token("front_line", unit="hq.zj.hz", subject="fang")
    headquarters = token("operator", unit="hq", subject="olga")
    other = token("partner", unit="hq.zj", partner="other", scope="fulfilments:work")

    seen = {name: await to_do(as_=name) for name in (outlet, headquarters, acme, other)}
    refused = [
        (await claim(each, as_=name))["__typename"]
        for name, each in (
            (outlet, acmes),
            (outlet, paid),
            (outlet, far),
            (headquarters, paid),
            (acme, ours),
            (other, acmes),
        )
    ]
    taken = [
        (await claim(each, as_=name))["__typename"]
        for name, each in ((outlet, ours), (headquarters, nowhere), (acme, acmes))
    ]

    assert seen == {
        outlet: ["ours", "acme's", "paid"],
        headquarters: ["ours", "acme's", "paid", "far", "nowhere"],
        acme: ["acme's"],
        other: [],
    }
    assert set(refused) == {"NotFound"}
    assert set(taken) == {"FulfilmentWasClaimed"}


async def test_a_customer_is_no_reader_of_inboxes(harness: Harness, world: None) -> None:
    with pytest.raises(GraphFailed) as failed:
        await harness.graph(TO_DO, as_=harness.token("customer"), state="OPEN")

    assert failed.value.codes == ["FORBIDDEN"]


@pytest.fixture
def over_rest(harness: Harness, acme: str) -> Send:
    async def send(fulfilment: str, what: str, *, as_: str = acme, **content: Any) -> Any:
        return await harness.post(f"/v1/fulfilments/{fulfilment}/{what}", content, as_=as_)

    return send


async def test_a_partners_system_lists_claims_and_completes_its_own(
    harness: Harness, world: None, ask: Send, over_rest: Send, acme: str
) -> None:
    customer = str(uuid4())
    fulfilment = await ask(
        "50 yuan", kind="top_up", partner_code="acme", amount_minor=50_00, currency="CNY",
        customer_id=customer, reward_code="top-50",
    )  # fmt: skip
    listed = (await harness.get("/v1/fulfilments", as_=acme)).json()

    claimed = await over_rest(fulfilment, "claim")
    answers = [
        await over_rest(fulfilment, "outcome", outcome="completed", reference="T-9")
        for _ in range(2)
    ]
    other = await over_rest(fulfilment, "outcome", outcome="failed", reason="no such number")

    (view,) = listed["fulfilments"]
    del view["requested_at"]
    assert (listed["next"], view) == (
        None,
        {
            "id": fulfilment,
            "attempt": 1,
            "kind": "top_up",
            "state": "open",
            "customer_id": customer,
            "reward": "top-50",
            "title": "50 yuan",
            "quantity": 1,
            "amount_minor": 50_00,
            "currency": "CNY",
            "lease_until": None,
            "reference": "",
            "reason": "",
            "ended_at": None,
        },
    )
    assert (claimed.status_code, claimed.json()["state"]) == (200, "claimed")
    assert answers[0].json() == answers[1].json()
    assert (answers[0].json()["state"], answers[0].json()["reference"]) == ("completed", "T-9")
    assert (other.status_code, other.json()["title"]) == (409, "FulfilmentIsOver")
    assert await told(harness) == [("completed", "T-9", "")]


async def test_partners_are_kept_to_their_own_and_to_their_scope(
    harness: Harness, world: None, a_partner: Send, ask: Send, over_rest: Send
) -> None:
    await a_partner("other", state="SUSPENDED")
    fulfilment = await ask(kind="partner_reward", partner_code="acme")
    token = harness.token
    unscoped = token("partner", unit="hq.zj", partner="acme", scope="tasks:work")
    suspended = token("partner", unit="hq.zj", partner="other", scope="fulfilments:work")
    marketer = token("marketer", scope="fulfilments:work")
    staff = token("front_line", unit="hq.zj.hz", scope="fulfilments:work")

    codes = [
        (await over_rest(fulfilment, "claim", as_=each)).status_code
        for each in (unscoped, suspended, marketer, staff)
    ]

    assert codes == [403, 403, 403, 404]


@pytest.mark.parametrize(
    "wrong",
    [
        {"outcome": "failed"},
        {"outcome": "failed", "reason": "x", "reference": "R-1"},
        {"outcome": "completed", "reason": "x"},
        {"outcome": "lost"},
        {"outcome": "completed", "reference": "x" * 101},
        {"outcome": "completed", "receipt": "R-1"},
    ],
)
async def test_an_outcome_that_makes_no_sense_is_refused_and_changes_nothing(
    harness: Harness, world: None, ask: Send, over_rest: Send, wrong: dict[str, Any], operator: str
) -> None:
    fulfilment = await ask(kind="partner_reward", partner_code="acme")
    await over_rest(fulfilment, "claim")

    refused = await over_rest(fulfilment, "outcome", **wrong)

    assert refused.status_code == 422
    assert await work(harness, fulfilment, "state", operator) == {"state": "CLAIMED"}
    assert await told(harness) == []


async def test_the_customer_of_a_merge_is_the_one_of_today(
    harness: Harness, world: None, ask: Send, register_customer: Send, operator: str
) -> None:
    ada, bob = await register_customer("crm:C-1"), await register_customer("crm:C-2")
    before = await ask(customer_id=str(bob))
    merged = {"merge_id": uuid4(), "customer_id": ada, "absorbed_id": bob}
    await harness.hear("octoreach.customer.customer.merged.v1", merged)

    late = await ask(customer_id=str(bob), unit="")

    fields = "customerId unit"
    assert [await work(harness, each, fields, operator) for each in (before, late)] == [
        {"customerId": str(ada), "unit": "hq.zj.hz"}
    ] * 2


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.integers(1, 3)),
        st.tuples(st.just("claim"), st.sampled_from("ab")),
        st.tuples(st.just("complete"), st.sampled_from("ab")),
        st.tuples(st.just("fail"), st.sampled_from("ab")),
    ),
    max_size=12,
)


@chosen(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
async def test_each_attempt_ends_at_most_once_in_whatever_order_things_happen(
    harness: Harness, ask: Send, claim: Send, complete: Send, fail: Send, steps: list[Any]
) -> None:
    fulfilment, customer, source = str(uuid4()), str(uuid4()), str(uuid4())
    asked = {"fulfilment_id": fulfilment, "customer_id": customer, "source_id": source}
    staff = {
        each: harness.token("front_line", unit="hq.zj.hz", subject=each) for each in ("a", "b")
    }
    acts = {"claim": claim, "complete": complete, "fail": fail}
    newest = 0

    for what, who in steps:
        if what == "ask":
            newest = max(newest, who)
            await ask(**asked, attempt=who)
        else:
            await acts[what](fulfilment, as_=staff[who])

    ends = [
        each["attempt"]
        for subject in (COMPLETED, FAILED)
        for each in await harness.events_recorded(subject)
        if each["fulfilment_id"] == fulfilment
    ]
    assert len(ends) == len(set(ends))
    assert set(ends) <= set(range(1, newest + 1))


RECALLED = "octoreach.loyalty.fulfilment.recalled.v1"


async def recall(harness: Harness, told: dict[str, Any]) -> None:
    event_id = uuid4()
    for _ in range(2):
        await harness.hear(RECALLED, told, event_id=event_id)


def a_mug() -> dict[str, Any]:
    return {
        "fulfilment_id": str(uuid4()), "attempt": 1, "customer_id": str(uuid4()),
        "unit": "hq.zj.hz", "kind": "gift", "reward_code": "mug", "title": "A mug", "quantity": 1,
        "amount_minor": 0, "currency": "", "partner_code": None, "source_kind": "benefit",
        "source_id": str(uuid4()),
    }  # fmt: skip


@pytest.mark.parametrize("first", [REQUESTED, RECALLED])
async def test_what_nobody_is_handing_out_fails_once_when_it_is_recalled(
    harness: Harness, claim: Send, first: str
) -> None:
    mug = a_mug()

    for subject in (first, REQUESTED, RECALLED):
        await harness.hear(subject, mug)
    refused = await claim(mug["fulfilment_id"])

    (failed,) = await harness.events_recorded(FAILED)
    assert (failed["reason"], failed["by"]) == ("recalled", "loyalty")
    assert refused["__typename"] == "FulfilmentIsOver"


async def test_what_is_being_handed_out_or_was_is_not_recalled(
    harness: Harness, claim: Send, complete: Send
) -> None:
    mug = a_mug()
    await harness.hear(REQUESTED, mug)
    await claim(mug["fulfilment_id"])

    await recall(harness, mug)
    completed = await complete(mug["fulfilment_id"])
    await recall(harness, mug)

    assert completed["__typename"] == "FulfilmentWasEnded"
    assert await harness.events_recorded(FAILED) == []
    assert len(await harness.events_recorded(COMPLETED)) == 1

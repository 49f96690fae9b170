"""What customers are owed is handed out once, whoever is at it and whatever comes twice."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from hypothesis import HealthCheck, given
from hypothesis import settings as chosen
from hypothesis import strategies as st
from services.channel.tests.handouts import (
    COMPLETED,
    ENDED,
    FAILED,
    SAID,
    Send,
    told,
    work,
)

from kit.models import utcnow
from kit.testing.harness import GraphFailed, Harness

FAIL = f"""mutation ($id: UUID!, $reason: String!) {{
  failFulfilment(id: $id, reason: $reason) {{ {SAID} {ENDED} }} }}"""
TO_DO = """query ($state: HandoutState!, $kind: HandoutKind) {
  fulfilmentWork(state: $state, kind: $kind) { edges { node { title } } }
}"""


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


async def test_a_gift_is_claimed_and_handed_over_and_the_platform_is_told(
    harness: Harness,
    world: None,
    ask: Send,
    claim_handout: Send,
    complete_handout: Send,
    to_do: Send,
) -> None:
    customer, source = str(uuid4()), str(uuid4())
    fulfilment = await ask(customer_id=customer, source_id=source)
    open_before = await to_do()

    claimed = await claim_handout(fulfilment)
    completed = await complete_handout(fulfilment, " SN-7 ")

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
    harness: Harness, world: None, ask: Send, claim_handout: Send
) -> None:
    fulfilment = await ask()
    staff = [harness.token("front_line", unit="hq.zj.hz", subject=f"p{n}") for n in range(10)]

    answers = await asyncio.gather(*(claim_handout(fulfilment, as_=each) for each in staff))

    assert Counter(each["__typename"] for each in answers) == {
        "FulfilmentWasClaimed": 1,
        "FulfilmentTakenByAnother": 9,
    }


async def test_the_same_outcome_many_times_at_once_is_told_once(
    harness: Harness, world: None, ask: Send, claim_handout: Send, complete_handout: Send
) -> None:
    fulfilment = await ask()
    await claim_handout(fulfilment)

    answers = await asyncio.gather(*(complete_handout(fulfilment) for _ in range(10)))

    assert {each["__typename"] for each in answers} == {"FulfilmentWasEnded"}
    assert await told(harness) == [("completed", "R-1", "")]


async def test_of_two_different_outcomes_at_once_one_stands(
    harness: Harness,
    world: None,
    ask: Send,
    claim_handout: Send,
    complete_handout: Send,
    fail: Send,
) -> None:
    fulfilment = await ask()
    await claim_handout(fulfilment)

    answers = await asyncio.gather(
        complete_handout(fulfilment), complete_handout(fulfilment, "R-2"), fail(fulfilment)
    )

    assert Counter(each["__typename"] for each in answers) == {
        "FulfilmentWasEnded": 1,
        "FulfilmentIsOver": 2,
    }
    assert len(await told(harness)) == 1


async def test_an_outcome_after_the_lease_counts_unless_somebody_else_took_it(
    harness: Harness,
    world: None,
    ask: Send,
    claim_handout: Send,
    complete_handout: Send,
    to_do: Send,
) -> None:
    mine, theirs = await ask("mine"), await ask("theirs")
    token = harness.token("front_line", unit="hq.zj.hz", subject="fang", seconds=86_400)
    other = harness.token("front_line", unit="hq.zj.hz", subject="other", seconds=86_400)
    await claim_handout(mine, as_=token)
    await claim_handout(theirs, as_=token)

    with time_machine.travel(utcnow() + timedelta(minutes=16)):
        open_again = await to_do(as_=other)
        await claim_handout(theirs, as_=other)
        late = await complete_handout(mine, as_=token)
        too_late = await complete_handout(theirs, as_=token)

    assert open_again == ["mine", "theirs"]
    assert late["__typename"] == "FulfilmentWasEnded"
    assert too_late["__typename"] == "FulfilmentTakenByAnother"
    assert await told(harness) == [("completed", "R-1", "")]


async def test_what_nobody_claimed_has_no_outcome(
    harness: Harness, world: None, ask: Send, complete_handout: Send, to_do: Send
) -> None:
    fulfilment = await ask()

    refused = await complete_handout(fulfilment)

    assert refused == {
        "__typename": "FulfilmentNotClaimed",
        "message": "Claim the fulfilment first.",
    }
    assert (await to_do(), await told(harness)) == (["A mug"], [])


async def test_a_failure_says_why(
    harness: Harness,
    world: None,
    ask: Send,
    claim_handout: Send,
    fail: Send,
    complete_handout: Send,
) -> None:
    fulfilment = await ask()
    await claim_handout(fulfilment)

    silent = await fail(fulfilment, "  ")
    failed = await fail(fulfilment, "none left")
    after = await complete_handout(fulfilment)

    assert silent["message"] == "takes 1 to 500 characters"
    assert failed["work"] == {
        "state": "FAILED",
        "reference": "",
        "reason": "none left",
        "claimedBy": "fang",
    }
    assert (after["__typename"], after["state"]) == ("FulfilmentIsOver", "FAILED")
    assert await told(harness) == [("failed", "", "none left")]


async def test_an_erasure_forgets_why_it_failed_and_not_that_it_did(
    harness: Harness, world: None, ask: Send, claim_handout: Send, fail: Send, front_line: str
) -> None:
    customer = uuid4()
    fulfilment = await ask(customer_id=str(customer))
    await claim_handout(fulfilment)
    await fail(fulfilment, "zebra-crossing is abroad")
    await harness.publish()

    asked = {"request_id": uuid4(), "customer_id": customer, "alias_ids": []}
    await harness.hear("octoreach.customer.erasure.requested.v1", asked)

    assert "zebra-crossing" not in await harness.stored()
    left = await work(harness, fulfilment, "state reason history { what reason }", front_line)
    assert left == {
        "state": "FAILED",
        "reason": "erased",
        "history": [{"what": each, "reason": ""} for each in ("requested", "claimed", "failed")],
    }


async def test_what_is_asked_for_again_is_open_again_whatever_comes_late(
    harness: Harness, world: None, ask: Send, claim_handout: Send, fail: Send, operator: str
) -> None:
    asked = {"customer_id": str(uuid4()), "source_id": str(uuid4())}
    fulfilment = await ask(**asked)
    await claim_handout(fulfilment)
    await fail(fulfilment)

    await ask(**asked, fulfilment_id=fulfilment, attempt=2)
    again = await work(harness, fulfilment, "state attempt reason", operator)
    await ask(**asked, fulfilment_id=fulfilment, attempt=1)
    await claim_handout(fulfilment)
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


async def may_claim(harness: Harness, *, as_: str) -> list[bool]:
    found = await harness.graph("{ fulfilmentWork { edges { node { mayClaim } } } }", as_=as_)
    return [edge["node"]["mayClaim"] for edge in found["fulfilmentWork"]["edges"]]


async def test_what_a_partner_owes_whom_nobody_knows_fails_at_once_and_once(
    harness: Harness, world: None, ask: Send, to_do: Send, acme: str
) -> None:
    known = await ask("acme's", kind="partner_reward", partner_code="acme")
    nobodys = {"kind": "partner_reward", "partner_code": "nobody", "fulfilment_id": str(uuid4())}
    for _ in range(2):
        await ask("lost", **nobodys)

    (failed,) = await harness.events_recorded(FAILED)

    assert (failed["fulfilment_id"], failed["reason"], failed["by"]) == (
        nobodys["fulfilment_id"],
        "there is no such partner",
        "channel",
    )
    assert await to_do(as_=acme) == ["acme's"]
    assert failed["fulfilment_id"] != known


async def test_everybody_sees_and_does_what_is_theirs(
    harness: Harness,
    world: None,
    a_partner: Send,
    ask: Send,
    claim_handout: Send,
    to_do: Send,
    acme: str,
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
    theirs = {name: await may_claim(harness, as_=name) for name in (outlet, headquarters, acme)}
    refused = [
        (await claim_handout(each, as_=name))["__typename"]
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
        (await claim_handout(each, as_=name))["__typename"]
        for name, each in ((outlet, ours), (headquarters, nowhere), (acme, acmes))
    ]

    assert seen == {
        outlet: ["ours", "acme's", "paid"],
        headquarters: ["ours", "acme's", "paid", "far", "nowhere"],
        acme: ["acme's"],
        other: [],
    }
    assert theirs == {
        outlet: [True, False, False],
        headquarters: [True, True, False, True, True],
        acme: [True],
    }
    assert set(refused) == {"NotFound"}
    assert set(taken) == {"FulfilmentWasClaimed"}


async def test_a_customer_is_no_reader_of_inboxes(harness: Harness, world: None) -> None:
    with pytest.raises(GraphFailed) as failed:
        await harness.graph(TO_DO, as_=harness.token("customer"), state="OPEN")

    assert failed.value.codes == ["FORBIDDEN"]


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
    harness: Harness,
    ask: Send,
    claim_handout: Send,
    complete_handout: Send,
    fail: Send,
    steps: list[Any],
) -> None:
    fulfilment, customer, source = str(uuid4()), str(uuid4()), str(uuid4())
    asked = {"fulfilment_id": fulfilment, "customer_id": customer, "source_id": source}
    staff = {
        each: harness.token("front_line", unit="hq.zj.hz", subject=each) for each in ("a", "b")
    }
    acts = {"claim": claim_handout, "complete": complete_handout, "fail": fail}
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

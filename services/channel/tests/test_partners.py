import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kit.testing.harness import GraphFailed, Harness

Send = Callable[..., Awaitable[Any]]
PARTNER = """
query ($code: String!) { partner(code: $code) {
  state history { fromState toState by reason }
} }
"""
APPLICATION = {
    "code": "acme",
    "name": "Acme",
    "kind": "AGENT",
    "tier": "gold",
    "unit": "hq.zj",
}


async def test_a_partner_comes_step_by_step_and_each_step_is_kept(
    harness: Harness,
    organisation: None,
    register_partner: Send,
    advance_partner: Send,
    operator: str,
) -> None:
    registered = await register_partner(**APPLICATION)
    for to in ("VERIFIED", "CONTRACTED", "ACTIVE"):
        await advance_partner("acme", to, f"now {to.lower()}")

    found = (await harness.graph(PARTNER, as_=operator, code="acme"))["partner"]

    assert registered == {
        "__typename": "PartnerWasRegistered",
        "partner": {**APPLICATION, "state": "APPLIED"},
    }
    assert found == {
        "state": "ACTIVE",
        "history": [
            {"fromState": None, "toState": "APPLIED", "by": "olga", "reason": "applied"},
            {
                "fromState": "APPLIED",
                "toState": "VERIFIED",
                "by": "olga",
                "reason": "now verified",
            },
            {
                "fromState": "VERIFIED",
                "toState": "CONTRACTED",
                "by": "olga",
                "reason": "now contracted",
            },
            {
                "fromState": "CONTRACTED",
                "toState": "ACTIVE",
                "by": "olga",
                "reason": "now active",
            },
        ],
    }


async def test_a_step_that_is_not_next_is_refused_and_leaves_no_trace(
    harness: Harness,
    organisation: None,
    register_partner: Send,
    advance_partner: Send,
    operator: str,
) -> None:
    await register_partner(**APPLICATION)

    answer = await advance_partner("acme", "ACTIVE", "in a hurry")

    assert answer == {
        "__typename": "PartnerCannotAdvance",
        "message": "The partner is applied and can't become active; "
        "it can become verified or terminated.",
        "fromState": "APPLIED",
        "toState": "ACTIVE",
        "possible": ["VERIFIED", "TERMINATED"],
    }
    found = (await harness.graph(PARTNER, as_=operator, code="acme"))["partner"]
    assert (found["state"], len(found["history"])) == ("APPLIED", 1)


async def test_of_the_same_step_at_once_one_is_taken(
    organisation: None, register_partner: Send, advance_partner: Send
) -> None:
    await register_partner(**APPLICATION)

    answers = await asyncio.gather(*(advance_partner("acme", "VERIFIED", "seen") for _ in range(8)))

    assert Counter(answer["__typename"] for answer in answers) == {
        "PartnerWasAdvanced": 1,
        "PartnerCannotAdvance": 7,
    }


async def test_an_application_sent_again_changes_nothing(
    organisation: None, register_partner: Send
) -> None:
    answers = await asyncio.gather(*(register_partner(**APPLICATION) for _ in range(5)))

    assert {answer["__typename"] for answer in answers} == {"PartnerWasRegistered"}


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        ({"tier": "silver"}, "PartnerCodeTaken"),
        ({"code": "ACME"}, "InvalidInput"),
        ({"code": "b", "tier": "?"}, "InvalidInput"),
        ({"code": "b", "name": ""}, "InvalidInput"),
        ({"code": "b", "unit": "hq.gx"}, "NotFound"),
    ],
)
async def test_an_application_that_makes_no_sense_is_refused(
    organisation: None, register_partner: Send, told: dict[str, Any], refusal: str
) -> None:
    await register_partner(**APPLICATION)

    answer = await register_partner(**APPLICATION | told)

    assert answer["__typename"] == refusal


async def test_a_partner_sees_itself_alone(
    harness: Harness, organisation: None, a_partner: Send, acme: str
) -> None:
    await a_partner("acme")
    await a_partner("other")

    own = await harness.graph('{ partner(code: "acme") { state } }', as_=acme)
    foreign = await harness.graph('{ partner(code: "other") { state } }', as_=acme)

    assert own["partner"] == {"state": "ACTIVE"}
    assert foreign["partner"] is None


async def test_a_partner_of_another_unit_is_out_of_reach(
    harness: Harness, organisation: None, a_partner: Send, advance_partner: Send
) -> None:
    await a_partner("acme")
    elsewhere = harness.token("operator", unit="hq.gd")
    reference = {"__typename": "Partner", "code": "acme"}

    advanced = await advance_partner("acme", "SUSPENDED", "ours now", as_=elsewhere)

    assert advanced["__typename"] == "NotFound"
    assert await harness.entity(reference, "state", as_=elsewhere) is None


async def test_only_operators_register_partners(
    register_partner: Send, organisation: None, front_line: str
) -> None:
    with pytest.raises(GraphFailed) as failed:
        await register_partner(**APPLICATION, as_=front_line)

    assert failed.value.codes == ["FORBIDDEN"]


async def test_each_step_of_a_partner_is_told_with_its_version_and_a_refused_one_is_not(
    harness: Harness, organisation: None, a_partner: Send, advance_partner: Send
) -> None:
    await a_partner("acme", state="SUSPENDED")
    await advance_partner("acme", "VERIFIED")
    await advance_partner("acme", "ACTIVE")

    told = await harness.events_recorded("octoreach.channel.partner.advanced.v1")

    assert [(each["version"], each["from_state"], each["to_state"]) for each in told] == [
        (1, None, "applied"),
        (2, "applied", "verified"),
        (3, "verified", "contracted"),
        (4, "contracted", "active"),
        (5, "active", "suspended"),
        (6, "suspended", "active"),
    ]
    assert {(each["code"], each["unit"]) for each in told} == {("acme", "hq.zj")}

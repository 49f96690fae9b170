"""Partners see what they pay for members' points, month by month."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from kit.testing.harness import GraphFailed, Harness

Send = Callable[..., Awaitable[Any]]
SETTLED = "octoreach.loyalty.partner_points.settled.v1"
FUNDED = """query ($code: String!) { partner(code: $code) { fundedMonths {
  edges { node { month postings points amount { minor currency } } }
} } }"""


@pytest.fixture
def settle(harness: Harness) -> Send:
    async def send(month: str, points: int, *, partner: str = "acme", **more: Any) -> Any:
        content = {
            "settlement_id": str(uuid4()),
            "partner_code": partner,
            "month": month,
            "postings": 3,
            "points": points,
            "amount_minor": points * 2,
            "currency": "CNY",
        }
        return await harness.hear(SETTLED, content, **more)

    return send


@pytest.fixture
def funded(harness: Harness, acme: str) -> Send:
    async def read(*, as_: str = acme) -> Any:
        found = (await harness.graph(FUNDED, as_=as_, code="acme"))["partner"]
        return found and [
            (each["node"]["month"], each["node"]["points"], each["node"]["amount"]["minor"])
            for each in found["fundedMonths"]["edges"]
        ]

    return read


async def test_settled_months_are_shown_to_the_partner_the_latest_first(
    harness: Harness, world: None, settle: Send, funded: Send, acme: str, operator: str
) -> None:
    await settle("2026-01", 500)
    await settle("2026-03", -20)
    await settle("2026-02", 100)
    await settle("2026-02", 7, partner="other")

    shown = [("2026-03", -20, -40), ("2026-02", 100, 200), ("2026-01", 500, 1_000)]
    page = (await harness.get("/v1/funded-points", as_=acme, first=2)).json()
    rest = (await harness.get("/v1/funded-points", as_=acme, after=page["next"])).json()
    assert await funded() == await funded(as_=operator) == shown
    months = [*page["months"], *rest["months"]]
    assert [(each["month"], each["points"], each["amount_minor"]) for each in months] == shown
    assert (len(page["months"]), rest["next"]) == (2, None)


async def test_a_month_stands_as_it_was_settled_however_often_it_is_told(
    world: None, settle: Send, funded: Send
) -> None:
    event = await settle("2026-01", 500)

    await settle("2026-01", 500, event_id=event)
    await settle("2026-01", 900)

    assert await funded() == [("2026-01", 500, 1_000)]


async def test_months_are_for_the_partner_itself_and_for_who_looks_after_it(
    harness: Harness, world: None, a_partner: Send, settle: Send, funded: Send
) -> None:
    await a_partner("other")
    await settle("2026-01", 500)
    token, scope = harness.token, "settlements:read"
    other = token("partner", unit="hq.zj", partner="other", scope=scope)
    unscoped = token("partner", unit="hq.zj", partner="acme", scope="tasks:work")
    marketer = token("marketer", scope=scope)

    theirs = (await harness.get("/v1/funded-points", as_=other)).json()
    codes = [
        (await harness.get("/v1/funded-points", as_=each)).status_code
        for each in (unscoped, marketer)
    ]

    assert theirs == {"months": [], "next": None}
    assert codes == [403, 403]
    assert await funded(as_=other) is None
    with pytest.raises(GraphFailed) as failed:
        await funded(as_=unscoped)
    assert failed.value.codes == ["FORBIDDEN"]
